#include "tests/sim/archive.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace comity::sim {
namespace {

constexpr size_t kTimelinesKept = 16;

absl::Status NoLeaf(const Origin& origin, uint64_t index) {
  return absl::NotFoundError(absl::StrCat(origin.ToString(), ": leaf ", index, " is not kept"));
}

}  // namespace

size_t Archive::NumberOf(const Origin& origin) {
  const auto [it, fresh] = numbers_.try_emplace(origin, logs_.size());
  if (fresh) logs_.emplace_back();
  return it->second;
}

bool Archive::Take(size_t number, const ListCommit& commit) {
  Log& log = logs_[number];
  const uint64_t end = commit.first.value + commit.leaves.size();
  if (commit.first.value > log.size) return false;
  if (commit.first.value < log.size) {
    // What somebody committed before must be the same, byte by byte.
    const uint64_t oldest = log.size - log.leaves.size();
    if (end > log.size) return false;
    for (uint64_t i = std::max(commit.first.value, oldest); i < end; ++i) {
      const StoredLeaf& known = log.leaves[i - oldest];
      const StoredLeaf& leaf = commit.leaves[i - commit.first.value];
      if (known.envelope != leaf.envelope || known.root_after != leaf.root_after ||
          known.state_root_after != leaf.state_root_after) {
        return false;
      }
    }
    return true;
  }
  uint64_t bytes = log.bytes.empty() ? 0 : log.bytes.back();
  for (const Tile& tile : commit.tiles) {
    std::string& held = log.tiles[tile.id];
    bytes += tile.hashes.size() - held.size();
    held = tile.hashes;
  }
  for (const Body& body : commit.bodies) bytes += body.bytes.size() + body.hash.size();
  for (const StoredTimeline& timeline : commit.timelines) {
    auto& versions = log.timelines[timeline.key];
    versions.emplace_back(timeline.index.value, timeline.timeline);
    if (versions.size() > kTimelinesKept) versions.pop_front();
    bytes += timeline.key.size() + timeline.timeline.size() + sizeof(uint64_t);
  }
  for (const StoredLeaf& leaf : commit.leaves) {
    bytes += leaf.envelope.size() + 3 * leaf.root_after.size();
    log.leaves.push_back(leaf);
    log.bytes.push_back(bytes);
    if (log.leaves.size() > kLeavesKept) {
      log.leaves.pop_front();
      log.bytes.pop_front();
    }
  }
  log.size = end;
  return true;
}

uint64_t Archive::BytesAt(size_t number, uint64_t size) const {
  const Log& log = logs_[number];
  const uint64_t oldest = log.size - log.bytes.size();
  return size <= oldest ? 0 : log.bytes[size - 1 - oldest];
}

uint64_t ArchiveStore::SizeOf(const Origin& origin) const {
  const size_t number = archive_->NumberOf(origin);
  return number < sizes_.size() ? sizes_[number] : 0;
}

uint64_t ArchiveStore::BytesHeld() const {
  uint64_t bytes = 0;
  for (size_t i = 0; i < sizes_.size(); ++i) bytes += archive_->BytesAt(i, sizes_[i]);
  return bytes;
}

absl::Status ArchiveStore::CommitGroup(std::span<const ListCommit* const> group) {
  for (const ListCommit* commit : group) {
    const size_t number = archive_->NumberOf(commit->origin);
    if (number >= sizes_.size()) sizes_.resize(number + 1);
    if (commit->first.value != sizes_[number] || commit->leaves.empty()) {
      return absl::InvalidArgumentError(commit->origin.ToString() + ": it does not fit");
    }
    if (!archive_->Take(number, *commit)) {
      return absl::DataLossError(commit->origin.ToString() + ": not what its authority committed");
    }
    sizes_[number] += commit->leaves.size();
  }
  return absl::OkStatus();
}

absl::StatusOr<StoredLeaf> ArchiveStore::ReadLeaf(const Origin& origin, LeafIndex index) const {
  if (index.value >= SizeOf(origin)) return NoLeaf(origin, index.value);
  const Archive::Log& log = archive_->log(archive_->NumberOf(origin));
  const uint64_t oldest = log.size - log.leaves.size();
  if (index.value < oldest) return NoLeaf(origin, index.value);
  return log.leaves[index.value - oldest];
}

absl::StatusOr<std::string> ArchiveStore::ReadTile(const Origin& origin, TileId id) const {
  const Archive::Log& log = archive_->log(archive_->NumberOf(origin));
  const auto tile = log.tiles.find(id);
  if (tile == log.tiles.end()) return absl::NotFoundError(origin.ToString() + ": no such tile");
  return tile->second;
}

absl::StatusOr<std::optional<StoredTimeline>> ArchiveStore::ReadTimeline(const Origin& origin,
                                                                         std::string_view key,
                                                                         TreeSize size) const {
  const Archive::Log& log = archive_->log(archive_->NumberOf(origin));
  const auto versions = log.timelines.find(key);
  if (versions == log.timelines.end()) return std::nullopt;
  for (auto it = versions->second.rbegin(); it != versions->second.rend(); ++it) {
    if (it->first < size.value) return StoredTimeline{std::string(key), {it->first}, it->second};
  }
  return std::nullopt;
}

absl::Status ArchiveStore::ScanTimelines(
    const Origin& origin, TreeSize size, std::string_view after_key,
    const std::function<bool(const StoredTimeline&)>& visit) const {
  const Archive::Log& log = archive_->log(archive_->NumberOf(origin));
  for (const auto& [key, versions] : log.timelines) {
    if (key <= after_key) continue;
    const auto timeline = ReadTimeline(origin, key, size);
    if (timeline->has_value() && !visit(**timeline)) break;
  }
  return absl::OkStatus();
}

}  // namespace comity::sim
