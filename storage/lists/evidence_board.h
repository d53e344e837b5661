// The evidence that one daemon has: bounded, kept on disk, and the same wherever all of it
// came by.
#ifndef COMITY_STORAGE_LISTS_EVIDENCE_BOARD_H_
#define COMITY_STORAGE_LISTS_EVIDENCE_BOARD_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/base/mutex.h"
#include "storage/base/types.h"
#include "storage/lists/store.h"
#include "storage/log/evidence.h"

namespace comity {

// Thread-safe. Borrows the store.
class EvidenceBoard {
 public:
  // Of more against one log those with the smallest digests are kept: any of them stops it, and
  // what is kept does not hang from the order in which it came.
  static constexpr size_t kMaxPerOrigin = 8;
  // All that can be kept, against however many logs.
  static constexpr size_t kMaxOrigins = 10'000;

  // With what the store has. What it has that does not verify (any more) is passed over.
  static absl::StatusOr<std::unique_ptr<EvidenceBoard>> Open(Store* store, const Roster& roster);

  // Whether it was news. It counts from now on even if it cannot be stored, which is said
  // then: it comes again from peers.
  absl::StatusOr<bool> Add(const VerifiedEvidence& evidence);

  // Whether the log has two histories.
  bool Contested(const Origin& origin) const;
  // Against logs of which `visible` is true, ascending by digest.
  using Visible = std::function<bool(const Origin&)>;
  std::vector<VerifiedEvidence> All(const Visible& visible) const;
  // SHA-256 over their digests.
  Digest DigestOf(const Visible& visible) const;

 private:
  explicit EvidenceBoard(Store* store) : store_(store) {}

  Store* const store_;
  mutable Mutex mutex_;
  std::map<Origin, std::map<Digest, VerifiedEvidence>> by_origin_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_EVIDENCE_BOARD_H_
