// The roster changes while lists go on: what is verified by which version, and that whoever
// learns it at another time ends with the same view.
#include <gtest/gtest.h>

#include <algorithm>

#include "storage/base/errors.h"
#include "storage/lists/list_batch.h"
#include "storage/lists/roster_store.h"
#include "storage/lists/verify.h"
#include "tests/support/rosters.h"

namespace comity {
namespace {

using testing::Edition;
using testing::FirstRoster;
using testing::Item;
using testing::KeySetOf;
using testing::kNow;
using testing::NextEnvelope;
using testing::NextRoster;
using testing::PublicKeyOf;
using testing::SeededKey;
using testing::TestFederation;

const Origin kOrigin = *Origin::Parse("test.example/us-bis/ccl/1");

v1::Authority& UsBis(v1::Roster& roster) {
  for (v1::Authority& one : *roster.mutable_authorities()) {
    if (one.name() == "us-bis") return one;
  }
  std::abort();
}

v1::Participant& Us(v1::Roster& roster) {
  for (v1::Participant& one : *roster.mutable_participants()) {
    if (one.code() == "us") return one;
  }
  std::abort();
}

// Officers 2, 3 and 4 in place of 1, 2 and 3.
void RotateOfficer(v1::Roster& roster) {
  *UsBis(roster).mutable_officers() =
      KeySetOf({"us-bis/officer-2", "us-bis/officer-3", "us-bis/officer-4"}, 2);
}

std::function<void(v1::Roster&)> RevokeFrom(uint64_t index) {
  return [index](v1::Roster& roster) {
    RotateOfficer(roster);
    v1::Revocation& one = *roster.add_revocations();
    one.set_ed25519(SeededKey("us-bis/officer-1").public_key());
    one.set_origin(kOrigin.ToString());
    one.set_index(index);
  };
}

class RosterChangeTest : public ::testing::Test {
 protected:
  // Opened anew, as a daemon does when the roster changed.
  std::unique_ptr<Replica> Open(const std::string& who, Store* store, const Roster& roster,
                                const std::string& log_key = "us-bis/log",
                                const std::string& held_key = "") {
    Replica::Options options = federation_.OptionsFor(who);
    if (who == "us") options.log_keys.insert_or_assign("us-bis", SeededKey(log_key));
    if (!held_key.empty()) options.held_key = SeededKey(held_key);
    auto replica = Replica::Open(std::move(options), &roster, store, &clock_);
    EXPECT_TRUE(replica.ok()) << replica.status();
    if (!replica.ok()) std::abort();
    (*replica)->ReleaseSigning();
    return *std::move(replica);
  }
  absl::Status Publish(Replica& replica, const std::string& text,
                       const std::vector<int>& officers = {1, 2}) {
    auto draft =
        replica.Draft(Edition("us-bis/ccl", "2020-01-01", {Item("5A001", text)}, "FR " + text));
    if (!draft.ok()) return draft.status();
    return replica.Submit(federation_.Sign(*draft, "us-bis", officers)).status();
  }
  static absl::Status Relay(const Replica& from, Replica& to) {
    const auto head = from.HeadOf(kOrigin);
    if (!head.ok()) return head.status();
    const uint64_t begin = to.SizeOf(kOrigin).ok() ? to.SizeOf(kOrigin)->value : 0;
    const auto range = from.ReadRange(kOrigin, begin, head->size.value, head->size.value, 1 << 20);
    if (!range.ok()) return range.status();
    return to.Ingest(*head, begin, range->envelopes, range->consistency);
  }
  static std::string Heading(const Replica& at) {
    v1::GetItemRequest request;
    request.set_code("5A001");
    const auto answer = at.snapshot()->GetItem(request);
    if (!answer.ok() || answer->authorities().empty()) return "";
    return answer->authorities(0).entry().item().heading();
  }
  static std::string Stopped(const Replica& at) {
    return (*at.snapshot()->FindList("us-bis/ccl"))->stopped;
  }
  static absl::Status Verify(const Store& store, const Roster& roster) {
    return VerifyStore(
        store, roster, "", [](const ListVerification&) { return true; },
        [](size_t, size_t) { return true; });
  }

  TestFederation federation_;
  ManualClock clock_{kNow};
  MemoryStore us_store_, no_store_, jp_store_;
  std::shared_ptr<const Roster> first_ = FirstRoster(federation_);
};

TEST_F(RosterChangeTest, OldLeavesStandUnderTheirOwnVersionAndNewOnesUnderTheNewest) {
  const auto second = NextRoster(first_, RotateOfficer);
  {
    const auto us = Open("us", &us_store_, *first_);
    ASSERT_TRUE(Publish(*us, "one").ok());
  }
  const auto us = Open("us", &us_store_, *second);
  EXPECT_EQ(Heading(*us), "one");
  // Officer 1 is out, officer 4 is in.
  EXPECT_EQ(ReasonOf(Publish(*us, "two", {1, 2})), v1::REASON_UNKNOWN_KEY);
  ASSERT_TRUE(Publish(*us, "two", {2, 4}).ok());
  // Whoever comes later verifies both, each under its own version.
  const auto no = Open("no", &no_store_, *second);
  ASSERT_TRUE(Relay(*us, *no).ok());
  EXPECT_EQ(Heading(*no), "two");
  EXPECT_EQ(no->snapshot()->view_digest(), us->snapshot()->view_digest());
  EXPECT_TRUE(Verify(no_store_, *second).ok());
  // Whoever does not know the version yet says so and keeps nothing; it is nobody's fault.
  const auto jp = Open("jp", &jp_store_, *first_);
  const absl::Status early = Relay(*us, *jp);
  EXPECT_EQ(early.code(), absl::StatusCode::kUnavailable) << early;
  EXPECT_EQ(ReasonOf(early), v1::REASON_WRONG_ROSTER);
}

TEST_F(RosterChangeTest, TheVersionDoesNotStepBackAndTheOwnerTakesOnlyTheNewest) {
  const auto second = NextRoster(first_, RotateOfficer);
  std::string old_draft;
  {
    const auto us = Open("us", &us_store_, *first_);
    ASSERT_TRUE(Publish(*us, "one").ok());
    const auto draft =
        us->Draft(Edition("us-bis/ccl", "2020-02-01", {Item("5A001", "stale")}, "FR stale"));
    old_draft = federation_.Sign(*draft, "us-bis")[0];
  }
  const auto us = Open("us", &us_store_, *second);
  const absl::Status stale = us->Submit({old_draft}).status();
  EXPECT_EQ(stale.code(), absl::StatusCode::kAborted) << stale;
  EXPECT_EQ(ReasonOf(stale), v1::REASON_WRONG_ROSTER);
  ASSERT_TRUE(Publish(*us, "two", {2, 3}).ok());

  // A leaf under version 1 after one under version 2 is refused by everybody.
  ListBatch batch(second.get(), &us_store_, kOrigin, std::nullopt);
  for (uint64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(batch.Append(us_store_.ReadLeaf(kOrigin, LeafIndex{i})->envelope).ok());
  }
  v1::Revision back;
  v1::DraftFile draft =
      *us->Draft(Edition("us-bis/ccl", "2020-03-01", {Item("5A001", "three")}, "FR three"));
  back.ParseFromString(draft.leaves(0).payload());
  back.set_roster_version(1);
  back.set_roster_digest(ToBytes(first_->digest()));
  draft.mutable_leaves(0)->set_payload(back.SerializeAsString());
  const absl::Status stepped = batch.Append(federation_.Sign(draft, "us-bis")[0]);
  EXPECT_EQ(ReasonOf(stepped), v1::REASON_WRONG_ROSTER);
  EXPECT_NE(stepped.message().find("does not step back"), std::string::npos) << stepped;
}

// Leaves 2 and 3 are signed by a stolen key; the roster voids them from 2 on. Whoever held them
// before takes them out of the view, whoever learnt the roster first never shows them.
TEST_F(RosterChangeTest, RevokedLeavesAreVoidForAllWhateverCameFirst) {
  const auto second = NextRoster(first_, RevokeFrom(2));
  {
    const auto us = Open("us", &us_store_, *first_);
    const auto no = Open("no", &no_store_, *first_);
    ASSERT_TRUE(Publish(*us, "one").ok());
    ASSERT_TRUE(Publish(*us, "stolen", {1, 3}).ok());
    ASSERT_TRUE(Publish(*us, "stolen too", {1, 2}).ok());
    ASSERT_TRUE(Relay(*us, *no).ok());
    EXPECT_EQ(Heading(*no), "stolen too");
  }
  const auto us = Open("us", &us_store_, *second);
  const auto no = Open("no", &no_store_, *second);
  const auto jp = Open("jp", &jp_store_, *second);
  ASSERT_TRUE(Relay(*no, *jp).ok()) << "void leaves are relayed";
  for (const Replica* at : {us.get(), no.get(), jp.get()}) {
    EXPECT_EQ(Heading(*at), "one");
    EXPECT_NE(Stopped(*at).find("revoked"), std::string::npos) << Stopped(*at);
    EXPECT_EQ(at->SizeOf(kOrigin)->value, 4u);
    EXPECT_EQ(at->snapshot()->view_digest(), us->snapshot()->view_digest());
    EXPECT_EQ(at->snapshot()->frontier().FrontierDigest(),
              us->snapshot()->frontier().FrontierDigest());
  }
  for (Store* store : {&us_store_, &no_store_, &jp_store_}) {
    const absl::Status sound = Verify(*store, *second);
    EXPECT_TRUE(sound.ok()) << sound;
  }
  // Nothing can be added to such a list, and nothing is different after another start.
  EXPECT_FALSE(Publish(*us, "more", {2, 3}).ok());
  const Digest view = no->snapshot()->view_digest();
  EXPECT_EQ(Open("no", &no_store_, *second)->snapshot()->view_digest(), view);
  EXPECT_EQ(Heading(*Open("no", &no_store_, *second)), "one");
}

// A crash took the signature of the last head, which peers have: who signs it anew shows the
// same head as they do, though its last leaves are void by now.
TEST_F(RosterChangeTest, TheHeadOfVoidLeavesIsSignedAnewAfterACrash) {
  {
    const auto us = Open("us", &us_store_, *first_);
    ASSERT_TRUE(Publish(*us, "one").ok());
    ASSERT_TRUE(Publish(*us, "stolen", {1, 3}).ok());
    const auto no = Open("no", &no_store_, *first_);
    ASSERT_TRUE(Relay(*us, *no).ok());
  }
  MemoryStore crashed;
  ListBatch batch(first_.get(), &crashed, kOrigin, std::nullopt);
  for (uint64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(batch.Append(us_store_.ReadLeaf(kOrigin, LeafIndex{i})->envelope).ok());
  }
  ASSERT_TRUE(crashed.Commit(batch.TakeCommit()).ok());
  const auto second = NextRoster(first_, RevokeFrom(2));
  const auto us = Open("us", &crashed, *second);
  const auto no = Open("no", &no_store_, *second);
  EXPECT_EQ(Heading(*us), "one");
  const auto head = us->HeadOf(kOrigin);
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(*head, *no->HeadOf(kOrigin));
}

TEST_F(RosterChangeTest, ARevocationAfterTheHeadOrOfAKeyThatWasNotNeededVoidsNothing) {
  const auto second = NextRoster(first_, RevokeFrom(2));
  {
    const auto us = Open("us", &us_store_, *first_);
    ASSERT_TRUE(Publish(*us, "one").ok());
    // All three signed: two of them still count.
    ASSERT_TRUE(Publish(*us, "two", {1, 2, 3}).ok());
  }
  const auto us = Open("us", &us_store_, *second);
  EXPECT_EQ(Heading(*us), "two");
  EXPECT_EQ(Stopped(*us), "");
  ASSERT_TRUE(Publish(*us, "three", {3, 4}).ok());
  const auto no = Open("no", &no_store_, *second);
  ASSERT_TRUE(Relay(*us, *no).ok());
  EXPECT_EQ(no->snapshot()->view_digest(), us->snapshot()->view_digest());
  EXPECT_EQ(Heading(*no), "three");
}

TEST_F(RosterChangeTest, TheLogKeyRotatesAndOldHeadsStand) {
  const auto second = NextRoster(first_, [](v1::Roster& r) {
    UsBis(r).set_log_key_ed25519(SeededKey("us-bis/log-2").public_key());
  });
  {
    const auto us = Open("us", &us_store_, *first_);
    const auto no = Open("no", &no_store_, *first_);
    ASSERT_TRUE(Publish(*us, "one").ok());
    ASSERT_TRUE(Relay(*us, *no).ok());
  }
  const auto us = Open("us", &us_store_, *second, "us-bis/log-2");
  const auto no = Open("no", &no_store_, *second);
  EXPECT_TRUE(us->CheckHead(*no->HeadOf(kOrigin)).ok());
  ASSERT_TRUE(Publish(*us, "two").ok());
  ASSERT_TRUE(Relay(*us, *no).ok());
  EXPECT_EQ(Heading(*no), "two");

  // Revoked from leaf 3 on, the old key signs no longer head, and the shorter one stands.
  const auto third = NextRoster(second, [](v1::Roster& r) {
    v1::Revocation& one = *r.add_revocations();
    one.set_ed25519(SeededKey("us-bis/log").public_key());
    one.set_origin(kOrigin.ToString());
    one.set_index(3);
  });
  MemoryStore thief_store;
  const auto thief = Open("us", &thief_store, *first_);
  ASSERT_TRUE(Publish(*thief, "one").ok());
  const auto jp = Open("jp", &jp_store_, *third);
  EXPECT_TRUE(jp->CheckHead(*thief->HeadOf(kOrigin)).ok());
  ASSERT_TRUE(Publish(*thief, "x").ok());
  ASSERT_TRUE(Publish(*thief, "y").ok());
  EXPECT_EQ(ReasonOf(jp->CheckHead(*thief->HeadOf(kOrigin))), v1::REASON_KEY_REVOKED);
}

TEST_F(RosterChangeTest, HeldAndStatementKeysRotateAndWhatWasStatedStands) {
  const auto second = NextRoster(first_, [](v1::Roster& r) {
    *Us(r).mutable_held_key() = PublicKeyOf("us/held-2");
    *Us(r).mutable_statement_key() = PublicKeyOf("us/statement-2");
  });
  {
    const auto us = Open("us", &us_store_, *first_);
    ASSERT_TRUE(Publish(*us, "one").ok());
  }
  const auto us = Open("us", &us_store_, *second, "us-bis/log", "us/held-2");
  ASSERT_EQ(us->HeldFor("no").size(), 1u) << "what was stated before";
  EXPECT_EQ(us->HeldFor("no")[0].size.value, 2u);
  ASSERT_TRUE(Publish(*us, "two").ok());
  EXPECT_EQ(us->HeldFor("no")[0].size.value, 3u);
  const auto no = Open("no", &no_store_, *second);
  ASSERT_TRUE(Relay(*us, *no).ok());
  const auto taken = no->TakeHeld({{"us", us->HeldFor("no")[0].note}});
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(*taken, 1u);
}

TEST_F(RosterChangeTest, AParticipantJoinsAndLeavesAndItsListsStay) {
  const auto joined = NextRoster(first_, [](v1::Roster& r) {
    v1::Participant fr = Us(r);
    fr.set_code("fr");
    *fr.mutable_held_key() = PublicKeyOf("fr/held");
    v1::Authority agency = UsBis(r);
    agency.set_name("fr-sbdu");
    agency.set_log_key_ed25519(SeededKey("fr-sbdu/log").public_key());
    *agency.mutable_officers() = KeySetOf({"fr-sbdu/officer-1", "fr-sbdu/officer-2"}, 2);
    agency.set_guard_threshold(2);
    r.mutable_participants()->Add(std::move(fr));
    r.mutable_authorities()->Add(std::move(agency));
    std::sort(r.mutable_participants()->begin(), r.mutable_participants()->end(),
              [](const auto& a, const auto& b) { return a.code() < b.code(); });
    std::sort(r.mutable_authorities()->begin(), r.mutable_authorities()->end(),
              [](const auto& a, const auto& b) { return a.name() < b.name(); });
  });
  EXPECT_NE(joined->FindParticipant("fr"), nullptr);
  MemoryStore fr_store;
  Replica::Options options;
  options.participant = "fr";
  options.log_keys.emplace("fr-sbdu", SeededKey("fr-sbdu/log"));
  options.held_key = SeededKey("fr/held");
  auto fr = Replica::Open(std::move(options), joined.get(), &fr_store, &clock_);
  ASSERT_TRUE(fr.ok()) << fr.status();
  (*fr)->ReleaseSigning();
  const auto draft =
      (*fr)->Draft(Edition("fr-sbdu/list", "2020-01-01", {Item("5A001", "fr")}, "JO 1"));
  ASSERT_TRUE(draft.ok()) << draft.status();
  ASSERT_TRUE((*fr)->Submit(federation_.Sign(*draft, "fr-sbdu")).ok());
  const Origin origin = *Origin::Parse("test.example/fr-sbdu/list/1");
  const auto head = (*fr)->HeadOf(origin);
  const auto range = (*fr)->ReadRange(origin, 0, 2, 2, 1 << 20);
  {
    const auto no = Open("no", &no_store_, *joined);
    ASSERT_TRUE(no->Ingest(*head, 0, range->envelopes, range->consistency).ok());
    EXPECT_EQ(no->snapshot()->lists().size(), 1u);
  }
  const auto left = NextRoster(joined, [](v1::Roster& r) {
    const auto gone = [](auto* all, auto match) {
      all->erase(std::remove_if(all->begin(), all->end(), match), all->end());
    };
    gone(r.mutable_participants(), [](const auto& one) { return one.code() == "fr"; });
    gone(r.mutable_authorities(), [](const auto& one) { return one.name() == "fr-sbdu"; });
  });
  const auto no = Open("no", &no_store_, *left);
  EXPECT_EQ(Heading(*no), "fr") << "law does not end because a government leaves";
  EXPECT_TRUE(Verify(no_store_, *left).ok());
  const auto jp = Open("jp", &jp_store_, *left);
  EXPECT_TRUE(jp->Ingest(*head, 0, range->envelopes, range->consistency).ok());
  EXPECT_EQ(jp->snapshot()->view_digest(), no->snapshot()->view_digest());
}

TEST_F(RosterChangeTest, AdoptedRostersAreKeptAndFoundAgain) {
  const std::string second =
      NextEnvelope(*first_, [](v1::Roster& r) { r.mutable_policy()->set_quorum(2); });
  ASSERT_TRUE(OpenRosters(first_, &us_store_).ok());
  const auto adopted = AdoptRosters(first_, {second}, "us", &us_store_);
  ASSERT_TRUE(adopted.ok()) << adopted.status();
  EXPECT_EQ((*adopted)->version(), 2u);
  const auto opened = OpenRosters(first_, &us_store_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ((*opened)->digest(), (*adopted)->digest());
  // A configuration that was brought up to date finds the same.
  EXPECT_EQ((*OpenRosters(*adopted, &us_store_))->version(), 2u);
  // Another chain is refused, and so is one that leaves out this participant.
  TestFederation other({"jp-meti", "us-bis"});
  EXPECT_FALSE(OpenRosters(FirstRoster(other), &us_store_).ok());
  const std::string third = NextEnvelope(**adopted, [](v1::Roster& r) {
    r.mutable_participants()->RemoveLast();
    r.mutable_authorities()->RemoveLast();
  });
  EXPECT_EQ(ReasonOf(AdoptRosters(*adopted, {third}, "us", &us_store_).status()),
            v1::REASON_ROSTER_CHAIN);
  EXPECT_EQ((*OpenRosters(first_, &us_store_))->version(), 2u);
  EXPECT_TRUE(AdoptRosters(*adopted, {third}, "no", &no_store_).ok());
}

}  // namespace
}  // namespace comity
