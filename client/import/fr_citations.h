// Citations of the US Federal Register as lists write them.
#ifndef COMITY_CLIENT_IMPORT_FR_CITATIONS_H_
#define COMITY_CLIENT_IMPORT_FR_CITATIONS_H_

#include <string>
#include <string_view>
#include <vector>

namespace comity {

// "68 F.R. 38290 6/27/03 71 F.R. 38843, 7/10/06 and 72 FR 1" holds three, each from its
// volume to the next one; what parts them is left out. A text without any is one citation as
// it is; an empty one none.
std::vector<std::string> SplitCitations(std::string_view text);

// One spelling for one citation: "68 FR 38290", without its date. The text itself, runs of
// white space as one, if it is no such citation.
std::string CitationName(std::string_view citation);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_FR_CITATIONS_H_
