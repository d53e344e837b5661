// Characters of UTF-8, one after the other.
#ifndef COMITY_STORAGE_MATCH_UTF8_H_
#define COMITY_STORAGE_MATCH_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace comity {

// Value type.
struct Utf8Char {
  // The code point; 0xFFFD for a byte that begins no character.
  uint32_t point = 0xFFFD;
  // Bytes it takes, 1-4; 0 at the end of the text.
  size_t bytes = 0;
};

// The character at the offset.
Utf8Char NextUtf8(std::string_view text, size_t at);

// Soft hyphen, zero-width space, joiners, direction marks, word joiner, byte order mark.
inline bool HasNoWidth(uint32_t point) {
  return point == 0xAD || (point >= 0x200B && point <= 0x200F) || point == 0x2060 ||
         point == 0xFEFF;
}

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_UTF8_H_
