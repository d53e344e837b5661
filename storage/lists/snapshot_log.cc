// Reads of a list's history: its log, the difference of two sizes, one leaf.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/lists/page.h"
#include "storage/lists/snapshot.h"

namespace comity {
namespace {

absl::Status NoSize(const ListView& list, uint64_t size) {
  return absl::OutOfRangeError(absl::StrCat(list.origin.name.ToString(), ": size ", size,
                                            " was asked for, it has ", list.size.value));
}

void CountRow(const v1::DiffRow& row, v1::DiffListResponse& response) {
  if (row.change() == "added") response.set_added(response.added() + 1);
  if (row.change() == "revised") response.set_revised(response.revised() + 1);
  if (row.change() == "removed") response.set_removed(response.removed() + 1);
  if (row.change() == "redated") response.set_redated(response.redated() + 1);
}

}  // namespace

absl::StatusOr<v1::GetListLogResponse> Snapshot::GetListLog(
    const v1::GetListLogRequest& request) const {
  COMITY_ASSIGN_OR_RETURN(const auto list, FindList(request.list()));
  const uint64_t page =
      request.page_size() == 0 ? kMaxPage : std::min(request.page_size(), kMaxPage);
  const uint64_t end = std::min<uint64_t>(list->size.value, request.from_index() + page);
  v1::GetListLogResponse response;
  for (uint64_t index = request.from_index(); index < end; ++index) {
    if (!CheckKnown(*list, TreeSize{index + 1}).ok()) {
      response.set_not_held_from(static_cast<uint32_t>(list->backfilled.value));
      response.set_not_held_to(static_cast<uint32_t>(list->since.value - 1));
      continue;
    }
    COMITY_ASSIGN_OR_RETURN(const auto facts, FactsOf(list->origin, LeafIndex{index}));
    v1::LogRow& row = *response.add_revisions();
    row.set_index(static_cast<uint32_t>(index));
    row.set_type(facts->genesis ? "genesis" : "revision");
    row.set_citation(facts->citation);
    row.set_title(facts->title);
    row.set_published_at(FormatInstant(facts->published_at));
    if (facts->published_on.has_value()) row.set_published_on(FormatCivilDay(*facts->published_on));
    if (facts->effective_from.has_value()) {
      row.set_effective_from(FormatCivilDay(*facts->effective_from));
    }
    row.set_added(facts->added);
    row.set_revised(facts->revised);
    row.set_removed(facts->removed);
    row.set_redated(facts->redated);
    row.set_signatures(facts->signatures);
    row.set_leaf_hash(ToHex(facts->leaf_hash));
    row.set_root(ToHex(facts->root_after));
  }
  if (end < list->size.value) response.set_next_index(static_cast<uint32_t>(end));
  return response;
}

absl::StatusOr<std::optional<v1::DiffRow>> Snapshot::DiffKey(const ListView& list,
                                                             const StoredTimeline& after,
                                                             TreeSize from) const {
  COMITY_ASSIGN_OR_RETURN(const Timeline now, Timeline::Decode(after.timeline));
  Timeline was;
  COMITY_ASSIGN_OR_RETURN(const auto stored, store_->ReadTimeline(list.origin, after.key, from));
  if (stored.has_value()) {
    COMITY_ASSIGN_OR_RETURN(was, Timeline::Decode(stored->timeline));
  }
  if (was == now) return std::nullopt;
  // The last change says as of which day the two are compared: on that day it is what is in force.
  // Greater effective dates may stand beside it, of changes that were pending before.
  const Version& cause = now.versions().back();
  const Version* before = was.InForce(cause.effective_from);
  const Version* present = now.InForce(cause.effective_from);
  bool redated = false;
  for (const Version& one : was.versions()) {
    // What it takes the place of, whenever that was to take effect.
    if (one.superseded || cause.target != one.index) continue;
    redated = cause.operation == v1::OPERATION_REDATE;
    if (one.entry_hash.has_value()) before = &one;
  }
  if (redated && before == nullptr && present == nullptr) {
    // A removal that comes on another day: the entry is what it was.
    before = present = now.InForce(CivilDay{cause.effective_from.days - 1});
  }
  if (before == nullptr && present == nullptr) return std::nullopt;
  v1::DiffRow row;
  row.set_key(after.key);
  if (redated ||
      (before != nullptr && present != nullptr && *before->entry_hash == *present->entry_hash)) {
    row.set_change("redated");
  } else if (before == nullptr) {
    row.set_change("added");
  } else if (present == nullptr) {
    row.set_change("removed");
  } else {
    row.set_change("revised");
  }
  if (before != nullptr) {
    COMITY_ASSIGN_OR_RETURN(*row.mutable_before(), ReadEntry(*before));
  }
  if (present != nullptr) {
    COMITY_ASSIGN_OR_RETURN(*row.mutable_after(), ReadEntry(*present));
  }
  row.set_effective_from(FormatCivilDay(cause.effective_from));
  row.set_index(static_cast<uint32_t>(cause.index.value));
  return row;
}

absl::StatusOr<v1::DiffListResponse> Snapshot::DiffList(const v1::DiffListRequest& request) const {
  COMITY_ASSIGN_OR_RETURN(const auto list, FindList(request.list()));
  const uint64_t to = request.to_size();
  if (to > list->size.value || to == 0) return NoSize(*list, to);
  if (request.from_size() > to) {
    return absl::InvalidArgumentError(
        absl::StrCat("a difference goes from the smaller size to the "
                     "larger: ",
                     request.from_size(), " is above ", to));
  }
  COMITY_RETURN_IF_ERROR(CheckKnown(*list, TreeSize{request.from_size()}));
  COMITY_RETURN_IF_ERROR(CheckKnown(*list, TreeSize{to}));
  const uint32_t page =
      request.page_size() == 0 ? kMaxPage : std::min(request.page_size(), kMaxPage);
  v1::DiffListResponse response;
  response.set_list(list->origin.name.ToString());
  response.set_from_size(request.from_size());
  response.set_to_size(request.to_size());
  size_t bytes = 0;
  absl::Status status = absl::OkStatus();
  const auto visit = [&](const StoredTimeline& stored) -> absl::Status {
    if (stored.index.value < request.from_size()) return absl::OkStatus();
    COMITY_ASSIGN_OR_RETURN(auto row, DiffKey(*list, stored, TreeSize{request.from_size()}));
    if (!row.has_value()) return absl::OkStatus();
    CountRow(*row, response);
    if (row->key() <= request.after_key() || !response.next_key().empty()) return absl::OkStatus();
    const int rows = response.changes_size();
    if (rows > 0 && (static_cast<uint32_t>(rows) == page || bytes > kMaxPageBytes)) {
      response.set_next_key(response.changes(rows - 1).key());
      return absl::OkStatus();
    }
    bytes += row->ByteSizeLong();
    *response.add_changes() = *std::move(row);
    return absl::OkStatus();
  };
  COMITY_RETURN_IF_ERROR(
      store_->ScanTimelines(list->origin, TreeSize{to}, "", [&](const StoredTimeline& stored) {
        status = visit(stored);
        return status.ok();
      }));
  COMITY_RETURN_IF_ERROR(status);
  return response;
}

absl::StatusOr<std::string> Snapshot::GetLeaf(const v1::GetLeafRequest& request) const {
  COMITY_ASSIGN_OR_RETURN(const auto list, FindList(request.list()));
  if (request.index() >= list->size.value) return NoSize(*list, uint64_t{request.index()} + 1);
  COMITY_RETURN_IF_ERROR(CheckKnown(*list, TreeSize{uint64_t{request.index()} + 1}));
  COMITY_ASSIGN_OR_RETURN(StoredLeaf leaf,
                          store_->ReadLeaf(list->origin, LeafIndex{request.index()}));
  return std::move(leaf.envelope);
}

}  // namespace comity
