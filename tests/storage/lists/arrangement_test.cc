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

std::string ChangeFor(const char* as_if, const std::vector<const char*>& authorities,
                      const std::set<std::string>& with_items) {
  v1::GetItemResponse response = Answer(authorities);
  ScopeToArrangement(Echri(), as_if, with_items, &response);
  return response.arrangement().change();
}

TEST(ArrangementTest, LegalEffectIsThatOfTheMembers) {
  v1::GetItemResponse response = Answer({"eu-com", "us-bis"});
  for (const char* authority : {"eu-com", "no-mfa", "us-bis"}) {
    response.mutable_legal_effect()->add_authorities()->set_authority(authority);
    response.mutable_legal_effect()->add_tables()->set_list(std::string(authority) + "/chart");
  }
  ScopeToArrangement(Echri(), "", {"eu", "us"}, &response);
  ASSERT_EQ(response.legal_effect().authorities_size(), 2);
  EXPECT_EQ(response.legal_effect().authorities(0).authority(), "no-mfa");
  EXPECT_EQ(response.legal_effect().tables_size(), 2);
}

TEST(ArrangementTest, OnlyMembersAnswerAndEachIsNamed) {
  v1::GetItemResponse response = Answer({"ca-gac", "eu-com", "us-bis"});
  ScopeToArrangement(Echri(), "", {"ca", "eu", "no", "us"}, &response);
  ASSERT_EQ(response.authorities_size(), 1);
  EXPECT_EQ(response.authorities(0).authority(), "us-bis");
  EXPECT_EQ(response.link(), "") << "one participant is left";
  const v1::ArrangementView& view = response.arrangement();
  ASSERT_EQ(view.members_size(), 4);
  EXPECT_EQ(view.members(0).state(), "no list held");
  EXPECT_EQ(view.members(1).role(), "supporter");
  EXPECT_EQ(view.members(1).state(), "");
  EXPECT_EQ(view.members(2).state(), "not listed");
  EXPECT_EQ(view.members(3).state(), "listed");
  EXPECT_EQ(view.change(), "");
}

TEST(ArrangementTest, SaysWhatJoiningWouldChange) {
  const std::set<std::string> all = {"au", "jp", "no", "us"};
  EXPECT_EQ(ChangeFor("jp", {"us-bis"}, all), "would add");
  EXPECT_EQ(ChangeFor("jp", {"us-bis"}, {"us"}), "would add") << "nothing of jp is held";
  EXPECT_EQ(ChangeFor("jp", {"jp-meti"}, all), "would keep alone");
  EXPECT_EQ(ChangeFor("jp", {"jp-meti", "us-bis"}, all), "differs");
  EXPECT_EQ(ChangeFor("jp", {"au-dfat", "jp-meti", "no-mfa", "us-bis"}, all), "no change");
  EXPECT_EQ(ChangeFor("jp", {}, all), "no change");
  EXPECT_EQ(ChangeFor("jp", {"jp-meti"}, {"jp"}), "cannot say");
  EXPECT_EQ(ChangeFor("no", {"us-bis"}, all), "already a member");
}

TEST(ArrangementTest, AnEntryByWayOfACorrelationCounts) {
  v1::GetItemResponse response = Answer({"us-bis"});
  v1::LinkedItem& japan = *response.add_linked();
  japan.mutable_to()->set_code("9の項(1)");
  japan.mutable_to()->set_issuer("jp");
  *japan.add_items() = ItemOf("jp-meti");
  v1::LinkedItem& china = *response.add_linked();
  china.mutable_to()->set_issuer("cn");
  v1::GetItemResponse members_only = response;
  ScopeToArrangement(Echri(), "jp", {"jp", "us"}, &response);
  EXPECT_EQ(response.arrangement().change(), "no change") << "jp lists it under another number";
  EXPECT_EQ(response.linked_size(), 1);
  ScopeToArrangement(Echri(), "", {"jp", "us"}, &members_only);
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
