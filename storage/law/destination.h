// A destination that is asked about, and how names in law stand to it.
#ifndef COMITY_STORAGE_LAW_DESTINATION_H_
#define COMITY_STORAGE_LAW_DESTINATION_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace comity {

// Value type.
struct Destination {
  // ISO 3166-1 alpha-2.
  std::string code;
  // "Russia".
  std::string title;

  // "Russia (RU)".
  std::string ToString() const { return title + " (" + code + ")"; }
};

// Reads an alpha-2 code or an English name, in any case. INVALID_ARGUMENT for anything else,
// with the names that are close: a slip must not be answered for another country. At most 128
// bytes.
absl::StatusOr<Destination> ParseDestination(std::string_view text);

// How a name in a list stands to a destination.
enum class NameStands {
  // It is the destination's.
  kSame,
  // It is another's.
  kOther,
  // It is of a state that is no more and that the destination was part of, or of the state
  // whose territory the destination is: whether it is meant must be read.
  kRelated,
  // No name that is known.
  kUnknown,
};

// `why` is set for kRelated and kUnknown. Thread-safe.
struct NameReading {
  NameStands stands = NameStands::kUnknown;
  std::string why;
};
NameReading ReadName(std::string_view published, const Destination& destination);

// The code of a destination's name as published ("China (PRC)", "Korea, South"); empty if it
// is none, or of a state that is no more.
std::string CodeOfName(std::string_view published);

// Whether a name that is not known may be a misprint of one of the destination's: nothing is
// mended on account of it, and nothing denied.
bool Resembles(std::string_view published, const Destination& destination);

// The state whose territory it is, as code; empty for states and what is disputed.
std::string SovereignOf(std::string_view code);

// Whether the destination is the participant itself, or for "eu" one of its member states since
// 2020: what goes there is no export of its.
bool IsOwn(std::string_view participant, std::string_view code);

}  // namespace comity

#endif  // COMITY_STORAGE_LAW_DESTINATION_H_
