// Bugs that can be planted in the real code, to prove that the simulator finds them.
//
// Only tests/sim compiles the code with COMITY_PLANTED_BUGS; everywhere else Planted is
// false at compile time and costs nothing. One line where it is asked for, no more.
#ifndef COMITY_STORAGE_BASE_PLANTED_H_
#define COMITY_STORAGE_BASE_PLANTED_H_

namespace comity {

// tests/sim/bugs.cc names and describes each.
enum class Bug {
  kNone,
  // What is checked before anything is stored.
  kSkipProof,
  kSkipCheckpointSignature,
  kSkipOfficerSignatures,
  kThresholdOffByOne,
  kIgnoreStateRoot,
  kAcceptWrongParentRoot,
  kSkipRosterCheck,
  kAcceptTimeStepBack,
  kIgnoreRemovalGuard,
  kAcceptGap,
  // The replica's writes.
  kKeepPartOfRefusedRange,
  kAckBeforeSync,
  kCheckpointTooEarly,
  kApplyTwice,
  kIgnoreOverlap,
  kViewNotMoved,
  kRestartForgetsEntries,
  // The signer.
  kSkipReadBack,
  kSignBeforeHeard,
  kIgnoreMissing,
  kHearOneOnly,
  kNeverSignAfterCrash,
  kCommonOffByOne,
  // Lists that begin from a snapshot.
  kSkipSnapshotRoot,
  kForgetParts,
  kHeldBeforeHistory,
  kAnswerBeforeSnapshot,
  kSnapshotOfOwn,
  kNeverBackfill,
  // Who may see what.
  kIgnoreAudience,
  // The engine.
  kAcceptSmallerHead,
  kDropHints,
  kNeverAntiEntropy,
  kNeverRetryHello,
  kNeverRetryFetch,
  kForgetAvoided,
  kForgiveLiars,
  kAvoidForever,
  kBlameForFullDisk,
  kFullDiskNeverRetried,
  kDoubleFetch,
  kFetchSlotLeaked,
  kWatchNeverReopened,
  kBackoffNeverReset,
  kHelloAlwaysEqual,
  kFetchFromStart,
  kIgnoreRosterInHello,
  kOneBadPeerStopsAll,
  kHelloTwice,
  // Evidence.
  kIgnoreFork,
  kIgnoreForkOfOtherSize,
  kNeverAskConsistency,
  kAccuseWithoutCause,
  kAccuseWithoutProof,
  kKeepEvidenceToOneself,
  kContestedGoesOn,
  kContestedForgotten,
  // Freshness.
  kSkipStatusSignature,
  kStatusNeverSigned,
  kStatusFromTheFuture,
  kNeverLate,
  kStatusOfMoreCounts,
  // Rosters.
  kRosterNotKept,
  kServeNewestRosterOnly,
  kSkipRosterSignatures,
  kOldEngineGoesOn,
  kNeverAskRosters,
  kAskRostersForEver,
  kRevocationIgnored,
  kVoidLeavesServed,
  // Succession.
  kSuccessionWithoutQuorum,
  kSuccessionIgnored,
};

#ifdef COMITY_PLANTED_BUGS
inline Bug planted_bug = Bug::kNone;
// Signatures are keyed hashes, a hundred times faster than Ed25519.
inline bool fake_signatures = false;
// Told of a broken rule in place of the end of the process.
inline void (*rule_broken)(const char* rule) = nullptr;
inline bool Planted(Bug bug) { return planted_bug == bug; }
inline bool FakeSignatures() { return fake_signatures; }
inline void RuleBroken(const char* rule) {
  if (rule_broken != nullptr) rule_broken(rule);
}
#else
constexpr bool Planted(Bug) { return false; }
constexpr bool FakeSignatures() { return false; }
constexpr void RuleBroken(const char*) {}
#endif

}  // namespace comity

#endif  // COMITY_STORAGE_BASE_PLANTED_H_
