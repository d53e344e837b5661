// What years of a large federation cost: bytes, messages and memory of each peer.
#ifndef COMITY_TESTS_SIM_SCALE_H_
#define COMITY_TESTS_SIM_SCALE_H_

#include <cstdint>

namespace comity::sim {

struct ScaleOptions {
  int governments = 200;
  int lists = 400;
  // Each list has one revision a day.
  int days = 1826;
  // Peers of each daemon: a ring, and links across it.
  int peers = 4;
  // Ends after so long and says how far it came; 0: never.
  double minutes = 0;
  uint64_t seed = 1;
};

// Runs it and prints what it cost, with progress on stderr. 0 if all that was run converged,
// 1 if not.
int RunScale(const ScaleOptions& options);

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_SCALE_H_
