// Answers within an arrangement.
#include "storage/lists/arrangement.h"

#include <gtest/gtest.h>

namespace comity {
namespace {

v1::Arrangement Echri() {
  v1::Arrangement arrangement;
  arrangement.set_id("echri");
  arrangement.set_title("Export Controls and Human Rights Initiative");
  const auto add = [&](const char* participant, const char* role) {
    v1::ArrangementRole& one = *arrangement.add_roles();
    one.set_participant(participant);
    one.set_role(role);
  };
  add("au", "member");
  add("ca", "supporter");
  add("no", "member");
  add("us", "member");
  return arrangement;
}

v1::AuthorityItem ItemOf(const char* authority) {
  v1::AuthorityItem item;
  item.set_authority(authority);
  return item;
}

// Authorities that list 5A001.
v1::GetItemResponse Answer(const std::vector<const char*>& authorities) {
  v1::GetItemResponse response;
  response.set_code("5A001");
  for (const char* authority : authorities) *response.add_authorities() = ItemOf(authority);
  return response;
}

// Nothing can be said of who is not named.
std::map<std::string, Hold> Holds(HoldState state, const std::vector<const char*>& participants) {
  std::map<std::string, Hold> holds;
  for (const char* one : participants) holds[one] = {state, "", std::nullopt};
  return holds;
}

std::map<std::string, Hold> operator+(std::map<std::string, Hold> a,
                                      std::map<std::string, Hold> b) {
  a.merge(b);
  return a;
}

v1::ArrangementView Joining(const char* as_if, const std::map<std::string, Hold>& holds) {
  v1::GetItemResponse response = Answer({});
  ScopeToArrangement(Echri(), as_if, holds, &response);
  return response.arrangement();
}

std::string ChangeFor(const char* as_if, const std::map<std::string, Hold>& holds) {
  return Joining(as_if, holds).change();
}

TEST(ArrangementTest, LegalEffectIsThatOfTheMembers) {
  v1::GetItemResponse response = Answer({"eu-com", "us-bis"});
  for (const char* authority : {"eu-com", "no-mfa", "us-bis"}) {
    response.mutable_legal_effect()->add_authorities()->set_authority(authority);
    response.mutable_legal_effect()->add_tables()->set_list(std::string(authority) + "/chart");
  }
  ScopeToArrangement(Echri(), "", {}, &response);
  ASSERT_EQ(response.legal_effect().authorities_size(), 2);
  EXPECT_EQ(response.legal_effect().authorities(0).authority(), "no-mfa");
  EXPECT_EQ(response.legal_effect().tables_size(), 2);
}

TEST(ArrangementTest, OnlyMembersAnswerAndEachIsNamed) {
  v1::GetItemResponse response = Answer({"ca-gac", "eu-com", "us-bis"});
  ScopeToArrangement(Echri(), "",
                     Holds(HoldState::kListed, {"us"}) + Holds(HoldState::kBelow, {"no"}) +
                         Holds(HoldState::kNoList, {"au"}),
                     &response);
  ASSERT_EQ(response.authorities_size(), 1);
  EXPECT_EQ(response.authorities(0).authority(), "us-bis");
  EXPECT_EQ(response.link(), "") << "one participant is left";
  const v1::ArrangementView& view = response.arrangement();
  ASSERT_EQ(view.members_size(), 4);
  EXPECT_EQ(view.members(0).state(), "no list held");
  EXPECT_EQ(view.members(1).role(), "supporter");
  EXPECT_EQ(view.members(1).state(), "");
  EXPECT_EQ(view.members(2).state(), "below") << "in the words of divergence";
  EXPECT_EQ(view.members(3).state(), "listed");
  EXPECT_EQ(view.change(), "");
}

TEST(ArrangementTest, SaysWhatJoiningWouldChange) {
  const auto no = [](const std::vector<const char*>& who) {
    return Holds(HoldState::kNotListed, who);
  };
  const auto yes = [](const std::vector<const char*>& who) {
    return Holds(HoldState::kListed, who);
  };
  const auto none = [](const std::vector<const char*>& who) {
    return Holds(HoldState::kNoList, who);
  };
  EXPECT_EQ(ChangeFor("jp", yes({"us"}) + no({"au", "jp", "no"})), "would add");
  EXPECT_EQ(ChangeFor("jp", yes({"us"}) + none({"au", "jp", "no"})), "would add");
  EXPECT_EQ(ChangeFor("jp", yes({"us"}) + Holds(HoldState::kReserved, {"jp"})), "would add");
  EXPECT_EQ(ChangeFor("jp", yes({"jp"}) + no({"au", "no", "us"})), "would keep alone");
  EXPECT_EQ(ChangeFor("jp", yes({"jp", "us"}) + no({"au", "no"})), "differs");
  EXPECT_EQ(ChangeFor("jp", yes({"au", "jp", "no", "us"})), "no change");
  EXPECT_EQ(ChangeFor("jp", no({"au", "jp", "no", "us"})), "no change");
  EXPECT_EQ(ChangeFor("jp", yes({"jp"}) + none({"au", "no", "us"})), "cannot say");
  EXPECT_EQ(ChangeFor("no", yes({"us"}) + no({"au", "no"})), "already a member");
}

TEST(ArrangementTest, WhereItCannotBeSaidNothingIsClaimed) {
  const auto of_us = Holds(HoldState::kBelow, {"us"}) + Holds(HoldState::kNotListed, {"au", "no"});
  for (const HoldState open : {HoldState::kOtherNumbering, HoldState::kWithin, HoldState::kRule}) {
    EXPECT_EQ(ChangeFor("jp", of_us + Holds(open, {"jp"})), "cannot say");
    const auto unsure = Holds(open, {"au", "no", "us"});
    EXPECT_EQ(ChangeFor("jp", unsure + Holds(HoldState::kListed, {"jp"})), "cannot say");
    EXPECT_EQ(ChangeFor("jp", unsure + Holds(HoldState::kNotListed, {"jp"})), "cannot say");
  }
  const v1::ArrangementView open = Joining("jp", of_us + Holds(HoldState::kOtherNumbering, {"jp"}));
  EXPECT_EQ(open.explanation(),
            "whether jp lists it cannot be said: its list numbers in another way there, and "
            "nothing links the code; us (below it) lists it");
  EXPECT_EQ(Joining("jp", of_us).change(), "cannot say") << "more than is compared at once";
  const v1::ArrangementView differs =
      Joining("jp", Holds(HoldState::kListed, {"jp"}) + Holds(HoldState::kBelow, {"us"}) +
                        Holds(HoldState::kWithin, {"au"}) + Holds(HoldState::kEnded, {"no"}));
  EXPECT_EQ(differs.change(), "differs");
  EXPECT_EQ(differs.explanation(),
            "jp lists it, and us (below it) lists it; no does not; of au it cannot be said");
}

TEST(ArrangementTest, LinksOfThoseOutsideAreLeftOut) {
  v1::GetItemResponse response = Answer({"us-bis"});
  v1::LinkedItem& japan = *response.add_linked();
  japan.mutable_to()->set_code("9の項(1)");
  japan.mutable_to()->set_issuer("jp");
  *japan.add_items() = ItemOf("jp-meti");
  v1::LinkedItem& china = *response.add_linked();
  china.mutable_to()->set_issuer("cn");
  v1::GetItemResponse members_only = response;
  ScopeToArrangement(Echri(), "jp", {}, &response);
  EXPECT_EQ(response.linked_size(), 1);
  ScopeToArrangement(Echri(), "", {}, &members_only);
  EXPECT_EQ(members_only.linked_size(), 0);
}

TEST(ArrangementTest, AnUnknownOneNamesThoseThereAre) {
  v1::Roster roster;
  *roster.add_arrangements() = Echri();
  EXPECT_TRUE(FindArrangement(roster, "echri").ok());
  const absl::Status unknown = FindArrangement(roster, "g77").status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(std::string(unknown.message()).find("echri"), std::string::npos);
}

}  // namespace
}  // namespace comity
