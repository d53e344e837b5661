// What must hold of evidence and freshness, by what truly happened.
#ifndef COMITY_TESTS_SIM_TRUST_WATCH_H_
#define COMITY_TESTS_SIM_TRUST_WATCH_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/log/participant_status.h"
#include "tests/sim/cases.h"
#include "tests/sim/invariants.h"

namespace comity::sim {

// Sees every accusation and every status that reaches a daemon.
class TrustWatch {
 public:
  // The one log that truly has two histories; unset: there is none.
  void ExpectFork(const Origin& origin, uint64_t common) {
    fork_ = origin;
    common_ = common;
  }

  // no-false-accusation: only against a log that has two histories, and anyone can verify it.
  void Accused(const DaemonFacts& daemon, const Origin& origin);
  // contested-stops: nothing more of the list is taken, over starts too.
  void Committed(const DaemonFacts& daemon, const Origin& origin) const;
  // contested-remembered: a start does not forget what is contested.
  void CheckRemembered(const DaemonFacts& daemon) const;
  // Its disk's memory is gone.
  void Forget(int daemon);
  // Whether the daemon should have evidence by now: it holds leaves of one history, and others
  // of the other.
  bool HoldsFork(const DaemonFacts& daemon) const;
  bool HasEvidence(const DaemonFacts& daemon) const;

  // A daemon was started: what it heard it may have lost, or its disk may remember it.
  void Restarted(int daemon) { heard_.erase(daemon); }
  // What reached a daemon, whatever it made of it; those of bad signature are not counted.
  void Heard(const DaemonFacts& daemon, const std::vector<std::string>& envelopes, Instant now);
  // silence-alarms: whoever heard nothing current of a list for as long as the roster allows,
  // in this life or before, says so. no-false-alarm: and nobody who heard of it in this life.
  void CheckFreshness(const DaemonFacts& daemon, Instant now);

  void Reach(TrustCase one) { ++cases_[static_cast<size_t>(one)]; }
  const TrustCases& cases() const { return cases_; }

 private:
  struct Statement {
    Instant stated_at;
    std::map<Origin, StatedHead> heads;
  };

  // By daemon, then (participant, audience): the newest that says each thing, oldest first.
  using Statements =
      std::map<int, std::map<std::pair<std::string, std::string>, std::vector<Statement>>>;
  static void Keep(Statements& statements, int daemon, const ParticipantStatus& status);
  // The last word that what is held of the list is all; `last_is`: whether the very last one is.
  static Instant CurrentAt(const Statements& statements, int daemon, const ListView& view,
                           bool* last_is);

  TrustCases cases_{};
  std::optional<Origin> fork_;
  uint64_t common_ = 0;
  std::map<std::pair<int, Origin>, uint64_t> stopped_at_;
  // Since its last start, and ever.
  Statements heard_;
  Statements ever_heard_;
};

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_TRUST_WATCH_H_
