// Leaves on their way into one list: each is verified against the list as the
// leaf before it left it, and all are committed together or not at all.
#ifndef COMITY_STORAGE_LISTS_LIST_BATCH_H_
#define COMITY_STORAGE_LISTS_LIST_BATCH_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "comity/v1/publish_service.pb.h"
#include "comity/v1/revision.pb.h"
#include "storage/lists/list_state.h"
#include "storage/lists/store.h"
#include "storage/lists/timeline.h"
#include "storage/log/roster.h"

namespace comity {

// The newest level of the signed messages that this code reads.
inline constexpr uint32_t kSchemaLevel = 1;

// The origin that an envelope's genesis or revision says it belongs to; nothing is
// verified. INVALID_ARGUMENT if it is neither.
absl::StatusOr<Origin> OriginOfEnvelope(std::string_view envelope_bytes,
                                        uint32_t schema_level = kSchemaLevel);

// One batch; used by one thread. Borrows the roster and store.
class ListBatch {
 public:
  // `state` is the list's end, unset for a list without leaves; `schema_level` is the newest
  // that is understood.
  ListBatch(const Roster* roster, const Store* store, Origin origin, std::optional<ListState> state,
            uint32_t schema_level = kSchemaLevel);

  // From here on a revoked key's signature counts as it did when it was made: for history that
  // comes beneath a snapshot, and is judged once all of it is here.
  void PassRevoked() { pass_revoked_ = true; }

  uint64_t size() const { return state_.has_value() ? state_->log.size() : 0; }

  // Verifies one leaf in full and takes it in. The refusals, each with its reason:
  // canonical form, origin, index (REASON_GAP, REASON_STALE_PARENT), parent root,
  // roster, instants, signatures, changes, removal guard, state root. After an
  // error the batch must be thrown away.
  absl::Status Append(std::string_view envelope_bytes);
  // As Append for a leaf that is proven to stand in the log. One that needs a newer program,
  // or the signature of a key that the newest roster revoked, stops the view before it
  // (ListState::stop) and is kept as it came, as are all after it; only their form is checked. A
  // genesis of that kind is refused: who may hold the list is not known then.
  absl::Status AppendProven(std::string_view envelope_bytes);
  // Keeps a leaf and takes in nothing of what it brings.
  absl::Status AppendOpaque(std::string_view envelope_bytes, const std::string& why);

  // Makes the payload that officers sign from a draft: fills in its place, the
  // roster and the state root, and takes it in as if it were signed.
  absl::StatusOr<v1::DraftLeaf> AppendDraft(v1::Genesis genesis);
  absl::StatusOr<v1::DraftLeaf> AppendDraft(v1::Revision revision);

  // How many entries these changes would take out of force, decontrol or end early;
  // the changes must apply. Takes nothing in.
  absl::StatusOr<uint64_t> CountTaken(const v1::Revision& revision) const;
  // Whether that many of the list's entries need the guard, by the newest roster.
  bool NeedsGuard(uint64_t taken) const { return NeedsGuard(taken, *roster_); }

  // The timeline of `key` after the leaves taken in; empty if the key is not known.
  absl::StatusOr<Timeline> TimelineOf(std::string_view key) const;

  const std::optional<ListState>& state() const { return state_; }
  // What to store, and the list's end after it. Call once, after the last leaf.
  ListCommit TakeCommit();

 private:
  // The effect of one revision's changes, not yet taken in.
  struct Effect {
    std::map<std::string, Timeline> timelines;
    std::vector<Body> bodies;
    uint64_t taken = 0;
    int64_t live_delta = 0;
    // The timelines as they are stored and the state tree with them: ApplyToTree.
    std::vector<StoredTimeline> stored;
    StateTree tree;
  };

  absl::Status CheckPlace(std::string_view origin, uint64_t index) const;
  // The version that a leaf names: one that is known, not older than its predecessor's.
  absl::StatusOr<const Roster*> FindRoster(uint64_t version, std::string_view digest) const;
  absl::Status CheckInstant(int64_t published_at) const;
  absl::Status CheckGenesis(const v1::Genesis& genesis, const Roster& roster) const;
  bool NeedsGuard(uint64_t taken, const Roster& roster) const;
  absl::StatusOr<Effect> Evaluate(const v1::Revision& revision) const;
  // Whether the version's entry exists and is not marked as decontrolled.
  // `coming`: entries that the revision at hand brings.
  absl::StatusOr<bool> IsControlled(const Version& version, const std::vector<Body>& coming) const;
  // Fills in what the timelines make; gives the state root after them.
  Digest ApplyToTree(Effect& effect) const;
  void TakeGenesis(v1::Genesis genesis, const Digest& leaf_hash, std::string envelope);
  // Takes in an effect that went through ApplyToTree.
  void TakeRevision(const v1::Revision& revision, Effect effect, const Digest& leaf_hash,
                    std::string envelope);
  void PushLeaf(const Digest& leaf_hash, std::string envelope);

  const Roster* roster_;
  const Store* store_;
  const Origin origin_;
  // Some version of the roster knows the authority.
  bool authority_known_ = false;
  bool pass_revoked_ = false;
  const uint32_t schema_level_;
  std::optional<ListState> state_;
  // Timelines changed by leaves of this batch.
  std::map<std::string, Timeline, std::less<>> changed_;
  // Entry bodies brought by leaves of this batch.
  std::map<Digest, std::string> new_bodies_;
  ListCommit commit_;
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_LIST_BATCH_H_
