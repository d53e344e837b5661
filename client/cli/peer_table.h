// How peers are shown, wherever they are.
#ifndef COMITY_CLIENT_CLI_PEER_TABLE_H_
#define COMITY_CLIENT_CLI_PEER_TABLE_H_

#include <string>

#include "client/cli/output.h"
#include "comity/v1/status_service.pb.h"

namespace comity::cli {

// A row a peer: its state in words, what is missing, since when, and why. `now` is the
// daemon's clock, RFC 3339.
Table PeerTable(const google::protobuf::RepeatedPtrField<v1::PeerStatus>& peers,
                const std::string& now);

}  // namespace comity::cli

#endif  // COMITY_CLIENT_CLI_PEER_TABLE_H_
