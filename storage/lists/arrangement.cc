#include "storage/lists/arrangement.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/errors.h"
#include "storage/lists/correlations.h"
#include "storage/lists/denial_check.h"
#include "storage/lists/divergence_words.h"

namespace comity {
namespace {

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

// Unset: nothing can be said.
std::optional<Hold> HoldOf(const std::map<std::string, Hold>& holds,
                           const std::string& participant) {
  const auto it = holds.find(participant);
  return it == holds.end() ? std::nullopt : std::optional(it->second);
}

std::string StateOf(const std::optional<Hold>& hold) {
  return hold.has_value() ? HoldStateName(hold->state) : "cannot say";
}

bool CannotSay(const std::optional<Hold>& hold) {
  return !hold.has_value() ||
         (!Controls(hold->state) && !ControlsNot(hold->state) && hold->state != HoldState::kNoList);
}

// Why it cannot be said whether `who` lists the code.
std::string WhyNot(const std::string& who, const std::optional<Hold>& hold) {
  const std::string head = absl::StrCat("whether ", who, " lists it cannot be said: ");
  if (!hold.has_value()) return head + "more entries are held than are compared at once";
  switch (hold->state) {
    case HoldState::kWithin:
      return absl::StrCat(head, hold->code, ", which its list does not divide, may cover it");
    case HoldState::kRule:
      return absl::StrCat(head, "it has no entry, and ", hold->code, " bears on it");
    default:
      return head + "its list numbers in another way there, and nothing links the code";
  }
}

// Behind the name of who lists it.
std::string HowListed(const Hold& hold) {
  if (hold.state == HoldState::kBelow) return " (below it)";
  return hold.state == HoldState::kLinked ? absl::StrCat(" (as ", hold.code, ")") : "";
}

// "us lists it", "jp (as 9の項) and us list it".
std::string List(const std::vector<std::string>& who) {
  return absl::StrCat(Enumerate(who), who.size() == 1 ? " lists it" : " list it");
}

// What joining would change for `view.as_if`, of whose lists `own` says what they have.
void JudgeJoining(const std::map<std::string, Hold>& holds, const std::optional<Hold>& own,
                  bool is_member, v1::ArrangementView* view) {
  std::vector<std::string> listed;
  std::vector<std::string> not_listed;
  std::vector<std::string> unsure;
  for (const v1::ArrangementMember& member : view->members()) {
    if (member.role() != "member" || member.participant() == view->as_if()) continue;
    const std::optional<Hold> hold = HoldOf(holds, member.participant());
    if (CannotSay(hold)) {
      unsure.push_back(member.participant());
    } else if (Controls(hold->state)) {
      listed.push_back(absl::StrCat(member.participant(), HowListed(*hold)));
    } else if (ControlsNot(hold->state)) {
      not_listed.push_back(member.participant());
    }
  }
  const auto judge = [&](const char* change, std::string explanation) {
    view->set_change(change);
    view->set_explanation(std::move(explanation));
  };
  const std::string& who = view->as_if();
  const std::string without = absl::StrJoin(not_listed, ", ");
  const bool lists = own.has_value() && Controls(own->state);
  const std::string of_others =
      unsure.empty() ? "" : absl::StrCat("; of ", Enumerate(unsure), " it cannot be said");
  if (is_member) {
    judge("already a member", absl::StrCat(who, " is a member of ", view->id(), " already"));
  } else if (CannotSay(own)) {
    judge("cannot say",
          absl::StrCat(WhyNot(who, own), listed.empty() ? "" : absl::StrCat("; ", List(listed))));
  } else if (listed.empty() && not_listed.empty() && unsure.empty()) {
    judge("cannot say",
          absl::StrCat("no list of items of any member of ", view->id(), " is held here"));
  } else if (listed.empty() && !unsure.empty()) {
    judge("cannot say", WhyNot(unsure.front(), HoldOf(holds, unsure.front())));
  } else if (lists && listed.empty()) {
    judge("would keep alone", absl::StrCat(who, " lists it, none of ", without, " does"));
  } else if (lists && !not_listed.empty()) {
    judge("differs", absl::StrCat(who, " lists it, and ", List(listed), "; ", without,
                                  not_listed.size() == 1 ? " does not" : " do not", of_others));
  } else if (lists) {
    judge("no change", absl::StrCat(who, " lists it, and ", List(listed), of_others));
  } else if (listed.empty()) {
    judge("no change", absl::StrCat("none of ", without, " lists it"));
  } else {
    judge("would add",
          absl::StrCat(List(listed), ", ", who,
                       ControlsNot(own->state) ? " does not" : " has no list of items here"));
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
                        const std::map<std::string, Hold>& holds, v1::GetItemResponse* response) {
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

  v1::ArrangementView& view = *response->mutable_arrangement();
  view.set_id(arrangement.id());
  view.set_title(arrangement.title());
  for (const v1::ArrangementRole& role : arrangement.roles()) {
    v1::ArrangementMember& member = *view.add_members();
    member.set_participant(role.participant());
    member.set_role(role.role());
    if (shown.contains(role.participant())) {
      member.set_state(StateOf(HoldOf(holds, role.participant())));
    }
  }
  if (as_if.empty()) return;
  view.set_as_if(as_if);
  JudgeJoining(holds, HoldOf(holds, as_if), members.contains(as_if), &view);
}

absl::StatusOr<v1::GetItemResponse> GetItemWithin(const Snapshot& snapshot,
                                                  const v1::Roster& roster,
                                                  const v1::GetItemRequest& request,
                                                  const KeepGoing& keep_going) {
  COMITY_RETURN_IF_ERROR(CheckAsIf(request));
  if (request.arrangement().empty()) return snapshot.GetItem(request, nullptr, keep_going);
  COMITY_ASSIGN_OR_RETURN(const v1::Arrangement* const arrangement,
                          FindArrangement(roster, request.arrangement()));
  std::set<std::string> shown = MembersOf(*arrangement);
  if (!request.as_if().empty()) shown.insert(request.as_if());
  COMITY_ASSIGN_OR_RETURN(v1::GetItemResponse response,
                          snapshot.GetItem(request, &shown, keep_going));
  COMITY_ASSIGN_OR_RETURN(const ReadTimes times, snapshot.Resolve(request.at()));
  COMITY_ASSIGN_OR_RETURN(const auto holds,
                          snapshot.HoldsOf(request.code(), times, shown, keep_going));
  ScopeToArrangement(*arrangement, request.as_if(), holds, &response);
  return response;
}

absl::StatusOr<v1::SearchItemsResponse> SearchItemsWithin(const Snapshot& snapshot,
                                                          const v1::Roster& roster,
                                                          const v1::SearchItemsRequest& request,
                                                          const KeepGoing& keep_going) {
  if (request.arrangement().empty()) return snapshot.SearchItems(request, nullptr, keep_going);
  COMITY_ASSIGN_OR_RETURN(const v1::Arrangement* const arrangement,
                          FindArrangement(roster, request.arrangement()));
  const std::set<std::string> members = MembersOf(*arrangement);
  COMITY_ASSIGN_OR_RETURN(v1::SearchItemsResponse response,
                          snapshot.SearchItems(request, &members, keep_going));
  ScopeLinks(members, response.mutable_linked());
  return response;
}

}  // namespace comity
