// Numbers that a run sets through the environment, such as how many seeds.
#ifndef COMITY_TESTS_SUPPORT_SETTING_H_
#define COMITY_TESTS_SUPPORT_SETTING_H_

#include <cstdint>
#include <cstdlib>

namespace comity::testing {

inline uint64_t Setting(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace comity::testing

#endif  // COMITY_TESTS_SUPPORT_SETTING_H_
