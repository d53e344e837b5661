// What one seed draws before anything happens: which faults there are, and how often.
#ifndef COMITY_TESTS_SIM_SWARM_H_
#define COMITY_TESTS_SIM_SWARM_H_

#include <cstdint>
#include <string>
#include <vector>

namespace comity::sim {

inline constexpr int64_t kSecond = 1'000'000;
inline constexpr int64_t kDay = 86'400 * kSecond;
inline constexpr int64_t kYear = 365 * kDay;

enum class Topology { kMesh, kLine, kRing, kStar, kBridge };

// What a log's own authority does wrong, with its own keys.
enum class Rogue {
  kNone,
  kUnsigned,
  kOneOfficer,
  kStateRoot,
  kParentRoot,
  kRoster,
  kTimeBack,
  kUndeclaredRemoval,
  kGap,
  kEquivocates,
};

// Value type. Rates are per mille; times microseconds.
struct Swarm {
  std::string world;
  int daemons = 3;
  int authorities = 1;
  uint32_t quorum = 1;
  Topology topology = Topology::kMesh;
  // Stretches every pause between events, so that days pass in the same number of steps.
  int64_t scale = 1;
  bool real_signatures = false;
  bool held = true;
  // Lists that not everyone may hold; lists of many entries, which lose one undeclared.
  bool restricted = false;
  bool wide = false;
  // How long a publication may take to be everywhere; 0: no promise before the end.
  int64_t prompt_within = 0;

  int loss = 0;
  int duplicates = 0;
  int64_t delay_max = 20'000;
  int64_t misfortune_every = 0;  // 0: never
  // A publication somewhere.
  int64_t work_every = kSecond;
  bool cuts = false;
  bool partitions = false;
  bool crashes = false;
  bool full_disks = false;
  bool slow_disks = false;
  bool failing_commits = false;
  bool misreads = false;
  bool clock_jumps = false;
  bool memory_loss = false;
  bool late_join = false;
  // From how many leaves on a list is begun from a snapshot, 0: never; how many bytes of it
  // come at once; whether some peers speak a wire version without snapshots.
  uint64_t snapshot_from = 0;
  uint64_t snapshot_page = 2'000;
  bool old_wire = false;
  // How many relays lie, the last daemons by number.
  int liars = 0;
  Rogue rogue = Rogue::kNone;
  // Participants state what they have; one of them, if `frozen`, only at first.
  bool statuses = false;
  bool frozen = false;
  // How many versions of the roster come after the first; whether the last participant joins
  // with one of them, and another leaves.
  int rosters = 0;
  bool joins = false;
  bool leaves = false;

  // Who may call whom.
  std::vector<std::vector<int>> Neighbours() const;
  std::string ToString() const;
};

// The worlds there are; "any" picks one by the seed.
const std::vector<std::string>& WorldNames();
// Throws nothing; `world` is one of WorldNames.
Swarm DrawSwarm(uint64_t seed, const std::string& world);
// The same with fewer daemons, of which some are still authorities, and honest.
void LimitDaemons(Swarm& swarm, int daemons);

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_SWARM_H_
