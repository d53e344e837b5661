#include "tests/sim/bugs.h"

namespace comity::sim {

const std::vector<PlantedBug>& PlantedBugs() {
  static const auto* const bugs = new std::vector<PlantedBug>{
      {Bug::kSkipProof, "skip-proof", "a range's consistency proof is not verified"},
      {Bug::kSkipCheckpointSignature, "skip-checkpoint-signature",
       "a checkpoint's signature is not verified"},
      {Bug::kSkipOfficerSignatures, "skip-officer-signatures", "unsigned leaves are taken",
       "rogue"},
      {Bug::kThresholdOffByOne, "threshold-off-by-one", "one officer fewer is enough", "rogue"},
      {Bug::kIgnoreStateRoot, "ignore-state-root", "the state root after a leaf is not compared",
       "rogue"},
      {Bug::kAcceptWrongParentRoot, "accept-wrong-parent-root",
       "a leaf may continue another history", "rogue"},
      {Bug::kSkipRosterCheck, "skip-roster-check", "a leaf may name another roster", "rogue"},
      {Bug::kAcceptTimeStepBack, "accept-time-step-back", "published_at may step back", "rogue"},
      {Bug::kIgnoreRemovalGuard, "ignore-removal-guard", "a bulk removal need not be declared",
       "rogue"},
      {Bug::kAcceptGap, "accept-gap", "a leaf may skip indexes", "rogue"},
      {Bug::kKeepPartOfRefusedRange, "keep-part-of-refused-range",
       "of a range with a bad leaf, those before it stay", "rogue"},
      {Bug::kAckBeforeSync, "ack-before-sync", "what could not be stored is acknowledged", "disk"},
      {Bug::kCheckpointTooEarly, "checkpoint-too-early",
       "a checkpoint is kept before all its leaves came"},
      {Bug::kApplyTwice, "apply-twice", "a range that is held already is applied again"},
      {Bug::kIgnoreOverlap, "ignore-overlap", "leaves of a range that are held are not skipped"},
      {Bug::kViewNotMoved, "view-not-moved", "readers are not shown what was stored"},
      {Bug::kRestartForgetsEntries, "restart-forgets-entries",
       "a start does not count the entries in force"},
      {Bug::kSkipReadBack, "skip-read-back", "signs without comparing what was read back", "disk"},
      {Bug::kSignBeforeHeard, "sign-before-heard", "signs after a start before peers were heard",
       "memory"},
      {Bug::kIgnoreMissing, "ignore-missing", "signs although peers hold more of its own log",
       "memory"},
      {Bug::kHearOneOnly, "hear-one-only", "signs after one peer was heard"},
      {Bug::kNeverSignAfterCrash, "never-sign-after-crash",
       "a head that a crash left unsigned stays so"},
      {Bug::kCommonOffByOne, "common-off-by-one", "COMMON counts one holder too many"},
      {Bug::kSkipPartHash, "skip-part-hash", "parts of a snapshot are not compared with its nodes",
       "snapshot"},
      {Bug::kSkipSnapshotRoot, "skip-snapshot-root",
       "a snapshot is not compared with the state root that was signed", "snapshot"},
      {Bug::kForgetParts, "forget-parts", "a start forgets which parts of a snapshot are held",
       "snapshot"},
      {Bug::kHeldBeforeHistory, "held-before-history",
       "HELD is stated before a snapshot's history came", "snapshot"},
      {Bug::kAnswerBeforeSnapshot, "answer-before-snapshot",
       "what is not known yet of the time before a snapshot is answered all the same", "snapshot"},
      {Bug::kSnapshotOfOwn, "snapshot-of-own", "an authority's own lists begin from a snapshot",
       "snapshot"},
      {Bug::kNeverBackfill, "never-backfill", "the history before a snapshot is never fetched",
       "snapshot"},
      {Bug::kIgnoreAudience, "ignore-audience", "lists are shown to whom they are not for",
       "audience"},
      {Bug::kAcceptSmallerHead, "accept-smaller-head", "an old hint replaces a newer one"},
      {Bug::kDropHints, "drop-hints", "hints are not acted on"},
      {Bug::kNeverAntiEntropy, "never-anti-entropy", "no Hello after the first good one"},
      {Bug::kNeverRetryHello, "never-retry-hello", "a lost peer is never tried again"},
      {Bug::kNeverRetryFetch, "never-retry-fetch", "a failed fetch is never tried again"},
      {Bug::kForgetAvoided, "forget-avoided", "whoever served wrongly is asked again at once",
       "hostile"},
      {Bug::kAvoidForever, "avoid-forever", "whoever served wrongly is never asked again", "swarm"},
      {Bug::kBlameForFullDisk, "blame-for-full-disk", "the peer is blamed for a full disk here",
       "disk"},
      {Bug::kFullDiskNeverRetried, "full-disk-never-retried",
       "after a full disk nothing is fetched any more", "disk"},
      {Bug::kDoubleFetch, "double-fetch", "one origin is fetched twice at once"},
      {Bug::kFetchSlotLeaked, "fetch-slot-leaked", "a peer's slot stays taken after its fetch"},
      {Bug::kWatchNeverReopened, "watch-never-reopened", "a watch that ended is not opened again"},
      {Bug::kBackoffNeverReset, "backoff-never-reset", "pauses grow and never shrink"},
      {Bug::kHelloAlwaysEqual, "hello-always-equal", "every digest of heads passes for equal"},
      {Bug::kFetchFromStart, "fetch-from-start", "every fetch begins at leaf 0"},
      {Bug::kIgnoreRosterInHello, "ignore-roster-in-hello", "a peer of another roster is taken",
       "hostile"},
      {Bug::kOneBadPeerStopsAll, "one-bad-peer-stops-all",
       "nothing is fetched for long after one peer served wrongly"},
      {Bug::kHelloTwice, "hello-twice", "a Hello is sent while one is on its way"},
  };
  return *bugs;
}

const PlantedBug* FindBug(std::string_view name) {
  for (const PlantedBug& bug : PlantedBugs()) {
    if (bug.name == name) return &bug;
  }
  return nullptr;
}

}  // namespace comity::sim
