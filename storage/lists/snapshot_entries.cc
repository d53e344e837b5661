// Reads of entries: by key, and a whole list. By control code: snapshot_codes.cc.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/lists/page.h"
#include "storage/lists/snapshot.h"

namespace comity {
namespace {

using absl::StatusCode;

const char* OperationName(v1::Operation operation) {
  switch (operation) {
    case v1::OPERATION_ADD:
      return "ADD";
    case v1::OPERATION_REVISE:
      return "REVISE";
    case v1::OPERATION_REMOVE:
      return "REMOVE";
    case v1::OPERATION_REDATE:
      return "REDATE";
    default:
      return "";
  }
}

std::string DayOrEmpty(const std::optional<CivilDay>& day) {
  return day.has_value() ? FormatCivilDay(*day) : "";
}

}  // namespace

absl::StatusOr<v1::Entry> Snapshot::ReadEntry(const Version& version) const {
  COMITY_ASSIGN_OR_RETURN(const std::string body, store_->ReadBody(*version.entry_hash));
  v1::Entry entry;
  if (!entry.ParseFromString(body)) {
    return absl::DataLossError(
        absl::StrCat("entry body ", ToHex(*version.entry_hash), " cannot be read"));
  }
  return entry;
}

absl::StatusOr<v1::AuthorityItem> Snapshot::MakeItem(const ListView& list, const Version& version,
                                                     CivilDay as_of) const {
  COMITY_ASSIGN_OR_RETURN(const auto facts, FactsIfHeld(list.origin, version.index));
  v1::AuthorityItem item;
  item.set_authority(list.origin.name.authority);
  item.set_list(list.origin.name.ToString());
  COMITY_ASSIGN_OR_RETURN(*item.mutable_entry(), ReadEntry(version));
  if (facts != nullptr) {
    item.set_citation(facts->citation);
    item.set_citation_url(facts->citation_url);
    item.set_published_at(FormatInstant(facts->published_at));
  }
  item.set_effective_from(FormatCivilDay(version.effective_from));
  item.set_effective_to(DayOrEmpty(version.effective_to));
  item.set_compliance_from(DayOrEmpty(version.compliance_from));
  item.set_index(static_cast<uint32_t>(version.index.value));
  item.set_as_of(FormatCivilDay(as_of));
  item.set_entry_hash(ToHex(*version.entry_hash));
  return item;
}

absl::Status Snapshot::NoEntry(const ListView& list, std::string_view key) {
  return MakeError(StatusCode::kNotFound, v1::REASON_UNKNOWN_ENTRY,
                   absl::StrCat(list.origin.name.ToString(), " has no entry \"", Absl(key),
                                "\": `comity list show ", list.origin.name.ToString(),
                                " --entries` shows its keys"),
                   list.origin.ToString());
}

absl::StatusOr<v1::GetEntryResponse> Snapshot::GetEntry(const v1::GetEntryRequest& request) const {
  COMITY_RETURN_IF_ERROR(CheckEntryKey(request.key()));
  COMITY_ASSIGN_OR_RETURN(const ReadTimes times, Resolve(request.at()));
  COMITY_ASSIGN_OR_RETURN(const ListAt at, FindListAt(request.list(), times));
  const ListView& list = *at.view;
  COMITY_ASSIGN_OR_RETURN(const auto stored,
                          store_->ReadTimeline(list.origin, request.key(), at.size));
  if (!stored.has_value()) return NoEntry(list, request.key());
  COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored->timeline));
  COMITY_ASSIGN_OR_RETURN(const CivilDay day, DayFor(list, times));
  v1::GetEntryResponse response;
  if (const Version* in_force = timeline.InForce(day); in_force != nullptr) {
    COMITY_ASSIGN_OR_RETURN(*response.mutable_in_force(), MakeItem(list, *in_force, day));
  }
  for (const Version& version : timeline.versions()) {
    COMITY_ASSIGN_OR_RETURN(const auto facts, FactsIfHeld(list.origin, version.index));
    v1::EntryVersion& out = *response.add_versions();
    out.set_index(static_cast<uint32_t>(version.index.value));
    out.set_operation(OperationName(version.operation));
    out.set_effective_from(FormatCivilDay(version.effective_from));
    out.set_effective_to(DayOrEmpty(version.effective_to));
    out.set_compliance_from(DayOrEmpty(version.compliance_from));
    if (facts != nullptr) {
      out.set_published_at(FormatInstant(facts->published_at));
      out.set_citation(facts->citation);
    }
    if (version.entry_hash.has_value()) out.set_entry_hash(ToHex(*version.entry_hash));
    out.set_superseded(version.superseded);
  }
  *response.mutable_basis() = Basis(times);
  return response;
}

absl::StatusOr<v1::ListEntriesResponse> Snapshot::ListEntries(
    const v1::ListEntriesRequest& request) const {
  COMITY_ASSIGN_OR_RETURN(const ReadTimes times, Resolve(request.at()));
  COMITY_ASSIGN_OR_RETURN(const ListAt at, FindListAt(request.list(), times));
  COMITY_ASSIGN_OR_RETURN(const CivilDay day, DayFor(*at.view, times));
  const uint32_t page =
      request.page_size() == 0 ? kMaxPage : std::min(request.page_size(), kMaxPage);
  v1::ListEntriesResponse response;
  size_t bytes = 0;
  absl::Status status = absl::OkStatus();
  const auto visit = [&](const StoredTimeline& stored) -> absl::StatusOr<bool> {
    COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored.timeline));
    const Version* version = timeline.InForce(day);
    if (version == nullptr) return true;
    if (static_cast<uint32_t>(response.entries_size()) == page || bytes > kMaxPageBytes) {
      response.set_next_key(response.entries(response.entries_size() - 1).entry().key());
      return false;
    }
    COMITY_ASSIGN_OR_RETURN(*response.add_entries(), MakeItem(*at.view, *version, day));
    bytes += response.entries(response.entries_size() - 1).ByteSizeLong();
    return true;
  };
  COMITY_RETURN_IF_ERROR(store_->ScanTimelines(at.view->origin, at.size, request.after_key(),
                                               [&](const StoredTimeline& stored) {
                                                 const absl::StatusOr<bool> more = visit(stored);
                                                 status = more.status();
                                                 return more.ok() && *more;
                                               }));
  COMITY_RETURN_IF_ERROR(status);
  *response.mutable_basis() = Basis(times);
  return response;
}

}  // namespace comity
