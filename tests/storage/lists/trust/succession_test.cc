// Succession: a contested list goes on in a new epoch that readers follow by proof.
#include "storage/lists/succession.h"

#include <gtest/gtest.h>

#include "comity/v1/envelope.pb.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/lists/replica.h"
#include "storage/lists/verify.h"
#include "storage/signing/threshold.h"
#include "tests/storage/lists/trust/seconds.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;
using testing::kNow;
using testing::SeededKey;
using testing::TestFederation;

const Origin kOld = *Origin::Parse("test.example/us-bis/ccl/1");
const Origin kNew = *Origin::Parse("test.example/us-bis/ccl/2");

class SuccessionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (Replica* us : {us_.get(), twin_.get()}) {
      Publish(*us, "2020-01-01", {Item("5A001", "one"), Item("5A002", "two"), Item("5A003", "x")});
      Publish(*us, "2021-01-01", {Item("5A001", "uno"), Item("5A002", "two")});
      Publish(*us, "2030-01-01", {Item("5A001", "later"), Item("5A002", "two")});
    }
    Publish(*us_, "2022-01-01", {Item("5A001", "uno"), Item("5A002", "good")});
    Publish(*twin_, "2022-01-01", {Item("5A001", "uno"), Item("5A002", "bad")});
    // One neighbour holds each.
    Copy(*us_, kOld, *no_);
    Copy(*twin_, kOld, *jp_);
    for (Replica* one : {us_.get(), no_.get()}) {
      ASSERT_TRUE(one->MeetHead(*jp_->HeadOf(kOld)).ok());
    }
    ASSERT_TRUE(jp_->MeetHead(*no_->HeadOf(kOld)).ok());
    clock_.Advance(3600 * kSecond);
    size_ = us_->SizeOf(kOld)->value;
  }
  void Publish(Replica& us, const std::string& day, const std::vector<v1::Entry>& entries) {
    DraftInput input = Edition("us-bis/ccl", day, entries, "FR " + day);
    input.header.set_published_at("2023-06-01");
    input.header.set_declare_bulk_removal(true);
    const auto done = federation_.Publish(us, input);
    ASSERT_TRUE(done.ok()) << done.status();
  }
  static void Copy(const Replica& from, const Origin& origin, Replica& to) {
    const absl::Status status = TryCopy(from, origin, to);
    ASSERT_TRUE(status.ok()) << status;
  }
  static absl::Status TryCopy(const Replica& from, const Origin& origin, Replica& to) {
    const LogHead head = *from.HeadOf(origin);
    const auto range = from.ReadRange(origin, 0, head.size.value, head.size.value, 1 << 20);
    return to.Ingest(head, 0, range->envelopes, range->consistency);
  }
  absl::StatusOr<v1::DraftFile> Draft(uint64_t size) {
    DraftInput input;
    input.header.set_list("us-bis/ccl");
    input.header.set_succession_size(size);
    input.header.mutable_instrument()->set_citation("Treaty 1");
    return us_->Draft(input);
  }
  // Signed by these: the genesis by `keys`, the revisions by officers.
  std::vector<std::string> Sign(const v1::DraftFile& draft, const std::vector<std::string>& keys,
                                const std::vector<int>& officers = {1, 2, 3}) {
    std::vector<std::string> envelopes = federation_.Sign(draft, "us-bis", officers);
    v1::Envelope genesis;
    genesis.set_payload_type(draft.leaves(0).payload_type());
    genesis.set_payload(draft.leaves(0).payload());
    for (const std::string& name : keys) {
      EXPECT_TRUE(AddSignature(&genesis, name, SeededKey(name)).ok());
    }
    envelopes[0] = SerializeEnvelope(genesis);
    return envelopes;
  }
  std::string TextOf(const Replica& at, const std::string& code, const std::string& as_of,
                     const std::string& known_at = "", const std::string& tier = "") {
    v1::GetItemRequest request;
    request.set_code(code);
    request.mutable_at()->set_as_of(as_of);
    request.mutable_at()->set_known_at(known_at);
    request.mutable_at()->set_tier(tier);
    const auto item = at.snapshot()->GetItem(request);
    if (!item.ok()) return item.status().ToString();
    if (item->authorities_size() != 1) return item->authorities().empty() ? "none" : "several";
    return item->authorities(0).entry().item().text();
  }
  static bool Contested(const Replica& at) {
    const auto basis = at.snapshot()->Basis(*at.snapshot()->Resolve({}));
    return basis.contested_lists_size() > 0;
  }

  TestFederation federation_{{"jp-meti", "no-mfa", "us-bis"}, /*quorum=*/2};
  ManualClock clock_{kNow};
  uint64_t size_ = 0;
  MemoryStore us_store_, twin_store_, no_store_, jp_store_;
  std::unique_ptr<Replica> us_ = federation_.MakeReplica("us", &us_store_, &clock_);
  std::unique_ptr<Replica> twin_ = federation_.MakeReplica("us", &twin_store_, &clock_);
  std::unique_ptr<Replica> no_ = federation_.MakeReplica("no", &no_store_, &clock_);
  std::unique_ptr<Replica> jp_ = federation_.MakeReplica("jp", &jp_store_, &clock_);
};

const std::vector<std::string> kEnough = {"us-bis/root-1", "jp/statement", "no/statement"};

TEST_F(SuccessionTest, EqualDigestsAreThereAgainAndContestedEnds) {
  EXPECT_NE(no_->snapshot()->view_digest(), jp_->snapshot()->view_digest());
  EXPECT_TRUE(Contested(*no_));
  const auto draft = Draft(size_);
  ASSERT_TRUE(draft.ok()) << draft.status();
  const auto submitted = us_->Submit(Sign(*draft, kEnough));
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  EXPECT_EQ(submitted->origin, kNew);
  Copy(*us_, kNew, *no_);
  Copy(*us_, kNew, *jp_);
  EXPECT_EQ(no_->snapshot()->view_digest(), jp_->snapshot()->view_digest());
  EXPECT_EQ(no_->snapshot()->frontier().Token(), jp_->snapshot()->frontier().Token());
  for (Replica* one : {us_.get(), no_.get(), jp_.get()}) {
    EXPECT_FALSE(Contested(*one));
    // Every version keeps its dates, those to come too.
    EXPECT_EQ(TextOf(*one, "5A001", "2020-06-01"), "one");
    EXPECT_EQ(TextOf(*one, "5A001", "2024-01-01"), "uno");
    EXPECT_EQ(TextOf(*one, "5A001", "2031-01-01"), "later");
    EXPECT_EQ(TextOf(*one, "5A002", "2024-01-01"), "good");
    EXPECT_EQ(TextOf(*one, "5A003", "2020-06-01"), "x");
    EXPECT_EQ(TextOf(*one, "5A003", "2024-01-01"), "none");
    const auto heads = *one->store().Heads();
    for (const StoredHead& head : heads) {
      const absl::Status verified =
          VerifyList(one->store(), federation_.roster(), head, [](LeafIndex) { return true; });
      EXPECT_TRUE(verified.ok()) << verified;
    }
  }
  // The list goes on.
  Publish(*us_, "2024-01-01", {Item("5A001", "uno"), Item("5A002", "next")});
  EXPECT_EQ(TextOf(*us_, "5A002", "2024-06-01"), "next");
  // And a start changes nothing.
  const Digest before = jp_->snapshot()->view_digest();
  jp_ = federation_.MakeReplica("jp", &jp_store_, &clock_);
  EXPECT_EQ(jp_->snapshot()->view_digest(), before);
  EXPECT_FALSE(Contested(*jp_));
}

TEST_F(SuccessionTest, TheOldEpochIsReadAtEarlierTimesAndByItsOrigin) {
  const std::string token = jp_->snapshot()->frontier().Token();
  const auto submitted = us_->Submit(Sign(*Draft(size_), kEnough));
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  Copy(*us_, kNew, *jp_);
  EXPECT_EQ(TextOf(*jp_, "5A002", "2024-01-01"), "good");
  EXPECT_EQ(TextOf(*jp_, "5A002", "2024-01-01", "2023-07-01"), "bad") << "what was known here then";
  EXPECT_EQ(TextOf(*jp_, "5A002", "2024-01-01", token), "bad");
  v1::GetListRequest request;
  request.set_list("us-bis/ccl");
  EXPECT_EQ(jp_->snapshot()->GetList(request)->origin(), kNew.ToString());
  request.set_list(kOld.ToString());
  const auto old = jp_->snapshot()->GetList(request);
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_EQ(old->origin(), kOld.ToString());
  EXPECT_EQ(old->size(), size_);
  EXPECT_TRUE(old->contested());
  request.set_list("us-bis/ccl");
  request.mutable_at()->set_known_at("2023-07-01");
  EXPECT_EQ(jp_->snapshot()->GetList(request)->origin(), kOld.ToString());
}

TEST_F(SuccessionTest, AnEarlierSizeMayBeChosen) {
  const auto draft = Draft(size_ - 1);
  ASSERT_TRUE(us_->Submit(Sign(*draft, kEnough)).ok());
  EXPECT_EQ(TextOf(*us_, "5A002", "2024-01-01"), "two");
  v1::Genesis genesis;
  ASSERT_TRUE(genesis.ParseFromString(draft->leaves(0).payload()));
  EXPECT_EQ(genesis.previous_epoch().size(), size_ - 1);
  EXPECT_EQ(genesis.previous_epoch().root(),
            ToBytes(us_store_.ReadLeaf(kOld, {size_ - 2})->root_after));
  EXPECT_FALSE(Draft(size_ + 1).ok());
  EXPECT_FALSE(Draft(0).ok());
}

TEST_F(SuccessionTest, TakesTheRootKeysAndAQuorumAndNobodyElse) {
  const auto draft = *Draft(size_);
  const auto reason = [&](const std::vector<std::string>& keys) {
    return ReasonOf(us_->Submit(Sign(draft, keys)).status());
  };
  EXPECT_EQ(reason({"jp/statement", "no/statement"}), v1::REASON_BAD_SUCCESSION) << "no root";
  EXPECT_EQ(reason({"us-bis/root-1"}), v1::REASON_BAD_SUCCESSION) << "no quorum";
  EXPECT_EQ(reason({"us-bis/root-1", "jp/statement"}), v1::REASON_BAD_SUCCESSION);
  EXPECT_EQ(reason({"us-bis/officer-1", "us-bis/officer-2"}), v1::REASON_UNKNOWN_KEY);
  EXPECT_EQ(reason({"us-bis/root-1", "jp/statement", "no/held"}), v1::REASON_UNKNOWN_KEY);
  EXPECT_EQ(reason({"jp-meti/root-1", "jp/statement", "no/statement"}), v1::REASON_UNKNOWN_KEY);
  EXPECT_EQ(reason({"us-bis/root-1", "jp/statement", "us/statement"}), v1::REASON_UNSPECIFIED);
  // The revisions that bring it back are the officers', as ever.
  auto unsigned_revisions = Sign(draft, kEnough, {1});
  EXPECT_FALSE(no_->Submit(unsigned_revisions).ok());
}

TEST_F(SuccessionTest, NothingElseOpensALaterEpoch) {
  // The log's own key and the officers are not enough: a genesis of epoch 2 by officers.
  v1::DraftFile draft = *Draft(size_);
  draft.mutable_leaves(0)->set_payload_type(kGenesisType);
  const auto refused = us_->Submit(federation_.Sign(draft, "us-bis", {1, 2, 3}));
  EXPECT_EQ(ReasonOf(refused.status()), v1::REASON_BAD_SUCCESSION) << refused.status();
  // A succession that skips an epoch, or follows another list.
  for (const char* previous : {"test.example/us-bis/ccl/2", "test.example/us-bis/other/1"}) {
    v1::DraftFile wrong = *Draft(size_);
    v1::Genesis genesis;
    ASSERT_TRUE(genesis.ParseFromString(wrong.leaves(0).payload()));
    genesis.mutable_previous_epoch()->set_origin(previous);
    wrong.mutable_leaves(0)->set_payload(genesis.SerializeAsString());
    EXPECT_FALSE(us_->Submit(Sign(wrong, kEnough)).ok()) << previous;
  }
  EXPECT_EQ(us_->snapshot()->lists().count(kNew), 0u);
}

TEST_F(SuccessionTest, UntilAllIsBroughtBackTheOldEpochStands) {
  const auto draft = *Draft(size_);
  ASSERT_GT(draft.leaves_size(), 3);
  ASSERT_TRUE(us_->Submit(Sign(draft, kEnough)).ok());
  // A part of it arrives.
  const LogHead head = *us_->HeadOf(kNew);
  const auto range = us_->ReadRange(kNew, 0, 2, head.size.value, 1 << 20);
  ASSERT_TRUE(no_->Ingest(head, 0, range->envelopes, range->consistency).ok());
  EXPECT_TRUE(Contested(*no_));
  EXPECT_EQ(TextOf(*no_, "5A001", "2024-01-01"), "uno");
  EXPECT_EQ(TextOf(*no_, "5A002", "2024-01-01"), "good");
  Copy(*us_, kNew, *no_);
  EXPECT_FALSE(Contested(*no_));
}

TEST_F(SuccessionTest, TheOldEpochTakesNoMore) {
  // Of a list that nobody contests, a revision that was drafted before.
  const auto edition = [](const std::string& text) {
    return Edition("us-bis/other", "2020-01-01", {Item("6A001", text)}, "FR " + text);
  };
  ASSERT_TRUE(federation_.Publish(*us_, edition("one")).ok());
  const auto late = us_->Draft(edition("late"));
  ASSERT_TRUE(late.ok()) << late.status();
  DraftInput input;
  input.header.set_list("us-bis/other");
  input.header.set_succession_size(2);
  input.header.mutable_instrument()->set_citation("Treaty 1");
  ASSERT_TRUE(us_->Submit(Sign(*us_->Draft(input), kEnough)).ok());
  EXPECT_EQ(us_->Submit(federation_.Sign(*late, "us-bis")).status().code(),
            absl::StatusCode::kAborted);
}

TEST_F(SuccessionTest, CommonFallsBackToTheOldEpochUntilAQuorumHoldsTheNew) {
  ASSERT_TRUE(us_->Submit(Sign(*Draft(size_ - 1), kEnough)).ok());
  Copy(*us_, kNew, *no_);
  EXPECT_EQ(TextOf(*no_, "5A002", "2024-01-01"), "two");
  ASSERT_TRUE(no_->TakeHeld({{"us", us_->HeldFor("no")[0].note}}).ok());
  EXPECT_EQ(TextOf(*no_, "5A002", "2024-01-01", "", "common"), "good");
  std::vector<HeldNote> notes;
  for (const HeldStatement& one : us_->HeldFor("no")) notes.push_back({one.participant, one.note});
  ASSERT_TRUE(no_->TakeHeld(notes).ok());
  EXPECT_EQ(TextOf(*no_, "5A002", "2024-01-01", "", "common"), "two");
}

}  // namespace
}  // namespace comity
