// Proofs that others check for themselves: the log's, and the whole proof of one entry.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "comity/v1/entry_proof.pb.h"
#include "storage/base/errors.h"
#include "storage/lists/entry_proof.h"
#include "storage/lists/snapshot.h"
#include "storage/lists/state_tree.h"
#include "storage/log/cosigned.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proof.h"

namespace comity {
namespace {

using Hashes = google::protobuf::RepeatedPtrField<std::string>;

absl::Status BeyondCheckpoint(const ListView& list, uint64_t size) {
  return absl::OutOfRangeError(
      absl::StrCat(list.origin.name.ToString(), ": size ", size,
                   " was asked for, the newest checkpoint that is held here has size ",
                   list.checkpoint_size.value));
}

void CopyTo(const std::vector<Digest>& from, Hashes* to) {
  for (const Digest& hash : from) *to->Add() = ToBytes(hash);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ListView>> Snapshot::FindSigned(std::string_view name) const {
  COMITY_ASSIGN_OR_RETURN(auto list, FindList(name));
  if (list->checkpoint.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(list->origin.name.ToString(),
                     ": no checkpoint is held here yet, without one nothing can be proven: ask "
                     "again when ",
                     list->origin.name.authority, "'s daemon has signed"));
  }
  return list;
}

absl::StatusOr<v1::GetCheckpointResponse> Snapshot::GetCheckpoint(
    const v1::GetCheckpointRequest& request) const {
  COMITY_ASSIGN_OR_RETURN(const auto list, FindSigned(request.list()));
  const uint64_t size = list->checkpoint_size.value;
  COMITY_ASSIGN_OR_RETURN(const auto last, FactsOf(list->origin, LeafIndex{size - 1}));
  v1::GetCheckpointResponse response;
  response.set_list(list->origin.name.ToString());
  response.set_origin(list->origin.ToString());
  response.set_size(static_cast<uint32_t>(size));
  response.set_root(ToBytes(last->root_after));
  COMITY_ASSIGN_OR_RETURN(*response.mutable_checkpoint(),
                          WithCosignatures(list->checkpoint, list->held));
  return response;
}

absl::StatusOr<v1::GetInclusionProofResponse> Snapshot::GetInclusionProof(
    const v1::GetInclusionProofRequest& request) const {
  COMITY_ASSIGN_OR_RETURN(const auto list, FindSigned(request.list()));
  const uint64_t newest = list->checkpoint_size.value;
  const uint64_t size = request.size() == 0 ? newest : request.size();
  if (size > newest) return BeyondCheckpoint(*list, size);
  if (request.index() >= size) {
    return absl::OutOfRangeError(absl::StrCat(list->origin.name.ToString(), ": index ",
                                              request.index(), " is not in the tree of size ", size,
                                              ", whose leaves are 0 to ", size - 1));
  }
  const StoreTileReader tiles(store_, list->origin);
  COMITY_ASSIGN_OR_RETURN(const auto leaf, FactsOf(list->origin, LeafIndex{request.index()}));
  COMITY_ASSIGN_OR_RETURN(const auto last, FactsOf(list->origin, LeafIndex{size - 1}));
  COMITY_ASSIGN_OR_RETURN(const auto hashes, InclusionProof(tiles, request.index(), size));
  COMITY_ASSIGN_OR_RETURN(const auto onwards, ConsistencyProof(tiles, size, newest));
  v1::GetInclusionProofResponse response;
  response.set_list(list->origin.name.ToString());
  response.set_origin(list->origin.ToString());
  response.set_index(request.index());
  response.set_size(static_cast<uint32_t>(size));
  response.set_leaf_hash(ToBytes(leaf->leaf_hash));
  CopyTo(hashes, response.mutable_hashes());
  response.set_root(ToBytes(last->root_after));
  COMITY_ASSIGN_OR_RETURN(*response.mutable_checkpoint(),
                          WithCosignatures(list->checkpoint, list->held));
  CopyTo(onwards, response.mutable_checkpoint_hashes());
  return response;
}

absl::StatusOr<v1::GetConsistencyProofResponse> Snapshot::GetConsistencyProof(
    const v1::GetConsistencyProofRequest& request) const {
  COMITY_ASSIGN_OR_RETURN(const auto list, FindSigned(request.list()));
  const std::string name = list->origin.name.ToString();
  const uint64_t newest = list->checkpoint_size.value;
  const uint64_t old_size = request.old_size();
  const uint64_t new_size = request.new_size() == 0 ? newest : request.new_size();
  if (old_size == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, ": every tree is consistent with the empty one: the old size is at least 1"));
  }
  if (new_size > newest) return BeyondCheckpoint(*list, new_size);
  if (old_size > new_size) {
    if (old_size > newest) return BeyondCheckpoint(*list, old_size);
    return absl::InvalidArgumentError(absl::StrCat(
        name, ": a consistency proof goes from the smaller size to the larger: ", old_size,
        " is above ", new_size));
  }
  const StoreTileReader tiles(store_, list->origin);
  COMITY_ASSIGN_OR_RETURN(const auto before, FactsOf(list->origin, LeafIndex{old_size - 1}));
  COMITY_ASSIGN_OR_RETURN(const auto after, FactsOf(list->origin, LeafIndex{new_size - 1}));
  COMITY_ASSIGN_OR_RETURN(const auto hashes, ConsistencyProof(tiles, old_size, new_size));
  COMITY_ASSIGN_OR_RETURN(const auto onwards, ConsistencyProof(tiles, new_size, newest));
  v1::GetConsistencyProofResponse response;
  response.set_list(name);
  response.set_origin(list->origin.ToString());
  response.set_old_size(static_cast<uint32_t>(old_size));
  response.set_new_size(static_cast<uint32_t>(new_size));
  response.set_old_root(ToBytes(before->root_after));
  response.set_new_root(ToBytes(after->root_after));
  CopyTo(hashes, response.mutable_hashes());
  COMITY_ASSIGN_OR_RETURN(*response.mutable_checkpoint(),
                          WithCosignatures(list->checkpoint, list->held));
  CopyTo(onwards, response.mutable_checkpoint_hashes());
  return response;
}

absl::StatusOr<std::string> Snapshot::GetEntryProof(const v1::GetEntryProofRequest& request,
                                                    const std::vector<std::string>& rosters) const {
  COMITY_RETURN_IF_ERROR(CheckEntryKey(request.key()));
  COMITY_ASSIGN_OR_RETURN(const auto list, FindSigned(request.list()));
  const TreeSize size = list->checkpoint_size;
  if (size > list->size) {
    return MakeError(absl::StatusCode::kFailedPrecondition, v1::REASON_UNSUPPORTED_LEVEL,
                     absl::StrCat(list->origin.name.ToString(), " stopped: ", list->stopped),
                     list->origin.ToString());
  }
  COMITY_ASSIGN_OR_RETURN(const auto stored,
                          store_->ReadTimeline(list->origin, request.key(), size));
  if (!stored.has_value()) return NoEntry(*list, request.key());
  COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored->timeline));
  const Version* shown = VersionToShow(timeline);
  if (shown == nullptr) {
    return absl::DataLossError(absl::StrCat(list->origin.name.ToString(), ": the timeline of \"",
                                            request.key(), "\" has no version with an entry"));
  }

  v1::EntryProof proof;
  proof.set_key(request.key());
  for (const std::string& one : rosters) proof.add_rosters(one);
  COMITY_ASSIGN_OR_RETURN(*proof.mutable_checkpoint(),
                          WithCosignatures(list->checkpoint, list->held));
  proof.set_timeline(stored->timeline);
  COMITY_ASSIGN_OR_RETURN(*proof.mutable_entry(), store_->ReadBody(*shown->entry_hash));

  const StoreTileReader tiles(store_, list->origin);
  const auto add_revision = [&](LeafIndex index) -> absl::Status {
    COMITY_RETURN_IF_ERROR(CheckKnown(*list, TreeSize{index.value + 1}));
    v1::ProvenRevision& revision = *proof.add_revisions();
    revision.set_index(index.value);
    COMITY_ASSIGN_OR_RETURN(StoredLeaf leaf, store_->ReadLeaf(list->origin, index));
    *revision.mutable_envelope() = std::move(leaf.envelope);
    COMITY_ASSIGN_OR_RETURN(const auto hashes, InclusionProof(tiles, index.value, size.value));
    CopyTo(hashes, revision.mutable_hashes());
    return absl::OkStatus();
  };
  const LeafIndex last{size.value - 1};
  COMITY_RETURN_IF_ERROR(add_revision(stored->index));
  if (stored->index != last) COMITY_RETURN_IF_ERROR(add_revision(last));

  StateTree tree;
  COMITY_RETURN_IF_ERROR(
      store_->ScanTimelines(list->origin, size, "", [&](const StoredTimeline& one) {
        tree.Set(one.key, Sha256(one.timeline));
        return true;
      }));
  const auto steps = tree.Prove(request.key());
  COMITY_ASSIGN_OR_RETURN(const auto facts, FactsOf(list->origin, last));
  if (!steps.has_value() || tree.Root() != facts->state_root_after) {
    return absl::DataLossError(absl::StrCat(list->origin.name.ToString(),
                                            ": the timelines do not make the state root of leaf ",
                                            last.value, ": run `comity verify`"));
  }
  // Present even without steps: a tree of one entry.
  v1::StateProof& state = *proof.mutable_state();
  for (const StateStep& step : *steps) {
    v1::StateStep& added = *state.add_steps();
    added.set_bit(static_cast<uint32_t>(step.bit));
    added.set_sibling(ToBytes(step.sibling));
  }
  return proof.SerializeAsString();
}

}  // namespace comity
