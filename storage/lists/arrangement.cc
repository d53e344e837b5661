#include "storage/lists/arrangement.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/errors.h"
#include "storage/lists/correlations.h"
#include "storage/lists/denial_check.h"

namespace comity {
namespace {

constexpr char kListed[] = "listed";
constexpr char kNotListed[] = "not listed";
constexpr char kNoList[] = "no list held";

// Removes from a repeated field what `keep` is false for.
template <typename Messages, typename Keep>
void KeepIf(Messages* messages, Keep keep) {
  const auto end = std::stable_partition(messages->begin(), messages->end(), keep);
  messages->DeleteSubrange(static_cast<int>(end - messages->begin()),
                           static_cast<int>(messages->end() - end));
}

bool IsOf(const std::set<std::string>& participants, const v1::AuthorityItem& item) {
  return participants.contains(ParticipantOf(item.authority()));
}

// Links to issuers outside say nothing of the arrangement; links to everyone's codes stay,
// with the entries of those who count.
void ScopeLinks(const std::set<std::string>& participants,
                google::protobuf::RepeatedPtrField<v1::LinkedItem>* links) {
  KeepIf(links, [&](const v1::LinkedItem& link) {
    const std::string& issuer = link.to().issuer();
    return issuer.empty() || participants.contains(issuer) ||
           participants.contains(ParticipantOf(issuer));
  });
  for (v1::LinkedItem& link : *links) {
    KeepIf(link.mutable_items(),
           [&](const v1::AuthorityItem& item) { return IsOf(participants, item); });
  }
}

std::set<std::string> ParticipantsListing(const v1::GetItemResponse& response) {
  std::set<std::string> listing;
  for (const v1::AuthorityItem& item : response.authorities()) {
    listing.insert(ParticipantOf(item.authority()));
  }
  for (const v1::LinkedItem& link : response.linked()) {
    for (const v1::AuthorityItem& item : link.items()) {
      listing.insert(ParticipantOf(item.authority()));
    }
  }
  return listing;
}

// What joining would change for `view.as_if`, of whose list `own` says the state.
void JudgeJoining(const std::string& own, bool is_member, v1::ArrangementView* view) {
  std::vector<std::string> listed;
  std::vector<std::string> not_listed;
  for (const v1::ArrangementMember& member : view->members()) {
    if (member.role() != "member" || member.participant() == view->as_if()) continue;
    if (member.state() == kListed) listed.push_back(member.participant());
    if (member.state() == kNotListed) not_listed.push_back(member.participant());
  }
  const auto judge = [&](const char* change, std::string explanation) {
    view->set_change(change);
    view->set_explanation(std::move(explanation));
  };
  const std::string& who = view->as_if();
  const std::string with = absl::StrJoin(listed, ", ");
  const std::string without = absl::StrJoin(not_listed, ", ");
  if (is_member) {
    judge("already a member", absl::StrCat(who, " is a member of ", view->id(), " already"));
  } else if (listed.empty() && not_listed.empty()) {
    judge("cannot say",
          absl::StrCat("no list of items of any member of ", view->id(), " is held here"));
  } else if (own == kListed && listed.empty()) {
    judge("would keep alone", absl::StrCat(who, " lists it, none of ", without, " does"));
  } else if (own == kListed && !not_listed.empty()) {
    judge("differs", absl::StrCat(who, " lists it as ", with, " do; ", without, " do not"));
  } else if (own == kListed) {
    judge("no change", absl::StrCat(who, " lists it, and so do ", with));
  } else if (listed.empty()) {
    judge("no change", absl::StrCat("none of ", without, " lists it"));
  } else {
    judge("would add", absl::StrCat(with, " list it, ", who,
                                    own == kNoList ? " has no list of items here" : " does not"));
  }
}

absl::Status CheckAsIf(const v1::GetItemRequest& request) {
  if (request.as_if().empty()) return absl::OkStatus();
  if (!IsParticipantCode(request.as_if())) {
    return absl::InvalidArgumentError(
        absl::StrCat("as_if \"", request.as_if().substr(0, 64),
                     "\" is not a participant: two lower-case letters, such as \"jp\""));
  }
  if (request.arrangement().empty()) {
    return absl::InvalidArgumentError("as_if needs an arrangement: which one would be joined?");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<const v1::Arrangement*> FindArrangement(const v1::Roster& roster,
                                                       std::string_view id) {
  std::vector<std::string> ids;
  for (const v1::Arrangement& arrangement : roster.arrangements()) {
    if (arrangement.id() == id) return &arrangement;
    ids.push_back(arrangement.id());
  }
  return absl::NotFoundError(
      absl::StrCat("the roster has no arrangement \"", Absl(id.substr(0, 64)), "\"; ",
                   ids.empty() ? "it has none at all" : "it has " + absl::StrJoin(ids, ", ")));
}

std::set<std::string> MembersOf(const v1::Arrangement& arrangement) {
  std::set<std::string> members;
  for (const v1::ArrangementRole& role : arrangement.roles()) {
    if (role.role() == "member") members.insert(role.participant());
  }
  return members;
}

void ScopeToArrangement(const v1::Arrangement& arrangement, const std::string& as_if,
                        const std::set<std::string>& with_items, v1::GetItemResponse* response) {
  const std::set<std::string> members = MembersOf(arrangement);
  std::set<std::string> shown = members;
  if (!as_if.empty()) shown.insert(as_if);
  KeepIf(response->mutable_authorities(),
         [&](const v1::AuthorityItem& item) { return IsOf(shown, item); });
  ScopeLinks(shown, response->mutable_linked());
  if (response->has_legal_effect()) {
    v1::LegalEffect& effect = *response->mutable_legal_effect();
    KeepIf(effect.mutable_authorities(), [&](const v1::AuthorityEffect& one) {
      return shown.contains(ParticipantOf(one.authority()));
    });
    KeepIf(effect.mutable_tables(), [&](const v1::DestinationTableInfo& one) {
      return shown.contains(ParticipantOf(one.list()));
    });
  }
  std::set<std::string> with_code;
  for (const v1::AuthorityItem& item : response->authorities()) {
    with_code.insert(ParticipantOf(item.authority()));
  }
  response->set_link(LinkOf(response->code(), with_code));

  const std::set<std::string> listing = ParticipantsListing(*response);
  const auto state_of = [&](const std::string& participant) {
    if (listing.contains(participant)) return kListed;
    return with_items.contains(participant) ? kNotListed : kNoList;
  };
  v1::ArrangementView& view = *response->mutable_arrangement();
  view.set_id(arrangement.id());
  view.set_title(arrangement.title());
  for (const v1::ArrangementRole& role : arrangement.roles()) {
    v1::ArrangementMember& member = *view.add_members();
    member.set_participant(role.participant());
    member.set_role(role.role());
    if (shown.contains(role.participant())) member.set_state(state_of(role.participant()));
  }
  if (as_if.empty()) return;
  view.set_as_if(as_if);
  JudgeJoining(state_of(as_if), members.contains(as_if), &view);
}

absl::StatusOr<v1::GetItemResponse> GetItemWithin(const Snapshot& snapshot,
                                                  const v1::Roster& roster,
                                                  const v1::GetItemRequest& request) {
  COMITY_RETURN_IF_ERROR(CheckAsIf(request));
  if (request.arrangement().empty()) return snapshot.GetItem(request);
  COMITY_ASSIGN_OR_RETURN(const v1::Arrangement* const arrangement,
                          FindArrangement(roster, request.arrangement()));
  COMITY_ASSIGN_OR_RETURN(v1::GetItemResponse response, snapshot.GetItem(request));
  COMITY_ASSIGN_OR_RETURN(const std::set<std::string> with_items,
                          snapshot.ItemParticipants(request.at()));
  ScopeToArrangement(*arrangement, request.as_if(), with_items, &response);
  return response;
}

absl::StatusOr<v1::SearchItemsResponse> SearchItemsWithin(const Snapshot& snapshot,
                                                          const v1::Roster& roster,
                                                          const v1::SearchItemsRequest& request) {
  if (request.arrangement().empty()) return snapshot.SearchItems(request, nullptr);
  COMITY_ASSIGN_OR_RETURN(const v1::Arrangement* const arrangement,
                          FindArrangement(roster, request.arrangement()));
  const std::set<std::string> members = MembersOf(*arrangement);
  COMITY_ASSIGN_OR_RETURN(v1::SearchItemsResponse response,
                          snapshot.SearchItems(request, &members));
  ScopeLinks(members, response.mutable_linked());
  return response;
}

}  // namespace comity
