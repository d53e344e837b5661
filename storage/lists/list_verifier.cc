#include "storage/lists/list_verifier.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "comity/v1/envelope.pb.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/lists/memory_store.h"
#include "storage/lists/succession.h"
#include "storage/log/held.h"
#include "storage/log/signers.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

constexpr size_t kTileBytes = kTileWidth * sizeof(Digest);
// What leaves make in place of what is damaged, for the leaves after them.
constexpr size_t kMaxMended = 1'000;
constexpr size_t kMaxMendedBytes = size_t{64} << 20;

}  // namespace

bool KnownAt::Covers(const Origin& origin, TreeSize size, Instant published_at) const {
  if (instant.has_value()) return published_at <= *instant;
  if (!token.has_value()) return true;
  const auto head = token->heads.find(origin);
  return head != token->heads.end() && size <= head->second.size;
}

// What the next leaf is judged by: rows of the store as far as they are what the leaves before it
// made, by the state tree that is made anew and by their own hash, and in place of those that are
// not what should stand there. So nothing but the tree is kept in memory.
class ListVerifier::Reads : public MemoryStore {
 public:
  explicit Reads(const Store& store) : store_(store) {}

  // The tree after the leaf before.
  void Follow(const std::optional<ListState>& state) {
    tree_ = state.has_value() ? state->tree : StateTree();
  }
  // False if there is too much of it.
  bool Mend(const StoredTimeline& timeline) {
    timelines_[timeline.key] = timeline;
    return timelines_.size() <= kMaxMended;
  }
  void Mended(const std::string& key) { timelines_.erase(key); }
  bool Mend(const Body& body) {
    if (mended_bytes_ + body.bytes.size() > kMaxMendedBytes) return false;
    if (mended_.emplace(body.hash, body.bytes).second) mended_bytes_ += body.bytes.size();
    return true;
  }

  absl::StatusOr<std::optional<StoredTimeline>> ReadTimeline(const Origin& origin,
                                                             std::string_view key,
                                                             TreeSize size) const override {
    if (const auto it = timelines_.find(key); it != timelines_.end()) return it->second;
    const std::optional<Digest> made = tree_.Find(key);
    if (!made.has_value()) return std::nullopt;
    for (;;) {
      COMITY_ASSIGN_OR_RETURN(auto read, store_.ReadTimeline(origin, key, size));
      if (!read.has_value()) {
        return absl::DataLossError(absl::StrCat("the timeline of \"", Absl(key), "\" is missing"));
      }
      if (Sha256(read->timeline) == *made) return read;
      // A row that nothing made lies over it.
      size = TreeSize{read->index.value};
    }
  }
  absl::StatusOr<std::string> ReadBody(const Digest& hash) const override {
    if (const auto it = mended_.find(hash); it != mended_.end()) return it->second;
    COMITY_ASSIGN_OR_RETURN(std::string body, store_.ReadBody(hash));
    if (Sha256(body) == hash) return body;
    return absl::DataLossError(absl::StrCat("the entry body ", ToHex(hash), " fails its hash"));
  }

 private:
  const Store& store_;
  StateTree tree_;
  std::map<std::string, StoredTimeline, std::less<>> timelines_;
  std::map<Digest, std::string> mended_;
  size_t mended_bytes_ = 0;
};

ListVerifier::ListVerifier(const Store& store, const Roster& roster, const StoredHead& head,
                           const KnownAt& known, MadeRows* bodies, ListVerification* at)
    : store_(store),
      roster_(roster),
      head_(head),
      known_(known),
      bodies_(bodies),
      at_(at),
      reads_(std::make_unique<Reads>(store)) {}

ListVerifier::~ListVerifier() = default;

v1::Revision ListVerifier::RevisionOf(std::string_view envelope_bytes) {
  v1::Revision revision;
  const absl::StatusOr<v1::Envelope> envelope = ParseEnvelope(envelope_bytes);
  if (!envelope.ok() || envelope->payload_type() != kRevisionType ||
      !revision.ParseFromString(envelope->payload())) {
    revision.Clear();
  }
  return revision;
}

void ListVerifier::Wrong(std::optional<LeafIndex> leaf, std::string_view key,
                         std::string_view what) {
  at_->faults.Add({leaf, std::string(key), std::string(what)});
}

absl::Status ListVerifier::Run(const std::string* bootstrap, const std::function<bool()>& step) {
  if (!head_.checkpoint.empty()) roots_[head_.checkpoint_size.value];
  if (known_.token.has_value()) {
    if (const auto it = known_.token->heads.find(head_.origin); it != known_.token->heads.end()) {
      roots_[it->second.size.value];
    }
  }
  const auto held = store_.ReadHeld(head_.origin);
  if (held.ok()) {
    for (const auto& [participant, note] : *held) {
      if (const auto parsed = ParseNote(note); parsed.ok()) roots_[parsed->checkpoint.size];
    }
  }
  COMITY_ASSIGN_OR_RETURN(walked_, bootstrap == nullptr ? Walk(0, head_.size.value, step)
                                                        : WalkBegun(*bootstrap, step));
  judged_until_ = walked_ ? head_.size.value : judged_until_;
  if (walked_) CompareHead();
  CheckCheckpoint();
  CheckHeld();
  return CheckRows();
}

absl::StatusOr<bool> ListVerifier::Walk(uint64_t from, uint64_t to,
                                        const std::function<bool()>& step) {
  for (uint64_t index = from; index < to; ++index) {
    judged_until_ = index;
    if (!TakeLeaf(LeafIndex{index})) return false;
    ++at_->verified.value;
    // The last one is told once the head was compared.
    if (index + 1 < head_.size.value && !step()) {
      return absl::CancelledError("verification was stopped");
    }
  }
  return true;
}

bool ListVerifier::TakeLeaf(LeafIndex index) {
  const absl::StatusOr<StoredLeaf> stored = store_.ReadLeaf(head_.origin, index);
  if (!stored.ok()) {
    Wrong(index, "",
          absl::StrCat(
              absl::IsNotFound(stored.status()) ? "it is missing" : stored.status().message(),
              "; the leaves after it cannot be judged"));
    return false;
  }
  reads_->Follow(state_);
  const bool opens = !state_.has_value();
  ListBatch batch(&roster_, reads_.get(), head_.origin, std::move(state_));
  if (past_) batch.PassRevoked();
  const absl::Status taken =
      past_ ? batch.Append(stored->envelope) : batch.AppendProven(stored->envelope);
  if (!taken.ok()) {
    Wrong(index, "", absl::StrCat(taken.message(), "; the leaves after it cannot be judged"));
    return false;
  }
  const ListCommit commit = batch.TakeCommit();
  state_ = batch.state();
  last_ = commit.leaves[0];
  if (opens) TakeGenesis();
  if (stored->opaque && !last_.opaque) {
    Wrong(index, "",
          "it is kept as one that is not understood, and is: an older comityd kept it, or its "
          "mark was altered; a comityd of this version takes it in when it starts");
    return false;
  }
  CompareLeaf(index, *stored, last_);
  for (const Body& body : commit.bodies) CompareBody(index, body, stored->envelope);
  for (const StoredTimeline& timeline : commit.timelines) CompareTimeline(index, timeline);
  for (const Tile& tile : commit.tiles) {
    if (tile.hashes.size() < kTileBytes) {
      open_tiles_[tile.id] = tile;
    } else {
      open_tiles_.erase(tile.id);
      CompareTile(tile, false);
    }
  }
  if (last_.opaque) AllowRowsOf(index, stored->envelope);
  const TreeSize size{index.value + 1};
  if (const auto it = roots_.find(size.value); it != roots_.end()) it->second = last_.root_after;
  if (!last_.opaque && known_.Covers(head_.origin, size, last_.published_at)) {
    made_ = {size, last_.root_after, last_.state_root_after};
  }
  return true;
}

void ListVerifier::TakeGenesis() {
  audience_.assign(state_->genesis.audience().begin(), state_->genesis.audience().end());
  opens_at_ = OpensAt(state_->genesis);
}

void ListVerifier::CompareLeaf(LeafIndex index, const StoredLeaf& stored, const StoredLeaf& made) {
  const std::pair<const char*, bool> fields[] = {
      {"leaf hash", stored.leaf_hash == made.leaf_hash},
      {"root", stored.root_after == made.root_after},
      {"state root", stored.state_root_after == made.state_root_after},
      {"instant of publication", stored.published_at == made.published_at}};
  for (const auto& [name, same] : fields) {
    if (!same) Wrong(index, "", absl::StrCat("the ", name, " kept with it is not what it makes"));
  }
  if (made.opaque && !stored.opaque) {
    Wrong(index, "", absl::StrCat("it is shown although it must not be: ", state_->stop->why));
  }
}

void ListVerifier::CompareBody(LeafIndex index, const Body& body, std::string_view envelope) {
  bodies_->AddBody(body.hash);
  const absl::StatusOr<std::string> read = store_.ReadBody(body.hash);
  if (read.ok() && *read == body.bytes) return;
  std::string key;
  const v1::Revision revision = RevisionOf(envelope);
  for (const v1::Change& change : revision.changes()) {
    if (change.entry() == body.bytes) key = change.key();
  }
  Wrong(index, key,
        absl::IsNotFound(read.status()) ? "the entry's body is missing"
                                        : "the entry's body is not what was signed");
  if (!reads_->Mend(body))
    at_->remarks.push_back(
        "so many bodies are damaged that later leaves "
        "may be told as wrong on their account");
}

void ListVerifier::CompareTimeline(LeafIndex index, const StoredTimeline& made) {
  rows_.AddTimeline(made.key, index);
  const auto read = store_.ReadTimeline(head_.origin, made.key, TreeSize{index.value + 1});
  if (read.ok() && read->has_value() && **read == made) {
    reads_->Mended(made.key);
    return;
  }
  const bool missing = read.ok() && (!read->has_value() || (*read)->index != index);
  Wrong(index, made.key,
        missing ? "the entry's timeline after this leaf is missing"
                : "the entry's timeline is not what the revisions make");
  if (!reads_->Mend(made))
    at_->remarks.push_back(
        "so many timelines are damaged that later leaves "
        "may be told as wrong on their account");
}

void ListVerifier::CompareTile(const Tile& made, bool grows) {
  const absl::StatusOr<std::string> read = store_.ReadTile(head_.origin, made.id);
  const std::string name = absl::StrCat("tile ", made.id.level, "/", made.id.index);
  if (absl::IsNotFound(read.status())) {
    return Wrong(std::nullopt, "", absl::StrCat(name, " of its tree is missing"));
  }
  const bool same =
      read.ok() && (grows ? read->substr(0, made.hashes.size()) : *read) == made.hashes;
  if (!same)
    Wrong(std::nullopt, "", absl::StrCat(name, " of its tree is not what the leaves make"));
}

void ListVerifier::AllowRowsOf(LeafIndex index, std::string_view envelope) {
  const v1::Revision revision = RevisionOf(envelope);
  for (const v1::Change& change : revision.changes()) {
    rows_.AddTimeline(change.key(), index);
    if (!change.entry().empty()) bodies_->AddBody(Sha256(change.entry()));
  }
}

void ListVerifier::CompareHead() {
  const std::pair<const char*, bool> fields[] = {
      {"root", last_.root_after == head_.root},
      {"state root", last_.state_root_after == head_.state_root},
      {"instant of publication", last_.published_at == head_.published_at}};
  for (const auto& [name, same] : fields) {
    if (!same) {
      Wrong(LeafIndex{head_.size.value - 1}, "",
            absl::StrCat("the ", name, " kept as the list's newest is not what the leaves make"));
    }
  }
  const absl::StatusOr<TreeSize> before = SizeNow();
  for (const auto& [id, tile] : open_tiles_) {
    // Whoever appends meanwhile makes it longer.
    const bool grows = !before.ok() || *before != head_.size;
    CompareTile(tile, grows);
  }
  if (state_->stop.has_value()) {
    at_->remarks.push_back(absl::StrCat("its view stops at ", state_->stop->shown.value,
                                        " leaves: ", state_->stop->why));
  }
}

absl::StatusOr<TreeSize> ListVerifier::SizeNow() const {
  COMITY_ASSIGN_OR_RETURN(const std::vector<StoredHead> heads, store_.Heads());
  for (const StoredHead& head : heads) {
    if (head.origin == head_.origin) return head.size;
  }
  return TreeSize{};
}

void ListVerifier::CheckCheckpoint() {
  if (head_.checkpoint.empty()) {
    at_->remarks.push_back("no checkpoint of it is held: its leaves are signed by officers alone");
    return;
  }
  const absl::StatusOr<Checkpoint> checkpoint =
      VerifyLogNote(head_.checkpoint, head_.origin, roster_);
  if (!checkpoint.ok()) {
    return Wrong(std::nullopt, "", absl::StrCat("the checkpoint: ", checkpoint.status().message()));
  }
  if (checkpoint->size != head_.checkpoint_size.value) {
    return Wrong(std::nullopt, "",
                 absl::StrCat("the checkpoint kept for ", head_.checkpoint_size.value,
                              " leaves is of ", checkpoint->size));
  }
  if (head_.size < head_.checkpoint_size) {
    return Wrong(
        std::nullopt, "",
        absl::StrCat("the checkpoint is of ", checkpoint->size, " leaves and the list has ",
                     head_.size.value, ": its end was cut off"));
  }
  const std::optional<Digest>& root = roots_.at(checkpoint->size);
  if (root.has_value() && *root != checkpoint->root) {
    return Wrong(std::nullopt, "",
                 absl::StrCat("the checkpoint of ", checkpoint->size,
                              " leaves is signed for another root than these leaves make"));
  }
  if (head_.checkpoint_size < head_.size) {
    at_->remarks.push_back(absl::StrCat("leaves from ", checkpoint->size,
                                        " on stand under no checkpoint that is held here yet"));
  }
}

void ListVerifier::CheckHeld() {
  const auto notes = store_.ReadHeld(head_.origin);
  if (!notes.ok()) {
    return Wrong(std::nullopt, "", absl::StrCat("the HELD statements: ", notes.status().message()));
  }
  for (const auto& [participant, note] : *notes) {
    // By the roster that it was made under.
    absl::StatusOr<HeldStatement> statement = VerifyHeld(note, participant, roster_);
    for (const Roster* one = roster_.previous(); one != nullptr && !statement.ok();
         one = one->previous()) {
      if (auto older = VerifyHeld(note, participant, *one); older.ok()) statement = older;
    }
    const std::string name = absl::StrCat("the HELD statement of \"", participant, "\"");
    if (!statement.ok()) {
      Wrong(std::nullopt, "", absl::StrCat(name, ": ", statement.status().message()));
    } else if (statement->origin != head_.origin) {
      Wrong(std::nullopt, "", absl::StrCat(name, " is of ", statement->origin.ToString()));
    } else if (const auto root = roots_.find(statement->size.value);
               root != roots_.end() && root->second.has_value() &&
               *root->second != statement->root) {
      // Soundly signed: no damage here.
      at_->remarks.push_back(absl::StrCat(name, " is signed for another history of ",
                                          statement->size.value,
                                          " leaves: see `comity evidence ls`"));
    }
  }
}

absl::Status ListVerifier::CheckRows() {
  rows_.Sort();
  const uint64_t size = head_.size.value;
  // Beyond the head; what is appended meanwhile lies there too.
  std::vector<Fault> beyond;
  uint64_t more_beyond = 0;
  // Leaves that do not follow: a snapshot that was given up leaves its last one, soundly signed.
  std::set<uint64_t> leaves_beyond;
  const auto keep = [&](Fault fault) {
    if (beyond.size() < kMaxNamedFaults) {
      beyond.push_back(std::move(fault));
    } else {
      ++more_beyond;
    }
  };
  COMITY_RETURN_IF_ERROR(store_.ScanRows(head_.origin, [&](const StoredRow& row) {
    switch (row.kind) {
      case StoredRow::Kind::kLeaf:
        if (row.index.value < size) break;
        if (leaves_beyond.size() < kMaxNamedFaults) leaves_beyond.insert(row.index.value);
        keep({row.index, "", absl::StrCat("a leaf beyond the list's end, which is at ", size)});
        break;
      case StoredRow::Kind::kTile: {
        const uint64_t hashes = row.tile.level < 8 ? size >> (8 * row.tile.level) : 0;
        if (row.tile.index < (hashes + kTileWidth - 1) / kTileWidth) break;
        keep({std::nullopt, "",
              absl::StrCat("tile ", row.tile.level, "/", row.tile.index,
                           " lies beyond what a tree of ", size, " leaves has")});
        break;
      }
      case StoredRow::Kind::kTimeline:
        if (row.index.value >= size) {
          keep({row.index, std::string(row.key), "a timeline of a leaf beyond the list's end"});
        } else if (row.index.value < judged_until_ && !rows_.HasTimeline(row.key, row.index)) {
          Wrong(row.index, row.key, "a timeline is kept that no revision makes");
        }
        break;
      case StoredRow::Kind::kBody:
      case StoredRow::Kind::kForeign:
        break;
    }
    return true;
  }));
  if (beyond.empty()) return absl::OkStatus();
  COMITY_ASSIGN_OR_RETURN(const TreeSize now, SizeNow());
  if (now > head_.size) return absl::OkStatus();
  if (leaves_beyond.size() == 1 && *leaves_beyond.begin() > size) {
    const LeafIndex index{*leaves_beyond.begin()};
    const absl::StatusOr<StoredLeaf> leaf = store_.ReadLeaf(head_.origin, index);
    const v1::Revision revision = leaf.ok() ? RevisionOf(leaf->envelope) : v1::Revision();
    const auto named =
        NamedRoster(roster_, revision.roster_version(), revision.roster_digest(), head_.origin);
    const auto envelope =
        leaf.ok() ? ParseEnvelope(leaf->envelope) : absl::StatusOr<v1::Envelope>(leaf.status());
    if (named.ok() && envelope.ok() && revision.origin() == head_.origin.ToString() &&
        revision.index() == index.value &&
        VerifyOfficers(**named, **named, head_.origin, index.value,
                       revision.guard() == v1::GUARD_BULK_REMOVAL, *envelope)
            .ok()) {
      bodies_open_ = true;
      at_->remarks.push_back(absl::StrCat("parts of a snapshot of ", index.value + 1,
                                          " leaves that was given up are kept beyond its end, and "
                                          "not judged; nobody reads them"));
      return absl::OkStatus();
    }
  }
  for (Fault& fault : beyond) at_->faults.Add(std::move(fault));
  at_->faults.more += more_beyond;
  return absl::OkStatus();
}

}  // namespace comity
