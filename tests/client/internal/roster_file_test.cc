// Rosters as people write them, and what they are told before they sign.
#include "client/internal/roster_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/internal/roster_check.h"
#include "client/internal/roster_edits.h"
#include "storage/yaml/strict_yaml.h"
#include "tests/support/rosters.h"

namespace comity {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using testing::KeySetOf;
using testing::kNow;
using testing::NextRoster;
using testing::PublicKeyOf;
using testing::SeededKey;
using testing::TestFederation;

class RosterFileTest : public ::testing::Test {
 protected:
  static std::string Named(const std::string& name) {
    return name + ":" + ToHex(SeededKey(name).public_key());
  }
  // What the edits make of the test federation's roster, taken as the next version.
  std::vector<std::string> Apply(const RosterEdits& edits,
                                 const std::vector<std::string>& signers = {"root-1"}) {
    const auto next = NextRoster(
        first_,
        [&](v1::Roster& r) {
          const absl::Status applied = ApplyEdits(edits, &r);
          ASSERT_TRUE(applied.ok()) << applied;
        },
        signers);
    return DifferencesOf(first_->message(), next->message());
  }
  std::string Refused(const RosterEdits& edits) {
    v1::Roster roster = first_->message();
    return std::string(ApplyEdits(edits, &roster).message());
  }
  TestFederation federation_;
  std::shared_ptr<const Roster> first_ = testing::FirstRoster(federation_);
};

TEST_F(RosterFileTest, YamlHoldsAllOfIt) {
  v1::Roster roster = first_->message();
  roster.set_valid_to(kNow.micros);
  roster.mutable_participants(0)->set_name("a \"name\"\\ with\n\ttroubles: - #");
  v1::Arrangement& arrangement = *roster.add_arrangements();
  arrangement.set_id("echri");
  arrangement.add_roles()->set_participant("us");
  v1::Revocation& revocation = *roster.add_revocations();
  revocation.set_ed25519(SeededKey("gone").public_key());
  revocation.set_index(7);
  v1::RosterFile read;
  ASSERT_TRUE(ParseYaml(ToYaml(ToRosterFile(roster)), "roster.yaml", &read).ok());
  const auto back = FromRosterFile(read, "roster.yaml");
  ASSERT_TRUE(back.ok()) << back.status();
  v1::Roster expected = roster;
  expected.set_valid_from(1);
  EXPECT_EQ(back->SerializeAsString(), expected.SerializeAsString());
}

TEST_F(RosterFileTest, EditsRotateEveryKindOfKey) {
  RosterEdits edits;
  edits.set_keys = {"log:us-bis=" + Named("us-bis/log-2"), "held:us=" + Named("us/held-2"),
                    "statement:us=" + Named("us/statement-2")};
  edits.add_keys = {"officer:us-bis=" + Named("us-bis/officer-4"),
                    "root:us-bis=" + Named("us-bis/root-2"), "root=" + Named("root-2")};
  edits.remove_keys = {"officer:us-bis=us-bis/officer-2", "root=root-1"};
  edits.revocations = {"us-bis/officer-1@us-bis/ccl:5", "us-bis/officer-1@*:1"};
  edits.add_keys.push_back("officer:us-bis=" + Named("us-bis/officer-5"));
  edits.policy = {"quorum=2"};
  edits.ca_bundles = {};
  edits.nodes = {"us=us-2@127.0.0.1:9"};
  const auto changes = Apply(edits, {"root-1", "root-2"});
  for (const char* part :
       {"us-bis: the log key changes", "us: the HELD key changes", "us: the statement key changes",
        "officer-4", "us-bis/root-2", "root: key root-1", "the policy's quorum 1 becomes 2",
        "where its daemons are changes", "from leaf 5 on", "all other logs from leaf 1 on"}) {
    EXPECT_THAT(changes, Contains(HasSubstr(part)));
  }
}

TEST_F(RosterFileTest, AParticipantLeavesWithItsAuthorities) {
  RosterEdits edits;
  edits.remove_participants = {"no"};
  const auto changes = Apply(edits);
  EXPECT_THAT(changes, Contains("participant no leaves"));
  EXPECT_THAT(changes, Contains("authority no-mfa leaves"));
}

TEST_F(RosterFileTest, AnEditThatCannotBeMadeIsNamed) {
  const auto with = [&](std::vector<std::string> RosterEdits::*field, const std::string& edit) {
    RosterEdits edits;
    edits.*field = {edit};
    return Refused(edits);
  };
  EXPECT_THAT(with(&RosterEdits::set_keys, "log:xx-yy=" + Named("k")), HasSubstr("xx-yy"));
  EXPECT_THAT(with(&RosterEdits::set_keys, "log:us-bis=nonsense"), HasSubstr("NAME:HEX"));
  EXPECT_THAT(with(&RosterEdits::remove_keys, "officer:us-bis=nobody"), HasSubstr("nobody"));
  EXPECT_THAT(with(&RosterEdits::revocations, "us-bis/officer-1@us-bis/ccl:0"),
              HasSubstr("at least 1"));
  EXPECT_THAT(with(&RosterEdits::revocations, "us-bis/officer-1"), HasSubstr("must be"));
  EXPECT_THAT(with(&RosterEdits::policy, "quorun=2"), HasSubstr("did you mean quorum?"));
  EXPECT_THAT(with(&RosterEdits::remove_participants, "fr"), HasSubstr("no participant \"fr\""));
}

TEST_F(RosterFileTest, ChecksSayWhatIsUnwise) {
  const auto of = [&](const std::function<void(v1::Roster&)>& alter) {
    v1::Roster roster = first_->message();
    alter(roster);
    return CheckRosterSense(roster, nullptr, kNow);
  };
  const auto nothing = [](v1::Roster&) {};
  EXPECT_THAT(of(nothing), Contains(HasSubstr("all 1 key must sign")));
  EXPECT_THAT(of(nothing), Contains(HasSubstr("there is no PEM certificate")));
  EXPECT_THAT(of(nothing), Contains(HasSubstr("quorum 1 of 3: two quorums need not share")));
  EXPECT_THAT(of([](v1::Roster& r) { r.mutable_policy()->set_quorum(3); }),
              Contains(HasSubstr("detected, but one outage stops COMMON")));
  EXPECT_THAT(of([](v1::Roster& r) { r.mutable_policy()->set_quorum(2); }),
              Contains(HasSubstr("at least 4 participants")));
  EXPECT_THAT(of([](v1::Roster& r) { r.set_valid_to(kNow.micros + 1); }),
              Contains(HasSubstr("expires within 90 days")));
  EXPECT_THAT(of([](v1::Roster& r) { r.set_valid_to(kNow.micros); }),
              Contains(HasSubstr("it expired")));
  EXPECT_THAT(of([](v1::Roster& r) { r.mutable_participants(0)->clear_nodes(); }),
              Contains(HasSubstr("has no daemon")));
  EXPECT_THAT(of([](v1::Roster& r) { r.mutable_authorities(0)->set_guard_threshold(2); }),
              Contains(HasSubstr("a bulk removal needs no more officers")));
  const auto seven = [](uint32_t quorum) {
    return [quorum](v1::Roster& r) {
      for (const char* code : {"aa", "bb", "cc", "dd"}) {
        v1::Participant one = r.participants(0);
        one.set_code(code);
        *r.add_participants() = one;
      }
      r.mutable_policy()->set_quorum(quorum);
    };
  };
  // n = 7, f = 2: q = 5 is right, and nothing is said of it.
  for (const std::string& warning : of(seven(5)))
    EXPECT_THAT(warning, ::testing::Not(HasSubstr("quorum 5")));
  EXPECT_THAT(of(seven(4)), Contains(HasSubstr("5 would tolerate 2")));
  EXPECT_THAT(of(seven(7)), Contains(HasSubstr("waits for everybody")));
  EXPECT_THAT(of(seven(3)), Contains(HasSubstr("take at least 4")));
}

}  // namespace
}  // namespace comity
