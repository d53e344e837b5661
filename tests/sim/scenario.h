// Stories told in a file: who does what at which second, and what must be seen then.
#ifndef COMITY_TESTS_SIM_SCENARIO_H_
#define COMITY_TESTS_SIM_SCENARIO_H_

#include <string>

namespace comity::sim {

// Runs a scenario. Lines are "# comment", first "federation DAEMONS SHAPE AUTHORITIES
// QUORUM", then "SECOND ACT ...":
//   start|crash|liar|honest|full|space X   (X a daemon, or "all" for start)
//   cut|join X Y                           (one way, X to Y)
//   publish X                              (must succeed)
//   refused X CODE                         (publishing fails with that code)
//   copy X, restore X, lose X              (the disk as it was at the copy; nothing left)
//   clock X YEARS                          (the wall clock set ahead or back)
//   holds X LIST N, blames X Y, trusts X Y (what must be seen)
//   converged
// Gives what went wrong, with its line; empty if nothing did.
std::string RunScenario(const std::string& text);

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_SCENARIO_H_
