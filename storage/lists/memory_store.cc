#include "storage/lists/memory_store.h"

#include <mutex>
#include <set>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

absl::Status NoLeaf(const Origin& origin, uint64_t index) {
  return absl::NotFoundError(absl::StrCat(origin.ToString(), ": leaf ", index, " is not held"));
}

bool IsSnapshot(const ListCommit& commit) {
  return commit.kind == ListCommit::Kind::kPart || commit.kind == ListCommit::Kind::kOpen;
}

// Whether the leaves are such as the kind of commit brings, to a log of `size`.
absl::Status CheckLeaves(const ListCommit& commit, TreeSize size, const HeldLeaves& held) {
  const uint64_t end = commit.first.value + commit.leaves.size();
  bool fits = false;
  switch (commit.kind) {
    case ListCommit::Kind::kAppend:
      fits = commit.first.value == size.value && !commit.leaves.empty();
      break;
    case ListCommit::Kind::kAgain:
      fits = end == size.value && !commit.leaves.empty();
      break;
    case ListCommit::Kind::kPart:
      fits = size.value == 0 && (commit.leaves.empty() || commit.leaves.size() == 2);
      break;
    case ListCommit::Kind::kOpen:
      fits = size.value == 0 && commit.leaves.size() == 2;
      break;
    case ListCommit::Kind::kBackfill:
      fits = end <= size.value && !commit.leaves.empty();
      break;
  }
  if (IsSnapshot(commit) && (commit.first.value == 0 || !commit.bootstrap.has_value())) {
    fits = false;
  }
  const std::string name = commit.origin.ToString();
  if (!fits) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": a commit of ", commit.leaves.size(),
                                                   " leaves at ", commit.first.value,
                                                   " does not fit a log of ", size.value));
  }
  if (commit.kind != ListCommit::Kind::kAgain) return absl::OkStatus();
  for (size_t i = 0; i < commit.leaves.size(); ++i) {
    COMITY_ASSIGN_OR_RETURN(const StoredLeaf leaf,
                            held.leaf_at(commit.origin, LeafIndex{commit.first.value + i}));
    if ((!leaf.opaque && !commit.leaves[i].opaque) || leaf.envelope != commit.leaves[i].envelope) {
      return absl::InvalidArgumentError(absl::StrCat(name, ": leaf ", commit.first.value + i,
                                                     " is held and not opaque, and would not be"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckCommit(const ListCommit& commit, TreeSize size, const HeldLeaves& held) {
  COMITY_RETURN_IF_ERROR(CheckLeaves(commit, size, held));
  const std::string name = commit.origin.ToString();
  const uint64_t begin = IsSnapshot(commit) ? 0 : commit.first.value;
  const uint64_t end = commit.first.value + (IsSnapshot(commit) ? 1 : commit.leaves.size());
  for (const StoredTimeline& timeline : commit.timelines) {
    if (timeline.index.value < begin || timeline.index.value >= end) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ": a timeline of leaf ", timeline.index.value, " outside the commit"));
    }
  }
  for (const Body& body : commit.bodies) {
    if (Sha256(body.bytes) != body.hash) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ": a body does not match its hash ", ToHex(body.hash)));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckGroup(std::span<const ListCommit* const> group, const HeldLeaves& held) {
  if (group.empty()) return absl::InvalidArgumentError("an empty group of commits");
  std::set<Origin> seen;
  for (const ListCommit* commit : group) {
    if (!seen.insert(commit->origin).second) {
      return absl::InvalidArgumentError(commit->origin.ToString() + " stands twice in one group");
    }
    COMITY_ASSIGN_OR_RETURN(const TreeSize size, held.size_of(commit->origin));
    COMITY_RETURN_IF_ERROR(CheckCommit(*commit, size, held));
  }
  return absl::OkStatus();
}

LeafIndex LeafPlace(const ListCommit& commit, size_t i) {
  if (IsSnapshot(commit)) return i == 0 ? LeafIndex{0} : commit.first;
  return LeafIndex{commit.first.value + i};
}

uint64_t EndOf(const ListCommit& commit) {
  switch (commit.kind) {
    case ListCommit::Kind::kPart:
    case ListCommit::Kind::kBackfill:
      return 0;
    case ListCommit::Kind::kOpen:
      return commit.first.value + 1;
    case ListCommit::Kind::kAppend:
    case ListCommit::Kind::kAgain:
      return commit.first.value + commit.leaves.size();
  }
  return 0;
}

absl::Status MemoryStore::CommitGroup(std::span<const ListCommit* const> group) {
  const std::unique_lock lock(mutex_);
  if (!failure_.ok()) return failure_;
  HeldLeaves held;
  held.size_of = [this](const Origin& origin) {
    const auto it = logs_.find(origin);
    return TreeSize{it == logs_.end() ? 0 : it->second.size};
  };
  held.leaf_at = [this](const Origin& origin, LeafIndex index) -> absl::StatusOr<StoredLeaf> {
    const Log& log = logs_.at(origin);
    const auto leaf = log.leaves.find(index.value);
    if (leaf == log.leaves.end()) return NoLeaf(origin, index.value);
    return leaf->second;
  };
  COMITY_RETURN_IF_ERROR(CheckGroup(group, held));
  for (const ListCommit* commit : group) Take(*commit);
  return absl::OkStatus();
}

void MemoryStore::Take(const ListCommit& commit) {
  Log& log = logs_[commit.origin];
  for (const Tile& tile : commit.tiles) log.tiles[tile.id] = tile.hashes;
  for (const StoredTimeline& timeline : commit.timelines) {
    log.timelines[timeline.key][timeline.index.value] = timeline.timeline;
  }
  for (const Body& body : commit.bodies) bodies_[body.hash] = body.bytes;
  const uint64_t end = EndOf(commit);
  for (size_t i = 0; i < commit.leaves.size(); ++i) {
    log.leaves[LeafPlace(commit, i).value] = commit.leaves[i];
  }
  if (end > log.size) log.size = end;
  if (!commit.checkpoint.empty()) {
    log.checkpoint = commit.checkpoint;
    log.checkpoint_size = TreeSize{log.size};
  }
  if (commit.bootstrap.has_value()) log.bootstrap = *commit.bootstrap;
  TakeAudit(commit.audit);
}

absl::StatusOr<std::map<Origin, std::string>> MemoryStore::Bootstraps() const {
  const std::shared_lock lock(mutex_);
  std::map<Origin, std::string> all;
  for (const auto& [origin, log] : logs_) {
    if (!log.bootstrap.empty()) all[origin] = log.bootstrap;
  }
  return all;
}

absl::Status MemoryStore::PutCheckpoint(const Origin& origin, TreeSize size,
                                        std::string_view checkpoint) {
  const std::unique_lock lock(mutex_);
  const auto it = logs_.find(origin);
  if (it == logs_.end() || size.value == 0 || it->second.size < size.value) {
    return NoLeaf(origin, size.value);
  }
  if (size >= it->second.checkpoint_size) {
    it->second.checkpoint = std::string(checkpoint);
    it->second.checkpoint_size = size;
  }
  return absl::OkStatus();
}

absl::Status MemoryStore::PutHeld(const Origin& origin, std::string_view participant,
                                  std::string_view note) {
  const std::unique_lock lock(mutex_);
  if (!failure_.ok()) return failure_;
  const auto it = logs_.find(origin);
  if (it == logs_.end()) return NoLeaf(origin, 0);
  it->second.held.insert_or_assign(std::string(participant), std::string(note));
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, std::string>> MemoryStore::ReadHeld(
    const Origin& origin) const {
  const std::shared_lock lock(mutex_);
  const auto it = logs_.find(origin);
  return it == logs_.end() ? std::map<std::string, std::string>() : it->second.held;
}

absl::Status MemoryStore::PutStatement(StatementKind kind, std::string_view name,
                                       std::string_view bytes) {
  const std::unique_lock lock(mutex_);
  if (!failure_.ok()) return failure_;
  statements_[kind].insert_or_assign(std::string(name), std::string(bytes));
  return absl::OkStatus();
}

absl::Status MemoryStore::DropStatement(StatementKind kind, std::string_view name) {
  const std::unique_lock lock(mutex_);
  if (!failure_.ok()) return failure_;
  statements_[kind].erase(std::string(name));
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, std::string>> MemoryStore::ReadStatements(
    StatementKind kind) const {
  const std::shared_lock lock(mutex_);
  const auto it = statements_.find(kind);
  return it == statements_.end() ? std::map<std::string, std::string>() : it->second;
}

absl::StatusOr<std::vector<StoredHead>> MemoryStore::Heads() const {
  const std::shared_lock lock(mutex_);
  std::vector<StoredHead> heads;
  for (const auto& [origin, log] : logs_) {
    if (log.size == 0) continue;
    // Of a snapshot that was given up a later leaf may be there.
    const StoredLeaf& last = log.leaves.at(log.size - 1);
    heads.push_back({origin, TreeSize{log.size}, last.root_after, last.state_root_after,
                     last.published_at, log.checkpoint, log.checkpoint_size});
  }
  return heads;
}

absl::StatusOr<StoredLeaf> MemoryStore::ReadLeaf(const Origin& origin, LeafIndex index) const {
  const std::shared_lock lock(mutex_);
  const auto it = logs_.find(origin);
  if (it == logs_.end() || !it->second.leaves.contains(index.value)) {
    return NoLeaf(origin, index.value);
  }
  return it->second.leaves.at(index.value);
}

absl::StatusOr<std::string> MemoryStore::ReadTile(const Origin& origin, TileId id) const {
  const std::shared_lock lock(mutex_);
  if (const auto log = logs_.find(origin); log != logs_.end()) {
    if (const auto tile = log->second.tiles.find(id); tile != log->second.tiles.end()) {
      return tile->second;
    }
  }
  return absl::NotFoundError(
      absl::StrCat(origin.ToString(), ": no tile ", id.level, "/", id.index));
}

std::optional<StoredTimeline> MemoryStore::AtSize(const std::string& key,
                                                  const std::map<uint64_t, std::string>& versions,
                                                  TreeSize size) {
  auto it = versions.lower_bound(size.value);
  if (it == versions.begin()) return std::nullopt;
  --it;
  return StoredTimeline{key, LeafIndex{it->first}, it->second};
}

absl::StatusOr<std::optional<StoredTimeline>> MemoryStore::ReadTimeline(const Origin& origin,
                                                                        std::string_view key,
                                                                        TreeSize size) const {
  const std::shared_lock lock(mutex_);
  const auto log = logs_.find(origin);
  if (log == logs_.end()) return std::nullopt;
  const auto it = log->second.timelines.find(key);
  if (it == log->second.timelines.end()) return std::nullopt;
  return AtSize(it->first, it->second, size);
}

absl::Status MemoryStore::ScanTimelines(
    const Origin& origin, TreeSize size, std::string_view after_key,
    const std::function<bool(const StoredTimeline&)>& visit) const {
  std::vector<StoredTimeline> found;
  {
    const std::shared_lock lock(mutex_);
    const auto log = logs_.find(origin);
    if (log == logs_.end()) return absl::OkStatus();
    const auto& timelines = log->second.timelines;
    for (auto it = after_key.empty() ? timelines.begin() : timelines.upper_bound(after_key);
         it != timelines.end(); ++it) {
      if (auto timeline = AtSize(it->first, it->second, size)) found.push_back(*timeline);
    }
  }
  // Outside the lock, so that a visitor may read the store.
  for (const StoredTimeline& timeline : found) {
    if (!visit(timeline)) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> MemoryStore::ReadBody(const Digest& hash) const {
  const std::shared_lock lock(mutex_);
  const auto it = bodies_.find(hash);
  if (it == bodies_.end()) return absl::NotFoundError("no entry body " + ToHex(hash));
  return it->second;
}

absl::Status MemoryStore::ScanRows(const Origin& origin, const RowVisit& visit) const {
  const std::shared_lock lock(mutex_);
  const auto it = logs_.find(origin);
  if (it == logs_.end()) return absl::OkStatus();
  using Kind = StoredRow::Kind;
  for (const auto& [index, leaf] : it->second.leaves) {
    if (!visit({Kind::kLeaf, LeafIndex{index}, {}, "", {}})) return absl::OkStatus();
  }
  for (const auto& [id, hashes] : it->second.tiles) {
    if (!visit({Kind::kTile, {}, id, "", {}})) return absl::OkStatus();
  }
  for (const auto& [key, versions] : it->second.timelines) {
    for (const auto& [index, timeline] : versions) {
      if (!visit({Kind::kTimeline, LeafIndex{index}, {}, key, {}})) return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

absl::Status MemoryStore::ScanLooseRows(const RowVisit& visit) const {
  const std::shared_lock lock(mutex_);
  for (const auto& [hash, body] : bodies_) {
    if (!visit({StoredRow::Kind::kBody, {}, {}, "", hash})) break;
  }
  return absl::OkStatus();
}

absl::Status MemoryStore::PutRoster(uint64_t version, std::string_view envelope) {
  const std::unique_lock lock(mutex_);
  if (!failure_.ok()) return failure_;
  const auto [it, added] = rosters_.emplace(version, envelope);
  if (added || it->second == envelope) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat("roster version ", version, " is held with other bytes"));
}

absl::StatusOr<std::map<uint64_t, std::string>> MemoryStore::Rosters() const {
  const std::shared_lock lock(mutex_);
  return rosters_;
}

absl::Status MemoryStore::PutMeta(std::string_view name, std::string_view value,
                                  std::span<const v1::AuditRecord> audit) {
  const std::unique_lock lock(mutex_);
  if (!failure_.ok()) return failure_;
  meta_.insert_or_assign(std::string(name), std::string(value));
  TakeAudit(audit);
  return absl::OkStatus();
}

absl::Status MemoryStore::AppendAudit(std::span<const v1::AuditRecord> records) {
  const std::unique_lock lock(mutex_);
  if (!failure_.ok()) return failure_;
  TakeAudit(records);
  return absl::OkStatus();
}

void MemoryStore::TakeAudit(std::span<const v1::AuditRecord> records) {
  for (const v1::AuditRecord& record : records) audit_.push_back(Chain(record, &audit_head_));
}

absl::StatusOr<AuditHead> MemoryStore::ReadAuditHead() const {
  const std::shared_lock lock(mutex_);
  return audit_head_;
}

absl::Status MemoryStore::ScanAudit(
    uint64_t from, const std::function<bool(uint64_t, std::string_view)>& visit) const {
  const std::shared_lock lock(mutex_);
  for (uint64_t index = from; index < audit_.size(); ++index) {
    if (!visit(index, audit_[index])) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> MemoryStore::GetMeta(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto it = meta_.find(name);
  if (it == meta_.end()) return std::nullopt;
  return it->second;
}

void MemoryStore::FailCommits(absl::Status error) {
  const std::unique_lock lock(mutex_);
  failure_ = std::move(error);
}

}  // namespace comity
