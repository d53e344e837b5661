#include "storage/match/code_order.h"

#include <algorithm>

#include "storage/match/code_text.h"

namespace comity {
namespace {

std::string_view DigitsAt(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && IsAsciiDigit(text[end])) ++end;
  return text.substr(at, end - at);
}

std::string_view WithoutZeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

}  // namespace

std::strong_ordering CompareCodes(std::string_view left, std::string_view right) {
  size_t i = 0;
  size_t j = 0;
  while (i < left.size() && j < right.size()) {
    if (IsAsciiDigit(left[i]) && IsAsciiDigit(right[j])) {
      const std::string_view left_run = DigitsAt(left, i);
      const std::string_view right_run = DigitsAt(right, j);
      const std::string_view a = WithoutZeros(left_run);
      const std::string_view b = WithoutZeros(right_run);
      if (a.size() != b.size()) return a.size() <=> b.size();
      if (const auto order = a <=> b; order != 0) return order;
      i += left_run.size();
      j += right_run.size();
      continue;
    }
    if (left[i] != right[j]) {
      return static_cast<unsigned char>(left[i]) <=> static_cast<unsigned char>(right[j]);
    }
    ++i;
    ++j;
  }
  const auto rest = (left.size() - i) <=> (right.size() - j);
  if (rest != 0) return rest;
  return left.size() != right.size() ? left.size() <=> right.size() : left <=> right;
}

}  // namespace comity
