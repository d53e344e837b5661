// Chance, one stream for each concern: what one concern draws never shifts another's.
#ifndef COMITY_TESTS_SIM_PRNG_H_
#define COMITY_TESTS_SIM_PRNG_H_

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace comity::sim {

// splitmix64. The same seed and concern give the same stream everywhere.
class Prng {
 public:
  Prng(uint64_t seed, std::string_view concern) : state_(seed * 0x9e3779b97f4a7c15 + 1) {
    for (const char c : concern) state_ = (state_ ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  }
  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // Uniform in [0, bound), 0 for a bound of 0.
  uint64_t Below(uint64_t bound) { return Next() % std::max<uint64_t>(bound, 1); }
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Below(static_cast<uint64_t>(high - low + 1)));
  }
  bool Chance(int per_mille) { return static_cast<int>(Below(1000)) < per_mille; }

 private:
  uint64_t state_;
};

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_PRNG_H_
