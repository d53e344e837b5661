// What a run must have been through to mean anything: each case is counted when reached.
#ifndef COMITY_TESTS_SIM_CASES_H_
#define COMITY_TESTS_SIM_CASES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace comity::sim {

// Name for people, by enumerator.
#define COMITY_SIM_CASES(X)                                                     \
  X(kResumedElsewhere, "fetch cut in the middle, resumed from another peer")    \
  X(kCrashInPersist, "restart during a persist")                                \
  X(kHintLost, "hint lost")                                                     \
  X(kFoundByAntiEntropy, "hint lost, found by anti-entropy")                    \
  X(kRefusedThenHealed, "peer refused, later served the same list")             \
  X(kOldCopy, "old copy of the disk restored")                                  \
  X(kLostEverything, "everything lost")                                         \
  X(kMemoryRegained, "daemon that lost its memory caught up and signs")         \
  X(kSigningWaits, "publication refused until peers were heard")                \
  X(kSigningBelowRefused, "publication refused below what was signed")          \
  X(kSignedAfterStart, "head left unsigned by a crash, signed after the start") \
  X(kDiskFull, "disk full")                                                     \
  X(kSpaceAgain, "disk full, then space")                                       \
  X(kSlowDisk, "slow disk")                                                     \
  X(kCommitFailed, "commit failed and was not on disk")                         \
  X(kCommitFailedButDurable, "commit failed and was on disk all the same")      \
  X(kNoteLost, "unsynced note lost in a crash")                                 \
  X(kReadBackDiffered, "read back differently, not signed")                     \
  X(kPublishApart, "publish during a partition")                                \
  X(kHalves, "partition into two halves")                                       \
  X(kAlone, "daemon cut off alone")                                             \
  X(kOneWay, "link cut one way")                                                \
  X(kDaysApart, "partition of ten days or more")                                \
  X(kDuplicateHint, "duplicate hint")                                           \
  X(kDuplicateRange, "duplicate range")                                         \
  X(kRedelivered, "range stored before, delivered again")                       \
  X(kAlteredRange, "altered range from a lying relay refused")                  \
  X(kOrphanRefused, "officers' leaf that is not in the log refused")            \
  X(kForgedHead, "head with a forged checkpoint refused")                       \
  X(kWrongRosterSaid, "peer says another roster")                               \
  X(kSlowAnswer, "answer slower than the deadline")                             \
  X(kRogueRefused, "leaf that its own authority made wrongly refused")          \
  X(kEquivocated, "two halves hold two histories of a rogue log")               \
  X(kJoinedEmpty, "joined late and empty")                                      \
  X(kClockAhead, "clock jumps years ahead")                                     \
  X(kClockBack, "clock jumps years back")                                       \
  X(kTooFarAhead, "publication refused for a clock set back")                   \
  X(kWatchBroke, "watch broke and was opened again")                            \
  X(kLostRace, "draft lost the race for its index")                             \
  X(kSubmittedAgain, "submission repeated")                                     \
  X(kBulkRemoval, "declared bulk removal")                                      \
  X(kSmallRemoval, "removal below the guard")                                   \
  X(kRestricted, "list that not everyone may hold")                             \
  X(kEvidence, "evidence of a fork")                                            \
  X(kPartial, "two daemons cut off from each other alone")                      \
  X(kTornNotes, "crash kept some unsynced notes and lost others")               \
  X(kOldWire, "peer of an older wire version, which gives no snapshots")        \
  X(kSnapshotBegun, "list begun from a snapshot")                               \
  X(kPartsElsewhere, "snapshot resumed from another peer")                      \
  X(kCrashInSnapshot, "restart between the parts of a snapshot")                \
  X(kAlteredPart, "altered part of a snapshot refused")                         \
  X(kMadeUpSnapshot, "snapshot under a root that was not signed refused")       \
  X(kSnapshotRefused, "peer that could not give a snapshot")                    \
  X(kSnapshotOpen, "all parts held, the list is served")                        \
  X(kSnapshotGrows, "list went on while its history was coming")                \
  X(kCannotSay, "question about the time before a snapshot: cannot say")        \
  X(kCrashInHistory, "restart while the history was coming")                    \
  X(kHistoryComplete, "history before a snapshot complete")                     \
  X(kRosterFetched, "newer roster fetched from a peer")                         \
  X(kRostersAtOnce, "two versions of the roster taken at once")                 \
  X(kRosterHeardLate, "newer roster fetched only after all faults had ended")   \
  X(kRosterApart, "roster handed over during a partition")                      \
  X(kCrashTakingUp, "crash after a roster was kept, before it was in force")    \
  X(kRosterTorn, "disk failed as a roster was kept")                            \
  X(kRosterNoRoom, "no space for a newer roster")                               \
  X(kMadeUpRoster, "made up roster of a lying relay refused")                   \
  X(kRosterGap, "chain of rosters with a gap refused")                          \
  X(kOfficerRotated, "publication signed by an officer that is new")            \
  X(kLogKeyRotated, "head signed by a log key that is new")                     \
  X(kHeldKeyRotated, "HELD stated by a key that is new")                        \
  X(kQuorumChanged, "roster with another quorum in force")                      \
  X(kRosterJoined, "participant that joined holds the others' lists")           \
  X(kRosterLeft, "participant that left is no longer exchanged with")           \
  X(kVoided, "leaves that had been served void by a revocation")                \
  X(kVoidFromPeer, "void leaves taken from a peer and not served")              \
  X(kRevokedAhead, "revocation that voids nothing that is there")               \
  X(kVoidStopped, "publication to a list with void leaves refused")

enum class Case {
#define X(name, text) name,
  COMITY_SIM_CASES(X)
#undef X
};

inline constexpr const char* kCaseTexts[] = {
#define X(name, text) text,
    COMITY_SIM_CASES(X)
#undef X
};
inline constexpr size_t kCaseCount = std::size(kCaseTexts);

// Value type.
struct Cases {
  std::array<uint64_t, kCaseCount> reached{};
  void Reach(Case one) { ++reached[static_cast<size_t>(one)]; }
  void Add(const Cases& other) {
    for (size_t i = 0; i < kCaseCount; ++i) reached[i] += other.reached[i];
  }
};

// Cases of the worlds about trust, which "any" does not draw.
#define COMITY_SIM_TRUST_CASES(X)                                  \
  X(kProvedHistory, "peer that proved what its log was")           \
  X(kMadeUpEvidence, "made up evidence refused")                   \
  X(kOldStatus, "old status given again")                          \
  X(kStatusSigned, "status signed")                                \
  X(kSilenceHeard, "list called LATE for its authority's silence") \
  X(kForkFound, "fork that both sides have evidence of")

enum class TrustCase {
#define X(name, text) name,
  COMITY_SIM_TRUST_CASES(X)
#undef X
};

inline constexpr const char* kTrustCaseTexts[] = {
#define X(name, text) text,
    COMITY_SIM_TRUST_CASES(X)
#undef X
};
using TrustCases = std::array<uint64_t, std::size(kTrustCaseTexts)>;

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_CASES_H_
