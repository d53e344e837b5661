// The wording in which the US Commerce Control List states why an item is controlled,
// where to, and what licence exceptions it has (15 CFR 738.2(d)). Shared by the formats
// that carry it.
#ifndef COMITY_CLIENT_IMPORT_CCL_CONTROLS_H_
#define COMITY_CLIENT_IMPORT_CCL_CONTROLS_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "comity/v1/entry.pb.h"

namespace comity {

// The reasons of one entry's "Reason for Control", in its order, each once. Misprints that
// leave no doubt are mended ("CC1", "AT.", "MT NP", "MT and AT"); other words stand as
// published. `mended` counts what was mended by "PUBLISHED -> READ".
std::vector<std::string> CclReasons(std::string_view published,
                                    std::map<std::string, uint32_t>* mended);

// The requirement cell of a row: "NS Column 1." is a chart column; country groups and named
// destinations become an expression; "worldwide" and "all destinations" become `all` unless
// an exception follows; anything else is a text. What a scope leaves unsaid of the cell is
// kept in `words`.
v1::Destinations CclDestinations(std::string_view cell);

// One row of a licence-requirement table: "NS applies to 5A001.b" and its requirement. More
// than one control where the row names several reasons ("SL and AT apply to entire entry").
// `scope_codes` are filled only where the scope is nothing but codes of `eccn` or the whole
// entry, so that whoever reads them alone is not misled. Never empty.
std::vector<v1::Control> CclControls(std::string_view eccn, std::string_view control,
                                     std::string_view requirement);

// "Yes", "$5000" and "N/A" are the value; other wording is the condition.
v1::LicenceException CclException(std::string_view name, std::string_view published);

// Adds a control without destinations for each reason that no control of the item names, so
// that no reason is lost where the law states its requirement in prose.
void AddReasonsWithoutRow(const std::vector<std::string>& reasons, v1::ControlledItem* item);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_CCL_CONTROLS_H_
