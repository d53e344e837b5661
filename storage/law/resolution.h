// What a law's destinations come to for one destination.
#ifndef COMITY_STORAGE_LAW_RESOLUTION_H_
#define COMITY_STORAGE_LAW_RESOLUTION_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "comity/v1/entry.pb.h"
#include "comity/v1/legal_effect.pb.h"
#include "storage/law/destination.h"
#include "storage/law/destination_table.h"

namespace comity {

inline constexpr char kApplies[] = "applies";
inline constexpr char kDoesNotApply[] = "does not apply";
inline constexpr char kCannotBeResolved[] = "cannot be resolved";

// What resolutions rest on. Borrows.
struct ResolutionContext {
  Destination destination;
  // Whose law it is: a participant ("us").
  std::string participant;
  // That participant's tables in force then, by list.
  std::vector<const DestinationTable*> tables;
  // The base code of the item, which footnotes may name ("5A001"); empty: of no item.
  std::string base_code;
};

// Whether the destination is among `destinations`. Pure, and never silently no: whatever is
// not held, not known or contradicts itself gives "cannot be resolved" with its reason.
//
// A chart's column: the destination's row of the tables that have the column. A mark applies;
// no mark does not, unless footnotes of the row may bear on the item. Rows or tables that
// differ resolve nothing. A row without any mark that points elsewhere resolves nothing
// ("See part 746"); one that is "As for China" is read there.
//
// A group expression: see destination_expression.h. `all` and `unspecified` apply to every
// destination, and say so. A text stays a text.
v1::DestinationResolution ResolveDestinations(const v1::Destinations& destinations,
                                              const ResolutionContext& context);

}  // namespace comity

#endif  // COMITY_STORAGE_LAW_RESOLUTION_H_
