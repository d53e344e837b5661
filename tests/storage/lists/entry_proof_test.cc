// The proof of one entry: what it shows, and that nothing of it can be changed unnoticed.
#include "storage/lists/entry_proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "storage/merkle/hash.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Changes;
using testing::Edition;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

constexpr char kList[] = "us-bis/ccl";

v1::Change MakeChange(v1::Operation operation, const std::string& key, const std::string& day) {
  v1::Change change;
  change.set_key(key);
  change.set_operation(operation);
  change.set_effective_from(ParseCivilDay(day)->days);
  return change;
}

class EntryProofTest : public ::testing::Test {
 protected:
  void Publish(const DraftInput& input) {
    const auto done = federation_.Publish(*us_, input);
    ASSERT_TRUE(done.ok()) << done.status();
  }
  void PublishEdition(const std::vector<v1::Entry>& entries, const std::string& citation) {
    Publish(Edition(kList, "2020-01-01", entries, citation));
  }
  void HeldBy(const std::string& participant) {
    const LogHead head = *us_->HeadOf(*Origin::Parse("test.example/us-bis/ccl/1"));
    const auto held =
        SignHeld(head.checkpoint, participant, testing::SeededKey(participant + "/held"),
                 federation_.roster(), kNow);
    ASSERT_TRUE(us_->TakeHeld({{participant, held->note}}).ok());
  }
  v1::EntryProof Proof(const std::string& key) {
    v1::GetEntryProofRequest request;
    request.set_list(kList);
    request.set_key(key);
    const auto bytes = us_->snapshot()->GetEntryProof(request, {federation_.roster_envelope()});
    EXPECT_TRUE(bytes.ok()) << bytes.status();
    const auto proof = ParseEntryProof(EntryProofFile(*bytes));
    EXPECT_TRUE(proof.ok()) << proof.status();
    return *proof;
  }
  absl::StatusOr<ProvenEntry> Verify(const v1::EntryProof& proof) {
    return VerifyEntryProof(proof, federation_.roster().digest());
  }

  TestFederation federation_;
  ManualClock clock_{kNow};
  MemoryStore store_;
  std::unique_ptr<Replica> us_ = federation_.MakeReplica("us", &store_, &clock_);
};

TEST_F(EntryProofTest, ShowsWhatWasSigned) {
  PublishEdition({Item("5A001", "gear"), Item("5A002", "ciphers")}, "FR 1");
  HeldBy("no");
  const auto proven = Verify(Proof("5A001"));
  ASSERT_TRUE(proven.ok()) << proven.status();
  EXPECT_EQ(proven->entry.item().text(), "gear");
  EXPECT_EQ(proven->revision.index(), 1u);
  EXPECT_EQ(proven->revision.instrument().citation(), "FR 1");
  EXPECT_EQ(proven->checkpoint.checkpoint.size, 2u);
  EXPECT_THAT(proven->officers, ElementsAre("us-bis/officer-1", "us-bis/officer-2"));
  ASSERT_EQ(proven->checkpoint.held.size(), 2u);
  EXPECT_EQ(proven->checkpoint.held[0].participant, "no");
  EXPECT_EQ(proven->checkpoint.held[1].participant, "us");
  EXPECT_EQ(FormatCivilDay(proven->timeline.Newest()->effective_from), "2020-01-01");
}

TEST_F(EntryProofTest, OfAListOfOneEntryAndBehindLaterRevisions) {
  PublishEdition({Item("5A001", "gear")}, "FR 1");
  EXPECT_TRUE(Verify(Proof("5A001")).ok());
  std::vector<v1::Entry> entries = {Item("5A001", "gear")};
  for (int i = 0; i < 20; ++i) {
    entries.push_back(Item("5A1" + std::to_string(i), "more"));
    PublishEdition(entries, "FR more");
    const v1::EntryProof proof = Proof("5A001");
    EXPECT_EQ(proof.revisions_size(), 2);
    EXPECT_EQ(proof.revisions(1).index(), static_cast<uint64_t>(i + 2));
    EXPECT_TRUE(Verify(proof).ok()) << Verify(proof).status();
  }
}

TEST_F(EntryProofTest, OfCorrectionsNewDatesAndTombstones) {
  PublishEdition({Item("5A001", "gear"), Item("5A002", "a"), Item("5A003", "b")}, "FR 1");
  v1::Change redate = MakeChange(v1::OPERATION_REDATE, "5A001", "2021-01-01");
  redate.set_target_index(1);
  redate.set_effective_to(ParseCivilDay("2030-01-01")->days);
  v1::Change revise = MakeChange(v1::OPERATION_REVISE, "5A003", "2022-01-01");
  revise.set_entry(Item("5A003", "b revised").SerializeAsString());
  v1::Change ends = revise;
  ends.set_effective_from(ParseCivilDay("2024-01-01")->days);
  ends.set_entry(Item("5A003", "b revised twice").SerializeAsString());
  DraftInput input = Changes(
      kList, {redate, MakeChange(v1::OPERATION_REMOVE, "5A002", "2022-01-01"), revise, ends});
  input.header.set_declare_bulk_removal(true);
  Publish(input);

  auto proven = Verify(Proof("5A001"));
  ASSERT_TRUE(proven.ok()) << proven.status();
  EXPECT_EQ(proven->entry.item().text(), "gear");
  EXPECT_EQ(FormatCivilDay(proven->timeline.Newest()->effective_from), "2021-01-01");
  proven = Verify(Proof("5A002"));
  ASSERT_TRUE(proven.ok()) << proven.status();
  EXPECT_EQ(proven->entry.item().text(), "a") << "of what was removed, the last text";
  EXPECT_FALSE(proven->timeline.Newest()->entry_hash.has_value());
  proven = Verify(Proof("5A003"));
  ASSERT_TRUE(proven.ok()) << proven.status();
  EXPECT_EQ(proven->entry.item().text(), "b revised twice");
}

TEST_F(EntryProofTest, AnyFlippedByteIsRefused) {
  PublishEdition({Item("5A001", "gear"), Item("5A002", "a"), Item("5A003", "b")}, "FR 1");
  PublishEdition({Item("5A001", "gear"), Item("5A002", "a"), Item("5A003", "c")}, "FR 2");
  HeldBy("no");
  const std::string file = EntryProofFile(Proof("5A001").SerializeAsString());
  for (size_t at = 0; at < file.size(); ++at) {
    for (const char flip : {'\x01', '\x20', '\x80'}) {
      std::string altered = file;
      altered[at] = static_cast<char>(altered[at] ^ flip);
      const auto proof = ParseEntryProof(altered);
      ASSERT_FALSE(proof.ok() && Verify(*proof).ok()) << "byte " << at;
    }
    const auto shorter = ParseEntryProof(file.substr(0, at));
    ASSERT_FALSE(shorter.ok() && Verify(*shorter).ok()) << "cut to " << at;
  }
  const auto longer = ParseEntryProof(file + '\0');
  EXPECT_FALSE(longer.ok());
}

// What only a daemon that lies would write: well-formed, each part true by itself.
TEST_F(EntryProofTest, TrueThingsThatDoNotBelongTogetherAreRefused) {
  PublishEdition({Item("5A001", "old"), Item("5A002", "a")}, "FR 1");
  const v1::EntryProof before = Proof("5A001");
  ASSERT_TRUE(Verify(before).ok());
  PublishEdition({Item("5A001", "new"), Item("5A002", "a")}, "FR 2");
  const v1::EntryProof now = Proof("5A001");
  const v1::EntryProof other = Proof("5A002");
  ASSERT_TRUE(Verify(now).ok());
  EXPECT_EQ(Verify(now)->entry.item().text(), "new");

  v1::EntryProof lie = now;
  lie.set_entry(before.entry());
  EXPECT_THAT(std::string(Verify(lie).status().message()), HasSubstr("the entry shown"));
  // The older version as if it were the newest: the newer checkpoint's last leaf tells.
  lie = now;
  lie.set_timeline(before.timeline());
  EXPECT_EQ(ReasonOf(Verify(lie).status()), v1::REASON_BAD_PROOF);
  // A checkpoint of one size beside revisions that end before it.
  lie = other;
  lie.mutable_revisions()->RemoveLast();
  EXPECT_THAT(std::string(Verify(lie).status().message()), HasSubstr("is missing"));
  // Another entry's revision, state and timeline under this key.
  lie = other;
  lie.set_key("5A001");
  EXPECT_FALSE(Verify(lie).ok());
  // A revision that did not change it.
  lie = other;
  *lie.mutable_revisions(0) = other.revisions(1);
  lie.mutable_revisions()->RemoveLast();
  EXPECT_THAT(std::string(Verify(lie).status().message()), HasSubstr("last changed"));
  // Fewer officers than it takes.
  lie = now;
  v1::Envelope envelope = *ParseEnvelope(now.revisions(0).envelope());
  envelope.mutable_signatures()->RemoveLast();
  lie.mutable_revisions(0)->set_envelope(SerializeEnvelope(envelope));
  EXPECT_EQ(ReasonOf(Verify(lie).status()), v1::REASON_TOO_FEW_SIGNATURES);
  // Another roster than the pinned one.
  EXPECT_EQ(ReasonOf(VerifyEntryProof(now, Sha256("another")).status()), v1::REASON_WRONG_ROSTER);
}

TEST_F(EntryProofTest, SaysWhatThereIsNot) {
  v1::GetEntryProofRequest request;
  request.set_list("us-bis/cl");
  request.set_key("5A001");
  PublishEdition({Item("5A001", "gear")}, "FR 1");
  const auto get = [&] {
    return us_->snapshot()->GetEntryProof(request, {federation_.roster_envelope()}).status();
  };
  EXPECT_EQ(get().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(get().message()), HasSubstr("held: us-bis/ccl"));
  request.set_list(kList);
  request.set_key("5A009");
  EXPECT_EQ(ReasonOf(get()), v1::REASON_UNKNOWN_ENTRY);
  request.set_key("");
  EXPECT_EQ(get().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseEntryProof("comity-draft-v1\nx").status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace comity
