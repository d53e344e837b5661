// Replica's lists that begin from a snapshot: its parts, then the history before it.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/lists/replica.h"
#include "storage/lists/replica_group.h"
#include "storage/merkle/proof.h"

namespace comity {

using absl::StatusCode;

absl::Status Replica::LoadBegun() {
  COMITY_ASSIGN_OR_RETURN(const auto records, store_->Bootstraps());
  for (const auto& [origin, bytes] : records) {
    const auto corrupt = [&](std::string_view what) {
      return absl::DataLossError(absl::StrCat(origin.ToString(),
                                              ": what was stored of its snapshot ", Absl(what),
                                              "; rebuild it from peers"));
    };
    Begun begun;
    if (!begun.record.ParseFromString(bytes)) return corrupt("cannot be read");
    if (Planted(Bug::kForgetParts)) begun.record.set_parts(0);
    begun.head.origin = origin;
    begun.head.size = TreeSize{begun.record.size()};
    begun.head.checkpoint = begun.record.checkpoint();
    COMITY_ASSIGN_OR_RETURN(begun.head.root, DigestFromBytes(begun.record.root()));
    COMITY_RETURN_IF_ERROR(CheckHead(begun.head));
    begun.open = !begun.record.has_header();
    if (!begun.open) {
      COMITY_ASSIGN_OR_RETURN(begun.parts, SnapshotParts(begun.record.header()));
      if (begun.record.parts() >= begun.parts.size()) return corrupt("contradicts itself");
    }
    if (const uint64_t size = begun.record.backfilled(); size > 0) {
      COMITY_ASSIGN_OR_RETURN(const StoredLeaf last, store_->ReadLeaf(origin, LeafIndex{size - 1}));
      COMITY_ASSIGN_OR_RETURN(
          begun.past, LoadList({origin, TreeSize{size}, last.root_after, last.state_root_after,
                                last.published_at, "", TreeSize{}},
                               nullptr));
    }
    begun_[origin] = std::move(begun);
    ShowBegun(origin);
  }
  return absl::OkStatus();
}

void Replica::ShowBegun(const Origin& origin) {
  const auto it = begun_.find(origin);
  MutexLock lock(snapshot_mutex_);
  if (it == begun_.end()) {
    bootstraps_.erase(origin);
    return;
  }
  const Begun& begun = it->second;
  BootstrapProgress& progress = bootstraps_[origin];
  progress.head = begun.head;
  progress.open = begun.open;
  progress.parts_held = begun.record.parts();
  progress.parts = begun.open ? begun.record.parts() : static_cast<uint32_t>(begun.parts.size());
  progress.backfilled = TreeSize{begun.record.backfilled()};
}

std::optional<BootstrapProgress> Replica::BootstrapOf(const Origin& origin) const {
  MutexLock lock(snapshot_mutex_);
  const auto it = bootstraps_.find(origin);
  if (it == bootstraps_.end()) return std::nullopt;
  return it->second;
}

std::vector<Origin> Replica::Bootstrapping() const {
  std::vector<Origin> origins;
  MutexLock lock(snapshot_mutex_);
  for (const auto& [origin, progress] : bootstraps_) origins.push_back(origin);
  return origins;
}

absl::Status Replica::IngestSnapshot(const LogHead& target, const SnapshotPage& page,
                                     const Actor& by) {
  COMITY_RETURN_IF_ERROR(CheckHead(target));
  Write write(target.origin);
  write.by = by;
  write.target = &target;
  write.page = &page;
  queue_.Run(write);
  return write.status;
}

absl::Status Replica::PreparePage(Write& write, Group& group) {
  const LogHead& target = *write.target;
  const SnapshotPage& page = *write.page;
  const Origin& origin = write.origin;
  const std::string name = origin.name.ToString();
  // What is held in full needs no snapshot.
  if (lists_.contains(origin)) return absl::OkStatus();
  if (Signs(origin)) {
    return absl::FailedPreconditionError(
        absl::StrCat(name, ": a list of ours is fetched leaf by leaf, not from a snapshot"));
  }
  // A leaf in its history may be void: only who reads all of it knows where its view stops.
  if (const auto from = roster_->RevokedFrom(origin.ToString());
      from.has_value() && *from < target.size.value) {
    return MakeError(absl::StatusCode::kFailedPrecondition, v1::REASON_KEY_REVOKED,
                     absl::StrCat(name, ": the roster revokes a key from leaf ", *from,
                                  " on, so that it is fetched leaf by leaf, not from a snapshot"),
                     origin.ToString());
  }
  ListCommit commit;
  commit.origin = origin;
  commit.kind = ListCommit::Kind::kPart;
  commit.first = LeafIndex{target.size.value - 1};
  const auto it = begun_.find(origin);
  Begun begun;
  if (it != begun_.end()) {
    begun = it->second;
    if (begun.head.size != target.size) {
      return absl::FailedPreconditionError(absl::StrCat(
          name, ": its snapshot of size ", begun.head.size.value, " is not complete yet"));
    }
  } else {
    COMITY_ASSIGN_OR_RETURN(const SnapshotProof proof,
                            VerifySnapshotHeader(page, origin, target.size, target.root, *roster_,
                                                 options_.schema_level));
    const auto& audience = proof.genesis_message.audience();
    if (!InAudience({audience.begin(), audience.end()}, options_.participant)) {
      return NotForUs(name);
    }
    begun.head = target;
    begun.parts = proof.parts;
    begun.record.set_size(target.size.value);
    begun.record.set_checkpoint(target.checkpoint);
    begun.record.set_root(ToBytes(target.root));
    begun.record.set_state_root(ToBytes(proof.last.state_root_after));
    *begun.record.mutable_header() = *page.header;
    commit.leaves = {proof.genesis, proof.last};
    commit.tiles = proof.edge;
  }
  if (page.next_part <= begun.record.parts()) return absl::OkStatus();
  if (page.first_part != begun.record.parts()) {
    return absl::FailedPreconditionError(absl::StrCat(name, ": parts of its snapshot from ",
                                                      page.first_part, " on came, ",
                                                      begun.record.parts(), " are held"));
  }
  COMITY_RETURN_IF_ERROR(
      Annotate(VerifySnapshotParts(page, begun.parts, target.size, &commit), name));
  begun.record.set_parts(page.next_part);
  if (page.next_part == begun.parts.size()) {
    commit.kind = ListCommit::Kind::kOpen;
    commit.checkpoint = target.checkpoint;
    begun.record.clear_header();
    if (commit.leaves.empty()) {
      for (const LeafIndex index : {LeafIndex{0}, commit.first}) {
        COMITY_ASSIGN_OR_RETURN(commit.leaves.emplace_back(), store_->ReadLeaf(origin, index));
      }
    }
  }
  commit.bootstrap = begun.record.SerializeAsString();
  group.prepared.push_back({&write, std::nullopt, std::move(commit)});
  return absl::OkStatus();
}

absl::Status Replica::FinishPage(Write& write, const ListCommit& commit, Group& group) {
  const Origin& origin = commit.origin;
  Begun& begun = begun_[origin];
  if (begun.head.size.value == 0) {
    begun.head = *write.target;
    COMITY_ASSIGN_OR_RETURN(begun.parts, SnapshotParts(*write.page->header));
  }
  begun.record.ParseFromString(*commit.bootstrap);
  begun.open = commit.kind == ListCommit::Kind::kOpen;
  ShowBegun(origin);
  if (!begun.open) {
    // No head yet; the news is how far it has come.
    group.news.heads.push_back({origin, TreeSize{}, {}, ""});
    return absl::OkStatus();
  }
  const StoredLeaf& last = commit.leaves.back();
  const StoredHead head{origin,
                        begun.head.size,
                        last.root_after,
                        last.state_root_after,
                        last.published_at,
                        commit.checkpoint,
                        begun.head.size};
  std::vector<ToIndex> versions;  // borrow from `head`
  COMITY_ASSIGN_OR_RETURN(ListState state, LoadList(head, &versions));
  COMITY_RETURN_IF_ERROR(IndexVersions(std::move(versions)));
  lists_[origin] = std::move(state);
  Show(MakeView(lists_[origin], commit.checkpoint, begun.head.size, nullptr), group);
  return absl::OkStatus();
}

Replica::Begun* Replica::BegunFor(const Write& write) {
  if (write.envelopes == nullptr || write.target == nullptr) return nullptr;
  const auto it = begun_.find(write.origin);
  if (it == begun_.end() || !it->second.open || write.begin >= it->second.head.size.value) {
    return nullptr;
  }
  return &it->second;
}

absl::Status Replica::PrepareBackfill(Begun& begun, Write& write, Group& group) {
  const std::string name = write.origin.ToString();
  const std::vector<std::string>& envelopes = *write.envelopes;
  const uint64_t held = begun.record.backfilled();
  const uint64_t end = write.begin + envelopes.size();
  if (write.begin > held) {
    return MakeError(StatusCode::kInvalidArgument, v1::REASON_BAD_PROOF,
                     absl::StrCat(name, ": leaves [", write.begin, ", ", end,
                                  ") do not continue the ", held, " that are held of its history"),
                     name);
  }
  if (end <= held) return absl::OkStatus();
  COMITY_RETURN_IF_ERROR(CheckRange(write, begun.past, held));

  ListBatch batch(roster_, store_, write.origin, begun.past, options_.schema_level);
  batch.PassRevoked();
  const uint64_t until = std::min(end, begun.head.size.value);
  for (uint64_t i = held; i < until; ++i) {
    COMITY_RETURN_IF_ERROR(batch.Append(envelopes[i - write.begin]));
  }
  v1::Bootstrap record = begun.record;
  record.set_backfilled(batch.size());
  const bool complete = batch.size() == begun.head.size.value;
  if (complete && (batch.state()->log.Root() != begun.head.root ||
                   ToBytes(batch.state()->tree.Root()) != record.state_root())) {
    return MakeError(StatusCode::kFailedPrecondition, v1::REASON_WRONG_STATE_ROOT,
                     absl::StrCat(name, ": its history does not make the snapshot that was signed"),
                     name);
  }
  ListCommit commit = batch.TakeCommit();
  commit.kind = ListCommit::Kind::kBackfill;
  commit.bootstrap = complete ? "" : record.SerializeAsString();
  // The right edge grew since: what is there begins with what the history makes.
  std::erase_if(commit.tiles, [&](const Tile& tile) {
    const absl::StatusOr<std::string> there = store_->ReadTile(write.origin, tile.id);
    return there.ok() && there->size() >= tile.hashes.size();
  });
  group.prepared.push_back({&write, std::move(batch), std::move(commit)});
  return absl::OkStatus();
}

absl::Status Replica::FinishBackfill(const ListBatch& batch, const ListCommit& commit,
                                     Group& group) {
  const Origin& origin = commit.origin;
  if (commit.bootstrap->empty()) {
    begun_.erase(origin);
  } else {
    Begun& begun = begun_.at(origin);
    begun.record.ParseFromString(*commit.bootstrap);
    begun.past = batch.state();
  }
  ShowBegun(origin);
  if (commit.bootstrap->empty()) COMITY_RETURN_IF_ERROR(JudgeHistory(origin));
  const ListView& before = *group.views.at(origin);
  Show(MakeView(lists_.at(origin), before.checkpoint, before.checkpoint_size, &before), group);
  return absl::OkStatus();
}

}  // namespace comity
