// Two texts side by side, word by word.
#ifndef COMITY_STORAGE_MATCH_WORD_DIFF_H_
#define COMITY_STORAGE_MATCH_WORD_DIFF_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace comity {

// A run of words. All `left` of a diff one after the other are the left text byte for byte, all
// `right` the right text.
struct DiffPart {
  enum class Kind {
    kSame,   // the same words, which may differ in typography (typography.h)
    kLeft,   // only in the left text; `right` is empty
    kRight,  // only in the right text; `left` is empty
  };
  Kind kind = Kind::kSame;
  std::string left;
  std::string right;
  bool operator==(const DiffPart&) const = default;
};

// Value type. Of parts that differ, left stands before right.
struct WordDiff {
  std::vector<DiffPart> parts;
  // Words: runs with a letter or digit in them, and each ideograph; punctuation is aligned like
  // words and not counted.
  size_t same = 0;
  size_t left = 0;
  size_t right = 0;
  // More than the bounds allow: between what both begin and end with stands all of the left text,
  // then all of the right one.
  bool coarse = false;
};

// Words and punctuation marks of both texts together, and how many of them may differ. The work is
// at most their product: 4e7 steps, and 4 MiB of memory.
inline constexpr size_t kMaxDiffTokens = 40'000;
inline constexpr size_t kMaxDiffEdits = 1'000;

// A smallest difference (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986), coarse
// if it takes more than `max_edits`, at most kMaxDiffEdits. Pure: the same texts give the same
// parts.
WordDiff DiffWords(std::string_view left, std::string_view right, size_t max_edits = kMaxDiffEdits);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_WORD_DIFF_H_
