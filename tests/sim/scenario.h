// Stories told in a file: who does what at which second, and what must be seen then.
#ifndef COMITY_TESTS_SIM_SCENARIO_H_
#define COMITY_TESTS_SIM_SCENARIO_H_

#include <string>

namespace comity::sim {

// What came of a story: what went wrong, with its line (empty if nothing did), and the file
// as it would be with the trace that was seen.
struct Told {
  std::string wrong;
  std::string text;
};

// Tells a story. Lines are "# comment", first "federation DAEMONS SHAPE AUTHORITIES QUORUM
// [snapshots LEAVES]" (lists of so many leaves begin from one), then "SECOND ACT ...":
//   start|crash|liar|honest|full|space X   (X a daemon, or "all" for start)
//   cut|join X Y                           (one way, X to Y)
//   publish X                              (must succeed)
//   refused X CODE                         (publishing fails with that code)
//   copy X, restore X, lose X              (the disk as it was at the copy; nothing left)
//   clock X YEARS                          (the wall clock set ahead or back)
//   holds X LIST N, blames X Y, trusts X Y (what must be seen)
//   backfills X, whole X                   (whether the history of some list is to come)
//   converged
// Lines that begin with four spaces are the trace that the line above them is expected to
// give: what was done, not each event of an engine. Daemons are at, be, ca, de, ...
Told TellScenario(const std::string& text);

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_SCENARIO_H_
