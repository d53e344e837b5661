// Codes and letters that stand for nothing now.
#ifndef COMITY_CLIENT_IMPORT_PLACEHOLDER_H_
#define COMITY_CLIENT_IMPORT_PLACEHOLDER_H_

#include <string_view>

#include "comity/v1/entry.pb.h"

namespace comity {

// Whether the first line says that there is nothing: "[Reserved]", "Reserved.", "Not used;", in
// any case, with an "or" or "and" of the list that it stands in behind it; or the rest of a range
// whose first letter was read as the mark: "through w. [Reserved]", "to a.5. [Reserved]".
bool IsPlaceholder(std::string_view text);

// Gives the item the status RESERVED if its heading (without one, its text) is a placeholder.
void MarkPlaceholder(v1::ControlledItem* item);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_PLACEHOLDER_H_
