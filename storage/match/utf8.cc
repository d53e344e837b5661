#include "storage/match/utf8.h"

namespace comity {

Utf8Char NextUtf8(std::string_view text, size_t at) {
  if (at >= text.size()) return {0, 0};
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(at);
  if (first < 0x80) return {first, 1};
  const size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + bytes > text.size()) return {0xFFFD, 1};
  uint32_t point = first & (0x7F >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {0xFFFD, 1};
    point = (point << 6) | (byte(at + i) & 0x3F);
  }
  return {point, bytes};
}

}  // namespace comity
