// Parts of a listed party, made of what lists write.
#ifndef COMITY_CLIENT_IMPORT_PARTY_FIELDS_H_
#define COMITY_CLIENT_IMPORT_PARTY_FIELDS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comity/v1/entry.pb.h"

namespace comity {

// Above it values are no longer compared with each other, so that a hostile record costs no more
// than its size; an entry that holds more names or addresses is refused anyway.
inline constexpr int kMaxCompared = 1000;

// White space, no-break spaces too, taken off both ends.
std::string Trimmed(std::string_view text);

// The parts between separators, trimmed, empty ones left out.
std::vector<std::string> Parts(std::string_view text, std::string_view separator);

// Adds the name unless the party has it already with the same type; its script is told from
// its letters. Nothing is added for an empty text. Null if it was not added.
v1::PartyName* AddName(std::string_view text, v1::NameType type, v1::NameQuality quality,
                       v1::ListedParty* party);

// Adds the value, trimmed, unless it is empty or there already.
void AddUnique(std::string_view value, google::protobuf::RepeatedPtrField<std::string>* values);

// ISO 15924 of the first letter that is not Latin ("Arab", "Cyrl", "Hani", "Hang", "Hebr",
// "Jpan" for kana, "Grek", "Thai", ...); "Latn" if all are Latin, empty if none is known.
std::string ScriptOf(std::string_view text);

// "person" for individuals and so on, in the words of the lists; unspecified if unknown.
v1::PartyKind PartyKindOf(std::string_view word);

// A date in one of the spellings of lists to ISO 8601: "1962", "Oct 1965", "20 May 1954",
// "2017-10-16", and with slashes month first ("3/20/1992", as the US write it). Unset if it
// is none of these or no day of the calendar.
std::optional<std::string> IsoDate(std::string_view text);

// As IsoDate, or the text as it is.
std::string IsoDateOr(std::string_view text);

// A date of birth: "circa 1954" is approximate, "1957 to 1959" between.
v1::Birth BirthOf(std::string_view text);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_PARTY_FIELDS_H_
