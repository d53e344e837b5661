// An entry of any kind in words, for tables.
#ifndef COMITY_CLIENT_CLI_ENTRY_TEXT_H_
#define COMITY_CLIENT_CLI_ENTRY_TEXT_H_

#include <string>

#include "comity/v1/entry.pb.h"

namespace comity::cli {

// One line: an item's or a rule's heading, a party's first name, whom a denial refused, both
// sides of a correlation.
std::string TitleOf(const v1::Entry& entry);

// What the entry says, on one or several lines.
std::string TextOf(const v1::Entry& entry);

// "5A001.f.1 (us)", "facial recognition", "not on the list; Article 5 (eu)",
// "not on the list (no)".
std::string SideText(const v1::CorrelationSide& side);

}  // namespace comity::cli

#endif  // COMITY_CLIENT_CLI_ENTRY_TEXT_H_
