// DSSE's pre-authentication encoding: the bytes that are signed and hashed
// (https://github.com/secure-systems-lab/dsse, protocol.md).
#ifndef COMITY_STORAGE_CANONICAL_PAE_H_
#define COMITY_STORAGE_CANONICAL_PAE_H_

#include <string>
#include <string_view>

#include "storage/base/types.h"

namespace comity {

inline constexpr char kGenesisType[] = "application/vnd.comity.genesis.v1+protobuf";
inline constexpr char kRevisionType[] = "application/vnd.comity.revision.v1+protobuf";
inline constexpr char kSuccessionType[] = "application/vnd.comity.succession.v1+protobuf";
inline constexpr char kRosterType[] = "application/vnd.comity.roster.v1+protobuf";
inline constexpr char kStatusType[] = "application/vnd.comity.status.v1+protobuf";
inline constexpr char kReceiptType[] = "application/vnd.comity.receipt.v1+protobuf";

// Whether the payload is a Genesis: leaf 0 of a log.
inline bool OpensLog(std::string_view payload_type) {
  return payload_type == kGenesisType || payload_type == kSuccessionType;
}

// "DSSEv1" SP len(type) SP type SP len(payload) SP payload.
std::string Pae(std::string_view payload_type, std::string_view payload);

// The hash of the leaf that holds this payload: SHA-256(0x00 || Pae).
Digest EnvelopeLeafHash(std::string_view payload_type, std::string_view payload);

}  // namespace comity

#endif  // COMITY_STORAGE_CANONICAL_PAE_H_
