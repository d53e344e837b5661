// One list made anew from its leaves and compared with what is stored of it. The reader's side
// is in verify.h.
#ifndef COMITY_STORAGE_LISTS_LIST_VERIFIER_H_
#define COMITY_STORAGE_LISTS_LIST_VERIFIER_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "comity/v1/bootstrap.pb.h"
#include "storage/lists/list_batch.h"
#include "storage/lists/made_rows.h"
#include "storage/lists/verify.h"

namespace comity {

// Which prefix of each log a view is of: that of a token, what was published by an instant, or
// all. Value type.
struct KnownAt {
  std::optional<Frontier> token;
  std::optional<Instant> instant;

  // Whether the first `size` leaves of the log, the last published then, belong to it.
  bool Covers(const Origin& origin, TreeSize size, Instant published_at) const;
  bool everything() const { return !token.has_value() && !instant.has_value(); }
};

// What of a list makes the view. Value type.
struct MadeHead {
  TreeSize size;
  Digest root{};
  Digest state_root{};
};

// Used once, by one thread. Borrows all.
class ListVerifier {
 public:
  // `bodies` takes the hash of every body that the list brings.
  ListVerifier(const Store& store, const Roster& roster, const StoredHead& head,
               const KnownAt& known, MadeRows* bodies, ListVerification* at);
  ListVerifier(const Store& store, const Roster& roster, const StoredHead& head, KnownAt&& known,
               MadeRows* bodies, ListVerification* at) = delete;
  ~ListVerifier();

  // Walks the list; `bootstrap`: what the store remembers of its beginning from a snapshot, if
  // that is not over. Faults go into `at`; `step` is called after each leaf but the last.
  // CANCELLED if it stopped the walk; other errors only if the store cannot be read at all.
  absl::Status Run(const std::string* bootstrap, const std::function<bool()>& step);

  // What the leaves make; unset if they could not be walked to their end, or if nothing of the
  // list was known then.
  const std::optional<MadeHead>& made() const { return made_; }
  bool walked() const { return walked_; }
  // Bodies may be there that no leaf held accounts for.
  bool bodies_open() const { return bodies_open_; }
  // What was known falls among leaves that are not held.
  bool cannot_say() const { return cannot_say_; }
  // Of the genesis.
  const Audience& audience() const { return audience_; }
  TreeSize opens_at() const { return opens_at_; }

 private:
  class Reads;

  // The changes of a leaf, if it can be read; nothing is verified.
  static v1::Revision RevisionOf(std::string_view envelope_bytes);
  void Wrong(std::optional<LeafIndex> leaf, std::string_view key, std::string_view what);
  // Leaves [from, to). False if one of them does not verify.
  absl::StatusOr<bool> Walk(uint64_t from, uint64_t to, const std::function<bool()>& step);
  bool TakeLeaf(LeafIndex index);
  // --- What one leaf made, against what is stored of it.
  void CompareLeaf(LeafIndex index, const StoredLeaf& stored, const StoredLeaf& made);
  void CompareBody(LeafIndex index, const Body& body, std::string_view envelope);
  void CompareTimeline(LeafIndex index, const StoredTimeline& made);
  void CompareTile(const Tile& made, bool grows);
  // What an opaque leaf would bring: rows of it may be there from before it became opaque.
  void AllowRowsOf(LeafIndex index, std::string_view envelope);
  void TakeGenesis();
  // --- list_verifier_begun.cc: a list that began from a snapshot.
  absl::StatusOr<bool> WalkBegun(const std::string& bytes, const std::function<bool()>& step);
  bool CheckBeginning(const v1::Bootstrap& record);
  // The list's state at the snapshot, from the stored timelines, proven by the state root that the
  // officers signed. False if it does not hold.
  absl::StatusOr<bool> OpenAt(const v1::Bootstrap& record);
  // --- At the end.
  void CompareHead();
  void CheckCheckpoint();
  void CheckHeld();
  absl::Status CheckRows();
  absl::StatusOr<TreeSize> SizeNow() const;

  const Store& store_;
  const Roster& roster_;
  const StoredHead& head_;
  const KnownAt& known_;
  MadeRows* const bodies_;
  ListVerification* const at_;

  std::unique_ptr<Reads> reads_;
  std::optional<ListState> state_;
  StoredLeaf last_;
  MadeRows rows_;
  // Tiles that are not full, as made.
  std::map<TileId, Tile> open_tiles_;
  // The root at each of these sizes, once it was passed.
  std::map<uint64_t, std::optional<Digest>> roots_;
  std::optional<MadeHead> made_;
  Audience audience_;
  TreeSize opens_at_;
  // Leaves before a snapshot.
  bool past_ = false;
  bool walked_ = false;
  bool bodies_open_ = false;
  bool cannot_say_ = false;
  // The first leaf whose rows are not judged.
  uint64_t judged_until_ = 0;
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_LIST_VERIFIER_H_
