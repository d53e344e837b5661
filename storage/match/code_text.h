// What every reader of codes does to a text first, and tails of letters and numbers.
#ifndef COMITY_STORAGE_MATCH_CODE_TEXT_H_
#define COMITY_STORAGE_MATCH_CODE_TEXT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace comity {

// entry.proto's limit of a published code.
inline constexpr size_t kMaxCodeBytes = 128;
// The base of an ECCN or of an EU number, 5A002 say.
inline constexpr size_t kBaseBytes = 5;

// Full-width ASCII (U+FF01..U+FF5E) and the ideographic space as their ASCII twins; no-break
// and thin spaces as spaces; nothing that has no width (soft hyphens, zero-width spaces).
// Everything else stays, bytes that are not UTF-8 too.
std::string FoldWidth(std::string_view text);

// FoldWidth, then tabs and line breaks as spaces.
std::string FoldCodeSpaces(std::string_view text);

// FoldCodeSpaces, then no spaces, lower case (ASCII).
std::string SqueezeCode(std::string_view text);

// Splits "a3b2", ".a.3.b.2" or "10.1" (squeezed) into tokens that are all letters or all
// digits. Dots may part them, one at a time, and one may end the text. Two numbers or two
// letter tokens may follow each other only across a dot. Unset if anything else is there.
std::optional<std::vector<std::string>> SplitTail(std::string_view tail);

// As SplitTail, but letters and numbers must take turns.
std::optional<std::vector<std::string>> SplitAlternatingTail(std::string_view tail);

// `head`, then each token after a dot.
std::string JoinCode(std::string head, const std::vector<std::string>& tail);

// Reads a run of at most `max_digits` digits at `at` and moves behind it: no sign, no leading
// zero. Unset, and nothing moved, if there is none.
std::optional<int> TakeNumber(std::string_view text, size_t* at, size_t max_digits);

// Whether `text` begins with `prefix` (after which a ':' is taken too), which is then cut off.
bool TakePrefix(std::string_view prefix, std::string_view* text);

inline bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsAsciiLower(char c) { return c >= 'a' && c <= 'z'; }
inline bool IsAsciiUpper(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_CODE_TEXT_H_
