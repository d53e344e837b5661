#include <gtest/gtest.h>

#include <cstdio>
#include <functional>

#include "client/cli/exit_code.h"
#include "client/cli/output.h"
#include "client/cli/redated_change.h"
#include "comity/v1/query_service.pb.h"

namespace comity::cli {
namespace {

TEST(ExitCodeTest, IsAsDocumented) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), 3);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), 3);
  EXPECT_EQ(ExitCodeOf(absl::OutOfRangeError("")), 3);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), 4);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("")), 4);
  EXPECT_EQ(ExitCodeOf(absl::InternalError("")), 5);
  EXPECT_EQ(ExitCodeOf(absl::DataLossError("")), 5);
  EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError("")), 6);
  EXPECT_EQ(ExitCodeOf(absl::UnauthenticatedError("")), 6);
  EXPECT_EQ(ExitCodeOf(absl::AbortedError("")), 7);
  EXPECT_EQ(ExitCodeOf(absl::FailedPreconditionError("")), 7);
}

std::string Capture(const std::function<void()>& print) {
  ::testing::internal::CaptureStdout();
  print();
  std::fflush(stdout);
  return ::testing::internal::GetCapturedStdout();
}

TEST(OutputTest, CsvQuotesWhatNeedsIt) {
  const Table table{{"A", "B"}, {{"plain", "com,ma"}, {"qu\"ote", "two\nlines"}}, {}, {}};
  EXPECT_EQ(Capture([&] { Output("csv").Show(table); }),
            "A,B\nplain,\"com,ma\"\n\"qu\"\"ote\",\"two\nlines\"\n");
}

TEST(OutputTest, JsonKeepsZeroes) {
  v1::ListSummary summary;
  const std::string json = Capture([&] { Output("json").Json(summary); });
  EXPECT_NE(json.find("\"size\": 0"), std::string::npos);
  EXPECT_NE(json.find("\"stateRoot\": \"\""), std::string::npos);
}

TEST(OutputTest, ALineStandsBesideTablesOnly) {
  EXPECT_EQ(Capture([&] { Output("json").Line("x"); }), "");
  EXPECT_EQ(Capture([&] { Output("csv").Line("x"); }), "");
  EXPECT_EQ(Capture([&] { Output("table").Line("x"); }), "x\n");
}

TEST(RedatedChangeTest, KeepsTheEndAndTheDayOfCompliance) {
  v1::Change change;
  change.set_key("5A001");
  change.set_operation(v1::OPERATION_ADD);
  change.set_entry("bytes");
  change.set_effective_from(10);
  const v1::Change bare = RedatedChange(change, 3, CivilDay{20});
  EXPECT_EQ(bare.operation(), v1::OPERATION_REDATE);
  EXPECT_EQ(bare.effective_from(), 20);
  EXPECT_EQ(bare.target_index(), 3u);
  EXPECT_TRUE(bare.entry().empty());
  EXPECT_FALSE(bare.has_effective_to() || bare.has_compliance_from());
  change.set_effective_to(40);
  change.set_compliance_from(30);
  const v1::Change redate = RedatedChange(change, 3, CivilDay{20});
  EXPECT_EQ(redate.effective_to(), 40);
  EXPECT_EQ(redate.compliance_from(), 30);
}

TEST(GroupedTest, PutsCommasWherePeopleExpectThem) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(1234567), "1,234,567");
}

}  // namespace
}  // namespace comity::cli
