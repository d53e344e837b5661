// The scope of destinations as a text.
#ifndef COMITY_STORAGE_LAW_DESTINATION_SCOPE_H_
#define COMITY_STORAGE_LAW_DESTINATION_SCOPE_H_

#include <string>
#include <string_view>

#include "comity/v1/entry.pb.h"

namespace comity {

// As published, without the words around it; `all` and `unspecified` stand for the two scopes
// that have no text of their own. Empty if nothing is said.
std::string DestinationScope(const v1::Destinations& destinations, std::string_view all,
                      std::string_view unspecified);

}  // namespace comity

#endif  // COMITY_STORAGE_LAW_DESTINATION_SCOPE_H_
