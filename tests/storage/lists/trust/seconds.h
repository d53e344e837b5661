// Time as these tests count it.
#ifndef COMITY_TESTS_STORAGE_LISTS_TRUST_SECONDS_H_
#define COMITY_TESTS_STORAGE_LISTS_TRUST_SECONDS_H_

#include <cstdint>

namespace comity {

inline constexpr int64_t kSecond = 1'000'000;  // in microseconds

}  // namespace comity

#endif  // COMITY_TESTS_STORAGE_LISTS_TRUST_SECONDS_H_
