// Publishing and taking leaves in: what is accepted, and each refusal with its reason.
#include "storage/lists/replica.h"

#include <gtest/gtest.h>

#include <functional>

#include "comity/v1/envelope.pb.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/signing/note.h"
#include "storage/signing/threshold.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Changes;
using testing::Edition;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

constexpr char kList[] = "us-bis/ccl";

class ReplicaTest : public ::testing::Test {
 protected:
  static std::vector<v1::Entry> Items(int count) {
    std::vector<v1::Entry> items;
    for (int i = 0; i < count; ++i) items.push_back(Item("5A" + std::to_string(100 + i), "text"));
    return items;
  }
  void Open(int items = 30) {
    const auto opened = federation_.Publish(*replica_, Edition(kList, "2020-01-01", Items(items)));
    ASSERT_TRUE(opened.ok()) << opened.status();
  }
  // A revision on top of the list, signed after `alter` had its way.
  std::string Altered(const std::function<void(v1::Revision&)>& alter,
                      const std::vector<int>& officers = {1, 2}) {
    auto items = Items(30);
    items[0] = Item("5A100", "other text");
    v1::DraftFile draft = *replica_->Draft(Edition(kList, "2020-02-01", items, "2 FR 2"));
    v1::Revision revision;
    revision.ParseFromString(draft.leaves(0).payload());
    alter(revision);
    draft.mutable_leaves(0)->set_payload(revision.SerializeAsString());
    return federation_.Sign(draft, "us-bis", officers)[0];
  }
  v1::Reason Submit(const std::string& envelope) {
    const uint64_t size = replica_->SizeOf(*Origin::Parse("test.example/us-bis/ccl/1"))->value;
    const auto submitted = replica_->Submit({envelope});
    EXPECT_EQ(replica_->SizeOf(*Origin::Parse("test.example/us-bis/ccl/1"))->value,
              size + (submitted.ok() ? 1 : 0));
    return ReasonOf(submitted.status());
  }

  TestFederation federation_;
  ManualClock clock_{kNow};
  MemoryStore store_;
  std::unique_ptr<Replica> replica_ = federation_.MakeReplica("us", &store_, &clock_);
};

TEST_F(ReplicaTest, OpensAListWithItsGenesis) {
  Open();
  const auto head = replica_->HeadOf(*Origin::Parse("test.example/us-bis/ccl/1"));
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->size.value, 2u);
  EXPECT_TRUE(replica_->CheckHead(*head).ok());
}

TEST_F(ReplicaTest, AcceptsAGoodRevisionOnceAndAgain) {
  Open();
  const std::string good = Altered([](v1::Revision&) {});
  const auto first = replica_->Submit({good});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->index.value, 2u);
  EXPECT_FALSE(first->already_present);
  const auto again = replica_->Submit({good});
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->already_present);
  EXPECT_EQ(again->index.value, 2u);
  EXPECT_EQ(again->head.size.value, 3u);
}

TEST_F(ReplicaTest, RefusesBadSignatures) {
  Open();
  const auto same = [](v1::Revision&) {};
  EXPECT_EQ(Submit(Altered(same, {1})), v1::REASON_TOO_FEW_SIGNATURES);
  EXPECT_EQ(Submit(Altered(same, {1, 1})), v1::REASON_DUPLICATE_KEY);
  v1::Envelope envelope;
  envelope.ParseFromString(Altered(same));
  const NamedKey stranger = federation_.Officer("no-mfa", 1);
  ASSERT_TRUE(AddSignature(&envelope, stranger.name, stranger.key).ok());
  EXPECT_EQ(Submit(SerializeEnvelope(envelope)), v1::REASON_UNKNOWN_KEY);
  envelope.ParseFromString(Altered(same));
  envelope.mutable_signatures(0)->mutable_signature()->at(3) ^= 1;
  EXPECT_EQ(Submit(SerializeEnvelope(envelope)), v1::REASON_BAD_SIGNATURE);
}

TEST_F(ReplicaTest, RefusesAnAlteredByteAnywhereInThePayload) {
  Open();
  v1::Envelope good;
  good.ParseFromString(Altered([](v1::Revision&) {}));
  for (size_t i = 0; i < good.payload().size(); ++i) {
    v1::Envelope altered = good;
    altered.mutable_payload()->at(i) ^= 0x20;
    ASSERT_FALSE(replica_->Submit({SerializeEnvelope(altered)}).ok()) << "byte " << i;
  }
  EXPECT_EQ(replica_->SizeOf(*Origin::Parse("test.example/us-bis/ccl/1"))->value, 2u);
}

TEST_F(ReplicaTest, RefusesAWrongPlace) {
  Open();
  EXPECT_EQ(Submit(Altered([](v1::Revision& r) { r.set_index(3); })), v1::REASON_GAP);
  EXPECT_EQ(Submit(Altered([](v1::Revision& r) { r.set_index(1); })), v1::REASON_STALE_PARENT);
  EXPECT_EQ(Submit(Altered([](v1::Revision& r) { r.mutable_parent_root()->at(0) ^= 1; })),
            v1::REASON_WRONG_PARENT_ROOT);
  EXPECT_EQ(Submit(Altered([](v1::Revision& r) { r.set_origin("test.example/us-bis/other/1"); })),
            v1::REASON_GAP)
      << "another list, which has no leaves yet";
  EXPECT_EQ(Submit(Altered([](v1::Revision& r) { r.set_roster_version(2); })),
            v1::REASON_WRONG_ROSTER);
  EXPECT_EQ(Submit(Altered([](v1::Revision& r) { r.mutable_roster_digest()->at(0) ^= 1; })),
            v1::REASON_WRONG_ROSTER);
}

TEST_F(ReplicaTest, RefusesWrongContent) {
  Open();
  EXPECT_EQ(Submit(Altered([](v1::Revision& r) { r.mutable_state_root_after()->at(0) ^= 1; })),
            v1::REASON_WRONG_STATE_ROOT);
  EXPECT_EQ(Submit(Altered([](v1::Revision& r) { r.set_published_at(1); })),
            v1::REASON_TIME_STEPS_BACK);
  EXPECT_EQ(Submit(Altered([](v1::Revision& r) { r.clear_changes(); })), v1::REASON_BAD_CHANGE);
  EXPECT_EQ(Submit(Altered([](v1::Revision& r) { *r.add_changes() = r.changes(0); })),
            v1::REASON_DUPLICATE_ENTRY);
  EXPECT_EQ(Submit(Altered([](v1::Revision& r) { r.mutable_instrument()->clear_citation(); })),
            v1::REASON_BAD_CHANGE);
  EXPECT_EQ(Submit(Altered([](v1::Revision& r) { r.set_critical_level(9); })),
            v1::REASON_UNSUPPORTED_LEVEL);
}

TEST_F(ReplicaTest, RefusesATimeAheadOfItsClock) {
  Open();
  const int64_t limit = kNow.micros + kMaxAheadMicros;
  EXPECT_EQ(Submit(Altered([&](v1::Revision& r) { r.set_published_at(limit + 1); })),
            v1::REASON_TIME_AHEAD);
  EXPECT_EQ(Submit(Altered([&](v1::Revision& r) { r.set_published_at(limit); })),
            v1::REASON_UNSPECIFIED);
}

TEST_F(ReplicaTest, RefusesAnotherParticipantsList) {
  const auto draft = replica_->Draft(Edition("no-mfa/list2", "2020-01-01", Items(1)));
  EXPECT_EQ(draft.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(draft.status()), v1::REASON_NOT_YOUR_AUTHORITY);
}

TEST_F(ReplicaTest, TwoTeamsAtOnceGiveOneWinnerAndAConflictThatNamesIt) {
  Open();
  const std::string winner = Altered([](v1::Revision&) {});
  const std::string loser =
      Altered([](v1::Revision& r) { r.mutable_instrument()->set_citation("3 FR 3"); });
  ASSERT_TRUE(replica_->Submit({winner}).ok());
  const auto lost = replica_->Submit({loser});
  EXPECT_EQ(lost.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(lost.status()), v1::REASON_STALE_PARENT);
  EXPECT_NE(DetailOf(lost.status())->winner().find("2 FR 2"), std::string::npos);
}

TEST_F(ReplicaTest, GuardsAgainstBulkRemoval) {
  Open(100);
  const auto without = [&](int removed) {
    auto items = Items(100);
    items.erase(items.begin(), items.begin() + removed);
    return Edition(kList, "2020-02-01", items, "2 FR 2");
  };
  ASSERT_TRUE(replica_->Draft(without(5)).ok()) << "exactly the share";
  EXPECT_EQ(ReasonOf(replica_->Draft(without(6)).status()), v1::REASON_UNDECLARED_BULK_REMOVAL);
  DraftInput declared = without(6);
  declared.header.set_declare_bulk_removal(true);
  const auto draft = replica_->Draft(declared);
  ASSERT_TRUE(draft.ok());
  EXPECT_EQ(draft->signatures_needed(), 3u);
  EXPECT_EQ(ReasonOf(replica_->Submit(federation_.Sign(*draft, "us-bis", {1, 2})).status()),
            v1::REASON_TOO_FEW_SIGNATURES);
  EXPECT_TRUE(replica_->Submit(federation_.Sign(*draft, "us-bis", {1, 2, 3})).ok());
}

TEST_F(ReplicaTest, AnUndeclaredBulkRemovalIsInvalidEverywhere) {
  Open(100);
  auto items = Items(100);
  items.resize(90);
  DraftInput input = Edition(kList, "2020-02-01", items, "2 FR 2");
  input.header.set_declare_bulk_removal(true);
  v1::DraftFile draft = *replica_->Draft(input);
  v1::Revision revision;
  revision.ParseFromString(draft.leaves(0).payload());
  revision.clear_guard();
  draft.mutable_leaves(0)->set_payload(revision.SerializeAsString());
  EXPECT_EQ(Submit(federation_.Sign(draft, "us-bis", {1, 2, 3})[0]),
            v1::REASON_UNDECLARED_BULK_REMOVAL);
}

TEST_F(ReplicaTest, ReopensToTheSameDigests) {
  Open();
  ASSERT_TRUE(replica_->Submit({Altered([](v1::Revision&) {})}).ok());
  const auto before = replica_->snapshot();
  const auto reopened = federation_.MakeReplica("us", &store_, &clock_);
  EXPECT_EQ(reopened->snapshot()->view_digest(), before->view_digest());
  EXPECT_EQ(reopened->snapshot()->frontier(), before->frontier());
}

TEST_F(ReplicaTest, AcknowledgesNothingThatWasNotStored) {
  Open();
  const std::string good = Altered([](v1::Revision&) {});
  store_.FailCommits(absl::UnavailableError("disk"));
  EXPECT_EQ(replica_->Submit({good}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(replica_->snapshot()->lists().begin()->second->size.value, 2u);
}

TEST_F(ReplicaTest, RefusesLeavesOfTwoListsInOneSubmission) {
  Open();
  ASSERT_TRUE(federation_.Publish(*replica_, Edition("us-bis/other", "2020-01-01", Items(3))).ok());
  const v1::DraftFile other = *replica_->Draft(Edition("us-bis/other", "2020-02-01", Items(4)));
  const auto mixed =
      replica_->Submit({Altered([](v1::Revision&) {}), federation_.Sign(other, "us-bis")[0]});
  EXPECT_EQ(ReasonOf(mixed.status()), v1::REASON_WRONG_ORIGIN);
}

class IngestTest : public ReplicaTest {
 protected:
  void SetUp() override {
    Open();
    ASSERT_TRUE(replica_->Submit({Altered([](v1::Revision&) {})}).ok());
    head_ = *replica_->HeadOf(origin_);
  }
  absl::Status Take(uint64_t begin, uint64_t end) {
    const auto range = replica_->ReadRange(origin_, begin, end, 3, 1 << 20);
    return peer_->Ingest(head_, begin, range->envelopes, range->consistency);
  }
  const Origin origin_ = *Origin::Parse("test.example/us-bis/ccl/1");
  LogHead head_;
  MemoryStore peer_store_;
  std::unique_ptr<Replica> peer_ = federation_.MakeReplica("no", &peer_store_, &clock_);
};

TEST_F(IngestTest, TakesARangeAndResumes) {
  ASSERT_TRUE(Take(0, 2).ok());
  EXPECT_EQ(peer_->SizeOf(origin_)->value, 2u);
  EXPECT_FALSE(peer_->HeadOf(origin_).ok()) << "no checkpoint is held for that size";
  ASSERT_TRUE(Take(2, 3).ok());
  EXPECT_EQ(peer_->snapshot()->view_digest(), replica_->snapshot()->view_digest());
  EXPECT_EQ(*peer_->HeadOf(origin_), head_);
  EXPECT_TRUE(Take(0, 3).ok()) << "what is held already is passed over";
}

TEST_F(IngestTest, RefusesAForgedLeafWhateverTheProof) {
  auto range = *replica_->ReadRange(origin_, 0, 3, 3, 1 << 20);
  v1::Envelope forged;
  forged.ParseFromString(range.envelopes[2]);
  forged.mutable_payload()->back() ^= 1;
  range.envelopes[2] = SerializeEnvelope(forged);
  EXPECT_EQ(ReasonOf(peer_->Ingest(head_, 0, range.envelopes, range.consistency)),
            v1::REASON_BAD_PROOF);
  EXPECT_FALSE(peer_->SizeOf(origin_).ok()) << "nothing of the range is kept";
}

TEST_F(IngestTest, RefusesAGapAndAHeadThatTheLogKeyDidNotSign) {
  EXPECT_EQ(ReasonOf(Take(2, 3)), v1::REASON_BAD_PROOF);
  LogHead other = head_;
  other.root[0] ^= 1;
  EXPECT_EQ(ReasonOf(peer_->CheckHead(other)), v1::REASON_BAD_CHECKPOINT);
  other = head_;
  other.checkpoint[other.checkpoint.size() - 10] ^= 1;
  EXPECT_FALSE(peer_->CheckHead(other).ok());
  other = head_;
  other.checkpoint += SignatureLine("somebody", std::string(68, 'b'));
  EXPECT_EQ(ReasonOf(peer_->CheckHead(other)), v1::REASON_BAD_CHECKPOINT) << "a line more";
}

TEST_F(IngestTest, RefusesLeavesOfAnotherListUnderAnHonestHead) {
  ASSERT_TRUE(federation_.Publish(*replica_, Edition("us-bis/other", "2020-01-01", Items(3))).ok());
  const Origin other = *Origin::Parse("test.example/us-bis/other/1");
  const auto range = *replica_->ReadRange(other, 0, 2, 2, 1 << 20);
  EXPECT_EQ(ReasonOf(peer_->Ingest(head_, 0, range.envelopes, range.consistency)),
            v1::REASON_BAD_PROOF);
  // A head that says it is of one list with the note of another.
  LogHead mixed = *replica_->HeadOf(other);
  mixed.origin = origin_;
  EXPECT_FALSE(peer_->CheckHead(mixed).ok());
}

TEST_F(IngestTest, StrippedSignaturesAreRefusedAlthoughTheLeafHashHolds) {
  auto range = *replica_->ReadRange(origin_, 0, 3, 3, 1 << 20);
  v1::Envelope stripped;
  stripped.ParseFromString(range.envelopes[2]);
  stripped.mutable_signatures()->RemoveLast();
  range.envelopes[2] = SerializeEnvelope(stripped);
  EXPECT_EQ(ReasonOf(peer_->Ingest(head_, 0, range.envelopes, range.consistency)),
            v1::REASON_TOO_FEW_SIGNATURES);
}

}  // namespace
}  // namespace comity
