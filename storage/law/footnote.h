// Footnotes of a country chart: they may ask for a licence where the chart has no mark.
#ifndef COMITY_STORAGE_LAW_FOOTNOTE_H_
#define COMITY_STORAGE_LAW_FOOTNOTE_H_

#include <string>
#include <string_view>
#include <vector>

namespace comity {

// The base codes of the shared numbering in a text ("0A919"), in order, each once.
std::vector<std::string> BaseCodesIn(std::string_view text);

// Of a row's footnotes, one a line, those that may be about an item of that base code: those
// that name it, that name no code at all, or that speak of any item or of all items beside
// the codes that they name. Without a base code, all.
std::vector<std::string> FootnotesThatMayBear(std::string_view text, std::string_view base_code);

}  // namespace comity

#endif  // COMITY_STORAGE_LAW_FOOTNOTE_H_
