#include "storage/audit/chain.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "storage/merkle/hash.h"

namespace comity {
namespace {

using ::testing::HasSubstr;

constexpr size_t kRecords = 100'000;

v1::AuditRecord Record(size_t i) {
  v1::AuditRecord record;
  record.set_at(1'000'000 + static_cast<int64_t>(i));
  record.set_caller("spiffe://us.f.example/publisher/us-bis");
  record.set_serial("0a1b2c");
  record.set_action("/comity.v1.PublishService/SubmitRevision");
  record.set_subject("f.example/us-bis/ccl/1");
  record.set_before(i);
  record.set_after(i + 1);
  record.set_decision(v1::AUDIT_DECISION_DONE);
  return record;
}

// 100,000 records, and the head after each of them.
class TamperTest : public ::testing::Test {
 protected:
  TamperTest() {
    heads_.push_back({});
    AuditHead head;
    for (size_t i = 0; i < kRecords; ++i) {
      records_.push_back(Chain(Record(i), &head));
      heads_.push_back(head);
    }
  }
  // Whether a reader who follows the chain notices. What stands before `from` is as it was,
  // so that the reader's state there is known; `records` is all that follows, and what comes
  // after them is as it was from `rest` on: once the reader stands there in the very state
  // in which it would have been, nothing later can show it.
  bool Notices(size_t from, const std::vector<std::pair<size_t, std::string>>& records,
               size_t rest) const {
    AuditChecker checker(heads_[from]);
    for (const auto& [index, record] : records) {
      if (!checker.Take(index, record).ok()) return true;
    }
    if (rest < kRecords) return !checker.Take(rest, records_[rest]).ok();
    return !checker.Ends(heads_.back()).ok();
  }

  std::vector<std::string> records_;
  std::vector<AuditHead> heads_;
};

TEST_F(TamperTest, AnUnalteredLogVerifies) {
  AuditChecker checker;
  for (size_t i = 0; i < kRecords; ++i) {
    const auto record = checker.Take(i, records_[i]);
    ASSERT_TRUE(record.ok()) << record.status();
    ASSERT_EQ(record->before(), i);
  }
  EXPECT_TRUE(checker.Ends(heads_.back()).ok());
}

TEST_F(TamperTest, EveryEditDeletionExchangeInsertionAndTruncationIsFound) {
  std::mt19937_64 random(7);
  size_t planted = 0, found = 0;
  const auto count = [&](bool noticed, const char* what, size_t i) {
    ++planted;
    found += noticed ? 1 : 0;
    ASSERT_TRUE(noticed) << what << " at record " << i;
  };
  for (size_t i = 0; i < kRecords; ++i) {
    // One bit, anywhere in the record.
    std::string flipped = records_[i];
    flipped[random() % flipped.size()] ^= static_cast<char>(1 << random() % 8);
    count(Notices(i, {{i, flipped}}, i + 1), "a flipped bit", i);
    // Made anew by one who knows how, with everything but the content as it was.
    AuditHead at = heads_[i];
    v1::AuditRecord other = Record(i);
    other.set_caller("spiffe://us.f.example/publisher/us-ofac");
    count(Notices(i, {{i, Chain(other, &at)}}, i + 1), "another record", i);
    count(Notices(i, {}, i + 1), "a deletion", i);
    if (i + 1 < kRecords) {
      count(Notices(i, {{i, records_[i + 1]}, {i + 1, records_[i]}}, i + 2), "an exchange", i);
      // The numbers made to fit as well.
      AuditHead moved = heads_[i];
      const std::string second = Chain(Record(i + 1), &moved);
      const std::string first = Chain(Record(i), &moved);
      count(Notices(i, {{i, second}, {i + 1, first}}, i + 2), "an exchange made to fit", i);
    }
    count(Notices(i, {{i, records_[i]}, {i + 1, records_[i]}}, i + 2), "a repetition", i);
    // The log ends before record i, the anchor knows that it does not.
    count(!AuditChecker(heads_[i]).Ends(heads_.back()).ok(), "a truncation", i);
  }
  EXPECT_EQ(found, planted);
  std::printf("%zu of %zu plants in %zu records found\n", found, planted, kRecords);
}

TEST(AuditHeadTest, IsNotedAsText) {
  AuditHead head;
  Chain(Record(1), &head);
  EXPECT_EQ(*AuditHead::Parse(head.ToString()), head);
  for (const char* bad : {"", "1", "1:", ":00", "x:00", "1:zz"}) {
    EXPECT_EQ(AuditHead::Parse(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(ChainTest, CutsAndEscapesWhatCallersSay) {
  v1::AuditRecord record = Record(0);
  record.set_caller("a\nb\x01 \xc3\xa5 \xff \xed\xa0\x80");
  record.set_reason(std::string(10'000, 'r'));
  AuditHead head;
  const auto kept = AuditChecker().Take(0, Chain(record, &head));
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->caller(), "a\\x0ab\\x01 \xc3\xa5 \\xff \\xed\\xa0\\x80");
  EXPECT_EQ(kept->reason().size(), 4096u);
  EXPECT_EQ(kept->count(), 1u);
}

TEST(AuditCheckerTest, SaysWhatIsWrong) {
  AuditHead head;
  const std::string first = Chain(Record(0), &head);
  const std::string second = Chain(Record(1), &head);
  AuditChecker checker;
  EXPECT_THAT(checker.Take(1, second).status().ToString(), HasSubstr("record 0: is missing"));
  ASSERT_TRUE(checker.Take(0, first).ok());
  EXPECT_THAT(checker.Ends(head).ToString(), HasSubstr("has 1 records where 2 were written"));
}

}  // namespace
}  // namespace comity
