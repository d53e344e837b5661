// Words in texts: what `comity item search` finds by.
#ifndef COMITY_STORAGE_MATCH_TEXT_SEARCH_H_
#define COMITY_STORAGE_MATCH_TEXT_SEARCH_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace comity {

inline constexpr size_t kMaxSearchWords = 16;

// Lower case for ASCII and Latin-1 letters; everything else stays. As long as `text`.
std::string FoldCase(std::string_view text);

// The words of a query, folded: runs of letters and digits of ASCII and of bytes beyond it;
// the first kMaxSearchWords. A word given twice is there once. English plurals are given without
// their ending, so that FindWord finds both: "missile" for "missiles", "technology" for
// "technologies".
std::vector<std::string> SearchWords(std::string_view query);

// Where `word` (folded) begins in `text` (folded), at a word's beginning: "intercept" is in
// "interception", "ception" is not; "body" is in "bodies". A word that begins beyond ASCII may
// begin anywhere, since some scripts part no words. Unset if it is not there.
std::optional<size_t> FindWord(std::string_view word, std::string_view text);

// Whether every word is in the text.
bool HasWords(const std::vector<std::string>& words, std::string_view folded_text);

// At most `max_bytes` of `text` around the offset, cut between UTF-8 characters, on one line,
// with "..." where something is left out.
std::string Excerpt(std::string_view text, size_t offset, size_t max_bytes);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_TEXT_SEARCH_H_
