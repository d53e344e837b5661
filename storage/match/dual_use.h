// The numbering that the EU, UK, Norway, the US and others share, read with its series of
// single countries.
#ifndef COMITY_STORAGE_MATCH_DUAL_USE_H_
#define COMITY_STORAGE_MATCH_DUAL_USE_H_

#include <optional>
#include <string>
#include <string_view>

#include "storage/match/control_code.h"
#include "storage/match/parsed_code.h"

namespace comity {

// `squeezed` by SqueezeCode; "ECCN" may stand before it. "EAR99", the US basket, is of it too.
// Regime references follow the first of the three digits: 0 is Wassenaar ("5A001.f.1" is
// its 5.A.1.f.1) but in category 0 the NSG trigger list, 1 MTCR, 2 NSG, 3 the Australia Group, 4
// the CWC.
std::optional<ParsedCode> ParseDualUse(std::string_view squeezed, std::string_view issuer);

// Whether a country, or the EU with its 500 series, numbers here for itself: digits from 5 up;
// paragraphs .x, .y and .z; and, of the US, the rest of its old munitions entries (0x018) and its
// regional-stability series (0x09n).
bool IsNationalSeries(const ControlCode& code);

// "US", "UK" for "us", "gb"; else the participant in capitals; "US" if it is empty, since the
// series are mostly of the US.
std::string SpaceOf(std::string_view issuer);

// The shared number of a Wassenaar number: "5A001.b.3" for 5.A.1.b.3.
std::string SharedCodeOf(const ParsedCode& wassenaar);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_DUAL_USE_H_
