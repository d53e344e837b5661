// Every decision that something goes wrong, or is published, written down so that it can be
// taken back.
#ifndef COMITY_TESTS_SIM_FAULTS_H_
#define COMITY_TESTS_SIM_FAULTS_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/prng.h"

namespace comity::sim {

// One decision: the concern that it was drawn for, and which draw it was.
struct Fault {
  using Id = std::pair<int, uint64_t>;
  Id id;
  int64_t at = 0;
  const char* what = "";
  int node = -1;
  int peer = -1;
};

// A stream of decisions for each concern. Where it is said which of them may happen, the
// others do not, and the same is drawn all the same.
class Faults {
 public:
  enum Concern { kNet, kDisk, kClock, kWorkload, kByzantine, kConcerns };
  static constexpr const char* kNames[] = {"net", "disk", "clock", "workload", "byzantine"};

  Faults(uint64_t seed, std::optional<std::set<Fault::Id>> only)
      : streams_{Prng(seed, "net"), Prng(seed, "disk"), Prng(seed, "clock"), Prng(seed, "workload"),
                 Prng(seed, "byzantine")},
        only_(std::move(only)) {}

  Prng& stream(Concern concern) { return streams_[concern]; }

  // Whether `what` happens now, with this chance.
  bool Happens(Concern concern, int per_mille, int64_t now, const char* what, int node,
               int peer = -1) {
    if (ended_ || per_mille <= 0) return false;
    const uint64_t ordinal = drawn_[concern]++;
    if (!streams_[concern].Chance(per_mille)) return false;
    return Note({concern, ordinal}, now, what, node, peer);
  }

  // Whether an act of the workload, which is not drawn, is carried out.
  bool Wanted(int64_t now, const char* what, int node) {
    return Note({kWorkload, drawn_[kWorkload]++}, now, what, node, -1);
  }

  // From now on nothing goes wrong.
  void End() { ended_ = true; }
  bool ended() const { return ended_; }
  const std::vector<Fault>& happened() const { return happened_; }

 private:
  bool Note(Fault::Id id, int64_t now, const char* what, int node, int peer) {
    if (only_.has_value() && !only_->contains(id)) return false;
    happened_.push_back({id, now, what, node, peer});
    return true;
  }

  Prng streams_[kConcerns];
  uint64_t drawn_[kConcerns] = {};
  const std::optional<std::set<Fault::Id>> only_;
  std::vector<Fault> happened_;
  bool ended_ = false;
};

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_FAULTS_H_
