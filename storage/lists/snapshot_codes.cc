// Reads by control code: items, and what correlations link to them.
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/errors.h"
#include "storage/lists/snapshot.h"
#include "storage/match/code_remark.h"
#include "storage/match/code_text.h"

namespace comity {
namespace {

constexpr size_t kMaxRelated = 50;

}  // namespace

absl::StatusOr<std::optional<v1::AuthorityItem>> Snapshot::InForceAt(const Posting& posting,
                                                                     const ReadTimes& times) const {
  const auto known = times.known().heads.find(posting.origin);
  if (known == times.known().heads.end() || posting.first.value >= known->second.size.value) {
    return std::nullopt;
  }
  const ListView& list = *lists_.at(posting.origin);
  COMITY_ASSIGN_OR_RETURN(const CivilDay day, DayFor(list, times));
  COMITY_ASSIGN_OR_RETURN(const auto stored,
                          store_->ReadTimeline(posting.origin, posting.key, known->second.size));
  if (!stored.has_value()) return std::nullopt;
  COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored->timeline));
  const Version* version = timeline.InForce(day);
  if (version == nullptr) return std::nullopt;
  COMITY_ASSIGN_OR_RETURN(v1::AuthorityItem item, MakeItem(list, *version, day));
  return item;
}

absl::StatusOr<std::vector<v1::AuthorityItem>> Snapshot::ItemsUnder(std::string_view code,
                                                                    const ReadTimes& times) const {
  const std::string form = LookupForm(code);
  std::vector<v1::AuthorityItem> items;
  for (const Posting& posting : codes_->Find(form)) {
    COMITY_ASSIGN_OR_RETURN(std::optional<v1::AuthorityItem> item, InForceAt(posting, times));
    if (!item.has_value()) continue;
    // Another version of the entry may have carried the code.
    const auto forms = LookupForms(item->entry().item().code(), ParticipantOf(item->authority()));
    if (forms.contains(form)) items.push_back(*std::move(item));
  }
  return items;
}

absl::StatusOr<std::vector<CorrelationInForce>> Snapshot::CorrelationsOf(
    std::string_view code, const ReadTimes& times) const {
  std::vector<CorrelationInForce> correlations;
  for (const Posting& posting : codes_->FindCorrelations(code)) {
    COMITY_ASSIGN_OR_RETURN(std::optional<v1::AuthorityItem> item, InForceAt(posting, times));
    if (!item.has_value()) continue;
    correlations.push_back({item->list(), item->entry().key(), item->citation(),
                            std::move(*item->mutable_entry()->mutable_correlation())});
  }
  return correlations;
}

absl::Status Snapshot::FillItems(const ReadTimes& times, v1::LinkedItem* link) const {
  const std::string form = SideForm(link->to());
  if (form.empty()) return absl::OkStatus();
  COMITY_ASSIGN_OR_RETURN(std::vector<v1::AuthorityItem> items, ItemsUnder(form, times));
  for (v1::AuthorityItem& item : items) {
    if (IsOfIssuer(link->to(), item.authority())) *link->add_items() = std::move(item);
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::GetItemResponse> Snapshot::GetItem(const v1::GetItemRequest& request,
                                                      const std::set<std::string>* participants,
                                                      const KeepGoing& keep_going) const {
  if (request.code().empty() || request.code().size() > kMaxCodeBytes) {
    return absl::InvalidArgumentError("a control code has 1-128 bytes, such as 5A001.f.1");
  }
  if (request.destination().empty() && !request.end_use().empty()) {
    return absl::InvalidArgumentError("an end use needs a destination: where to?");
  }
  COMITY_ASSIGN_OR_RETURN(const ReadTimes times, Resolve(request.at()));
  v1::GetItemResponse response;
  response.set_code(LookupForm(request.code()));
  std::set<std::string> with_code;
  COMITY_ASSIGN_OR_RETURN(std::vector<v1::AuthorityItem> items, ItemsUnder(request.code(), times));
  for (v1::AuthorityItem& item : items) {
    with_code.insert(ParticipantOf(item.authority()));
    *response.add_authorities() = std::move(item);
  }
  response.set_link(LinkOf(response.code(), with_code));
  COMITY_ASSIGN_OR_RETURN(const std::vector<CorrelationInForce> correlations,
                          CorrelationsOf(request.code(), times));
  std::vector<v1::LinkedItem> links = LinkRegimeNumber(request.code());
  std::vector<v1::LinkedItem> published = LinkCode(request.code(), correlations);
  std::move(published.begin(), published.end(), std::back_inserter(links));
  for (v1::LinkedItem& link : links) {
    COMITY_RETURN_IF_ERROR(FillItems(times, &link));
    *response.add_linked() = std::move(link);
  }
  for (std::string& related : codes_->Related(request.code(), kMaxRelated)) {
    response.add_related_codes(std::move(related));
  }
  std::optional<CodeRemark> remark = RemarkOnCode(request.code());
  // What two have is no misprint of one.
  if (!remark.has_value() && with_code.size() < 2) {
    const std::string only = with_code.empty() ? "" : *with_code.begin();
    remark = RemarkOnBase(request.code(),
                          [&](const std::string& base) { return codes_->HasBase(base, only); });
  }
  if (remark.has_value()) response.set_remark(std::move(remark->text));
  if (!request.destination().empty()) {
    COMITY_RETURN_IF_ERROR(AddLegalEffect(request, times, participants, keep_going, &response));
  }
  *response.mutable_basis() = Basis(times);
  return response;
}

}  // namespace comity
