// Links of correlation lists and arrangements, beside an item.
#ifndef COMITY_CLIENT_CLI_ITEM_LINKS_H_
#define COMITY_CLIENT_CLI_ITEM_LINKS_H_

#include <google/protobuf/repeated_field.h>

#include "client/cli/output.h"
#include "comity/v1/query_service.pb.h"

namespace comity::cli {

// A row for each entry that a link leads to, or one for a link that leads to none that is
// held here.
Table LinksTable(const google::protobuf::RepeatedPtrField<v1::LinkedItem>& links);

// What an arrangement's members do, and what joining would change; nothing in JSON and CSV.
void ShowArrangement(const v1::ArrangementView& view, const Output& output);

}  // namespace comity::cli

#endif  // COMITY_CLIENT_CLI_ITEM_LINKS_H_
