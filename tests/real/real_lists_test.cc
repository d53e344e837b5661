// The importers and drafts on the lists that governments really published, where they
// are at hand: COMITY_DATA, or ../shared/data beside the checkout. The expected figures
// are facts of public record. Without the data the program ends with code 77, which is
// reported as "not run", never as passed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "client/import/importer.h"
#include "storage/lists/replica.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

std::filesystem::path g_data;

class RealListsTest : public ::testing::Test {
 protected:
  Edition Read(const std::string& format, const std::string& path) {
    auto edition = ImportFile(format, g_data / path, nullptr);
    EXPECT_TRUE(edition.ok()) << edition.status();
    return edition.ok() ? *edition : Edition();
  }
};

TEST_F(RealListsTest, EveryUsEditionFollowsItsPredecessorWithTheKnownCounts) {
  std::vector<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(g_data / "items/us_ccl_history")) {
    if (file.path().filename().string().rfind("ccl-", 0) == 0)
      files.push_back(file.path().string());
  }
  std::sort(files.begin(), files.end());
  ASSERT_GE(files.size(), 8u);
  testing::TestFederation federation;
  ManualClock clock(testing::kNow);
  MemoryStore store;
  const auto replica = federation.MakeReplica("us", &store, &clock);
  // Added, revised, removed by date.
  std::map<std::string, std::vector<uint32_t>> counts;
  for (const std::string& file : files) {
    const auto edition = ImportFile("us-ccl-history", file, nullptr);
    ASSERT_TRUE(edition.ok()) << edition.status();
    EXPECT_TRUE(edition->refused.empty()) << file;
    const std::string day = FormatCivilDay(*edition->dated);
    const auto draft = replica->Draft(testing::Edition("us-bis/ccl", day, edition->entries, day));
    ASSERT_TRUE(draft.ok()) << draft.status();
    counts[day] = {draft->added(), draft->revised(), draft->removed()};
    if (draft->no_changes()) continue;
    const auto submitted = replica->Submit(federation.Sign(*draft, "us-bis"));
    ASSERT_TRUE(submitted.ok()) << submitted.status();
  }
  const auto expect = [&](const char* day, std::vector<uint32_t> expected) {
    if (counts.contains(day)) {
      EXPECT_EQ(counts[day], expected) << day;
    }
  };
  expect("2018-10-24", {0, 0, 0});
  expect("2018-11-02", {58, 185, 40});
  expect("2020-10-06", {3, 0, 0});
  expect("2021-01-14", {0, 0, 0});
  expect("2021-10-05", {1, 4, 0});
  expect("2022-01-19", {0, 0, 0});

  // Every earlier day reads as its own edition did.
  v1::GetItemRequest request;
  request.set_code("0A977");
  request.mutable_at()->set_as_of("2020-10-05");
  EXPECT_EQ(replica->snapshot()->GetItem(request)->authorities_size(), 0);
  request.mutable_at()->set_as_of("2020-10-06");
  EXPECT_EQ(replica->snapshot()->GetItem(request)->authorities_size(), 1);
}

TEST_F(RealListsTest, NorwaysListHasEveryRegulationAndTheInterceptionItem) {
  const Edition edition = Read("no-list2", "items/no_list2_2022/regulations.json");
  EXPECT_TRUE(edition.refused.empty());
  EXPECT_EQ(edition.read, 3851u);
  size_t bases = 0;
  bool interception = false;
  for (const v1::Entry& entry : edition.entries) {
    bases += entry.key().size() == 5 ? 1 : 0;
    interception = interception || entry.key() == "5A001.f.1";
  }
  EXPECT_EQ(bases, 366u);
  EXPECT_TRUE(interception);
}

TEST_F(RealListsTest, JapansListHasEveryPartyWithANameAndAConcern) {
  const Edition edition = Read("jp-end-user", "parties/jp_end_user_list_2025-09-29/jp.json");
  EXPECT_TRUE(edition.refused.empty());
  EXPECT_EQ(edition.entries.size(), 835u);
  for (const v1::Entry& entry : edition.entries) {
    EXPECT_FALSE(entry.party().names(0).text().empty());
    EXPECT_GT(entry.party().concerns_size(), 0) << entry.party().remarks();
  }
}

}  // namespace
}  // namespace comity

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const char* variable = std::getenv("COMITY_DATA");
  comity::g_data = variable != nullptr
                       ? std::filesystem::path(variable)
                       : std::filesystem::path(COMITY_SOURCE_DIR) / "../shared/data";
  if (!std::filesystem::exists(comity::g_data / "items/us_ccl_history")) {
    std::printf("NOT RUN: %d tests on real lists, because %s is not there (set COMITY_DATA)\n",
                ::testing::UnitTest::GetInstance()->total_test_count(), comity::g_data.c_str());
    return 77;
  }
  return RUN_ALL_TESTS();
}
