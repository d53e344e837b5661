// Reads at both times: what the law was, and what was known of it.
#include "storage/lists/snapshot.h"

#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

class SnapshotTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Publish("2020-01-01",
            {Item("5A001.f.1", "old"), Item("5A002", "kept"), Item("5A003", "going"),
             Item("5A004", "a"), Item("5A005", "b")},
            "1 FR 1");
    token_at_2_ = replica_->snapshot()->frontier().Token();
    Publish("2020-06-01",
            {Item("5A001.f.1", "new"), Item("5A002", "kept"), Item("5A003", "going"),
             Item("5A004", "a"), Item("5A005", "b"), Item("0A977", "water")},
            "2 FR 2");
  }
  void Publish(const std::string& day, const std::vector<v1::Entry>& entries,
               const std::string& citation) {
    const auto done = federation_.Publish(*replica_, Edition("us-bis/ccl", day, entries, citation));
    ASSERT_TRUE(done.ok()) << done.status();
  }
  v1::GetItemResponse GetItem(const std::string& code, const std::string& as_of = "",
                              const std::string& known_at = "") {
    v1::GetItemRequest request;
    request.set_code(code);
    request.mutable_at()->set_as_of(as_of);
    request.mutable_at()->set_known_at(known_at);
    const auto response = replica_->snapshot()->GetItem(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::GetItemResponse();
  }

  TestFederation federation_;
  ManualClock clock_{kNow};
  MemoryStore store_;
  std::unique_ptr<Replica> replica_ = federation_.MakeReplica("us", &store_, &clock_);
  std::string token_at_2_;
};

TEST_F(SnapshotTest, AnItemBeforeAndAfterItBecameLaw) {
  EXPECT_EQ(GetItem("0A977", "2020-05-31").authorities_size(), 0);
  const auto after = GetItem("0a977", "2020-06-01");
  ASSERT_EQ(after.authorities_size(), 1);
  EXPECT_EQ(after.authorities(0).authority(), "us-bis");
  EXPECT_EQ(after.authorities(0).citation(), "2 FR 2");
  EXPECT_EQ(after.authorities(0).effective_from(), "2020-06-01");
}

TEST_F(SnapshotTest, BothTimesAreAskedApart) {
  EXPECT_EQ(GetItem("5A001f1", "2020-12-01").authorities(0).entry().item().text(), "new");
  EXPECT_EQ(GetItem("5A001f1", "2020-03-01").authorities(0).entry().item().text(), "old");
  EXPECT_EQ(GetItem("5A001f1", "2020-12-01", token_at_2_).authorities(0).entry().item().text(),
            "old");
  EXPECT_EQ(GetItem("5A001f1", "2020-12-01", "2020-02-01").authorities(0).entry().item().text(),
            "old");
  EXPECT_EQ(GetItem("5A001f1", "2020-12-01", "2019-12-31").authorities_size(), 0);
  EXPECT_EQ(
      GetItem("5A001f1", "2020-12-01", "2020-06-01T00:00:00Z").authorities(0).entry().item().text(),
      "new");
}

TEST_F(SnapshotTest, AnAnswersBasisReadsTheSameAgain) {
  const std::string token = GetItem("5A002", "", "2020-02-01").basis().frontier_token();
  EXPECT_EQ(token, token_at_2_);
  const auto again = GetItem("5A002", "", token);
  EXPECT_NE(again.basis().view_digest(), ToHex(replica_->snapshot()->view_digest()));
}

TEST_F(SnapshotTest, RefusesATokenThatIsAheadOrOfAnotherHistory) {
  Frontier ahead = replica_->snapshot()->frontier();
  ahead.heads.begin()->second.size.value += 1;
  v1::ReadAt at;
  at.set_known_at(ahead.Token());
  EXPECT_EQ(ReasonOf(replica_->snapshot()->Resolve(at).status()), v1::REASON_NOT_HELD);
  Frontier other = replica_->snapshot()->frontier();
  other.heads.begin()->second.root[0] ^= 1;
  at.set_known_at(other.Token());
  EXPECT_EQ(ReasonOf(replica_->snapshot()->Resolve(at).status()), v1::REASON_NOT_HELD);
  at.set_known_at("last tuesday");
  EXPECT_EQ(replica_->snapshot()->Resolve(at).status().code(), absl::StatusCode::kInvalidArgument);
  at.clear_known_at();
  at.set_as_of("2020-02-30");
  EXPECT_EQ(replica_->snapshot()->Resolve(at).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SnapshotTest, TodayIsTheListsOwn) {
  // 2020-06-01 has begun in the list's zone (UTC) one microsecond later.
  clock_.Set(Instant{ParseInstant("2020-06-01")->micros - 1});
  EXPECT_EQ(GetItem("0A977").authorities_size(), 0);
  clock_.Advance(1);
  EXPECT_EQ(GetItem("0A977").authorities_size(), 1);
}

TEST_F(SnapshotTest, DiffCountsWhatChanged) {
  v1::DiffListRequest request;
  request.set_list("us-bis/ccl");
  request.set_from_size(2);
  request.set_to_size(3);
  auto diff = *replica_->snapshot()->DiffList(request);
  EXPECT_EQ(diff.added(), 1u);
  EXPECT_EQ(diff.revised(), 1u);
  EXPECT_EQ(diff.removed(), 0u);
  ASSERT_EQ(diff.changes_size(), 2);
  EXPECT_EQ(diff.changes(0).key(), "0A977");
  EXPECT_EQ(diff.changes(1).before().item().text(), "old");
  EXPECT_EQ(diff.changes(1).after().item().text(), "new");
  request.set_page_size(1);
  diff = *replica_->snapshot()->DiffList(request);
  EXPECT_EQ(diff.changes_size(), 1);
  EXPECT_EQ(diff.added() + diff.revised(), 2u) << "counts are of the whole difference";
  request.set_after_key(diff.next_key());
  diff = *replica_->snapshot()->DiffList(request);
  EXPECT_EQ(diff.changes(0).key(), "5A001.f.1");
  EXPECT_EQ(diff.next_key(), "");
  request.set_to_size(4);
  EXPECT_EQ(replica_->snapshot()->DiffList(request).status().code(), absl::StatusCode::kOutOfRange);
  request.set_from_size(3);
  request.set_to_size(2);
  EXPECT_EQ(replica_->snapshot()->DiffList(request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

v1::Change ChangeOf(v1::Operation operation, const std::string& day, const std::string& text) {
  v1::Change change;
  change.set_operation(operation);
  change.set_key("5A004");
  change.set_effective_from(ParseCivilDay(day)->days);
  if (!text.empty()) change.set_entry(Item("5A004", text).SerializeAsString());
  return change;
}

// Each change is told by the day from which it changes something, whatever is pending beside it.
TEST_F(SnapshotTest, DiffTellsWhatWasDoneBeforeAPendingChange) {
  const auto publish = [&](v1::Change change) {
    const auto done = federation_.Publish(*replica_, testing::Changes("us-bis/ccl", {change}));
    ASSERT_TRUE(done.ok()) << done.status();
  };
  publish(ChangeOf(v1::OPERATION_REVISE, "2027-01-01", "pending"));  // 3
  publish(ChangeOf(v1::OPERATION_REVISE, "2026-01-01", "sooner"));   // 4
  v1::Change redated = ChangeOf(v1::OPERATION_REDATE, "2026-06-01", "");
  redated.set_target_index(3);
  publish(redated);                                           // 5
  publish(ChangeOf(v1::OPERATION_REMOVE, "2025-01-01", ""));  // 6
  const auto told = [&](uint32_t from, uint32_t to) -> std::string {
    v1::DiffListRequest request;
    request.set_list("us-bis/ccl");
    request.set_from_size(from);
    request.set_to_size(to);
    const auto diff = replica_->snapshot()->DiffList(request);
    if (!diff.ok()) return std::string(diff.status().message());
    if (diff->changes_size() != 1) return std::to_string(diff->changes_size()) + " rows";
    const v1::DiffRow& row = diff->changes(0);
    return row.change() + " " + row.effective_from() + ": " + row.before().item().text() + ", " +
           row.after().item().text();
  };
  EXPECT_EQ(told(3, 4), "revised 2027-01-01: a, pending");
  EXPECT_EQ(told(4, 5), "revised 2026-01-01: a, sooner");
  EXPECT_EQ(told(5, 6), "redated 2026-06-01: pending, pending");
  EXPECT_EQ(told(6, 7), "removed 2025-01-01: a, ");
  EXPECT_EQ(told(3, 5), "revised 2026-01-01: a, sooner");
  EXPECT_EQ(told(4, 4), "0 rows");
}

TEST_F(SnapshotTest, PagesOfEntriesMakeTheWhole) {
  v1::ListEntriesRequest request;
  request.set_list("us-bis/ccl");
  request.set_page_size(4);
  std::vector<std::string> keys;
  do {
    const auto page = *replica_->snapshot()->ListEntries(request);
    for (const auto& item : page.entries()) keys.push_back(item.entry().key());
    request.set_after_key(page.next_key());
  } while (!request.after_key().empty());
  EXPECT_EQ(keys,
            (std::vector<std::string>{"0A977", "5A001.f.1", "5A002", "5A003", "5A004", "5A005"}));
}

TEST_F(SnapshotTest, NamesWhatItDoesNotHave) {
  v1::GetListRequest list;
  list.set_list("us-bis/ccx");
  const auto unknown = replica_->snapshot()->GetList(list);
  EXPECT_EQ(ReasonOf(unknown.status()), v1::REASON_UNKNOWN_LIST);
  EXPECT_NE(unknown.status().message().find("us-bis/ccl"), absl::string_view::npos);
  v1::GetEntryRequest entry;
  entry.set_list("us-bis/ccl");
  entry.set_key("9A999");
  EXPECT_EQ(ReasonOf(replica_->snapshot()->GetEntry(entry).status()), v1::REASON_UNKNOWN_ENTRY);
  EXPECT_EQ(GetItem("9A999").authorities_size(), 0) << "nothing found is an answer";
}

TEST_F(SnapshotTest, LogSaysWhatEachRevisionDid) {
  v1::GetListLogRequest request;
  request.set_list("us-bis/ccl");
  const auto log = *replica_->snapshot()->GetListLog(request);
  ASSERT_EQ(log.revisions_size(), 3);
  EXPECT_EQ(log.revisions(0).type(), "genesis");
  EXPECT_EQ(log.revisions(1).added(), 5u);
  EXPECT_EQ(log.revisions(2).added(), 1u);
  EXPECT_EQ(log.revisions(2).revised(), 1u);
  EXPECT_EQ(log.revisions(2).citation(), "2 FR 2");
  EXPECT_EQ(log.revisions(2).signatures(), 2u);
}

}  // namespace
}  // namespace comity
