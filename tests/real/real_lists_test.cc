// The importers and drafts on the lists that governments really published, where they
// are at hand: COMITY_DATA, or ../shared/data beside the checkout. The expected figures
// are facts of public record. Without the data the program ends with code 77, which is
// reported as "not run", never as passed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "client/import/importer.h"
#include "storage/lists/replica.h"
#include "storage/match/code_link.h"
#include "storage/match/parsed_code.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

std::filesystem::path g_data;

class RealListsTest : public ::testing::Test {
 protected:
  Edition Read(const std::string& format, const std::string& path) {
    auto edition = ImportFile(format, g_data / path);
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
  // Entries by day, then key, as signed bytes.
  std::map<std::string, std::map<std::string, std::string>> editions;
  for (const std::string& file : files) {
    const auto edition = ImportFile("us-ccl-history", file);
    ASSERT_TRUE(edition.ok()) << edition.status();
    EXPECT_TRUE(edition->refused.empty()) << file;
    const std::string day = FormatCivilDay(*edition->dated);
    for (const v1::Entry& entry : edition->entries) {
      editions[day][entry.key()] = entry.SerializeAsString();
    }
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

  // Every earlier day reads as its own edition did, entry by entry.
  for (const auto& [day, entries] : editions) {
    std::map<std::string, std::string> held;
    v1::ListEntriesRequest page;
    page.set_list("us-bis/ccl");
    page.mutable_at()->set_as_of(day);
    do {
      const auto read = replica->snapshot()->ListEntries(page);
      ASSERT_TRUE(read.ok()) << read.status();
      for (const v1::AuthorityItem& item : read->entries()) {
        held[item.entry().key()] = item.entry().SerializeAsString();
      }
      page.set_after_key(read->next_key());
    } while (!page.after_key().empty());
    EXPECT_EQ(held.size(), entries.size()) << day;
    EXPECT_TRUE(held == entries) << day;
  }
  std::printf("%zu dated editions read back from one list\n", editions.size());
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
  size_t unused = 0;
  bool interception = false;
  for (const v1::Entry& entry : edition.entries) {
    bases += entry.key().size() == 5 ? 1 : 0;
    unused += entry.item().status() == v1::ITEM_STATUS_RESERVED ? 1 : 0;
    interception = interception || entry.key() == "5A001.f.1";
  }
  EXPECT_EQ(bases, 366u);
  EXPECT_EQ(unused, 105u);
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

// How the rule links the items of two real lists, by origin digit; printed, so that people see
// what it does. What must hold: base entries of digits 0-2 that both lists have are linked but
// for the known exceptions, and nothing below a base entry of digit 3 is.
TEST_F(RealListsTest, LinksOfTheUsAndNorwegianListsByOriginDigit) {
  const Edition norway = Read("no-list2", "items/no_list2_2022/regulations.json");
  const Edition us = Read("us-ccl-history", "items/us_ccl_history/ccl-2022-02-03.jsonl.gz");
  const auto codes_of = [](const Edition& edition, std::string_view issuer) {
    std::map<std::string, ParsedCode> codes;
    int unread = 0;
    for (const v1::Entry& entry : edition.entries) {
      // Supplements repeat codes with other content; Supplement No. 1 is the list.
      if (!entry.item().supplement().empty() && entry.item().supplement() != "1") continue;
      auto code = ParseCode(entry.item().code(), issuer);
      unread += code.has_value() ? 0 : 1;
      if (!code.has_value()) continue;
      // The history names only the last paragraphs: their base entries exist all the same.
      if (auto base = ParseCode(code->base, issuer)) codes.emplace(base->canonical, *base);
      codes.emplace(code->canonical, *std::move(code));
    }
    std::printf("%s: %zu codes, %d not read\n", std::string(issuer).c_str(), codes.size(), unread);
    // Both sources number some lists below notes in ways that are no codes ("3A002.1.a").
    EXPECT_LE(unread, static_cast<int>(edition.entries.size()) / 50);
    return codes;
  };
  const std::map<std::string, ParsedCode> left = codes_of(us, "us");
  const std::map<std::string, ParsedCode> right = codes_of(norway, "no");
  struct Counts {
    int identical = 0, candidate = 0, apart = 0;
  };
  std::map<std::pair<int, bool>, Counts> counts;
  std::vector<std::string> apart_bases;
  for (const auto& [canonical, code] : left) {
    const auto twin = right.find(canonical);
    if (twin == right.end()) continue;
    Counts& count = counts[{code.origin_digit, code.is_base()}];
    switch (LinkByRule(code, "us", twin->second, "no").degree) {
      case LinkDegree::kIdentical:
        ++count.identical;
        EXPECT_TRUE(code.is_base() && code.origin_digit <= 2) << canonical;
        break;
      case LinkDegree::kCandidate:
        ++count.candidate;
        break;
      default:
        ++count.apart;
        if (code.is_base() && code.origin_digit <= 2) apart_bases.push_back(canonical);
    }
  }
  std::printf("digit  level  identical  candidate  apart\n");
  for (const auto& [key, count] : counts) {
    std::printf("%5d  %-5s  %9d  %9d  %5d\n", key.first, key.second ? "base" : "below",
                count.identical, count.candidate, count.apart);
  }
  EXPECT_GE((counts[{0, true}].identical), 150);
  EXPECT_GE((counts[{1, true}].identical), 80);
  EXPECT_GE((counts[{2, true}].identical), 70);
  EXPECT_EQ(apart_bases, (std::vector<std::string>{"9A115", "9A120"}));
  EXPECT_EQ((counts[{3, true}].identical), 0);
  EXPECT_EQ((counts[{3, false}].candidate), 0);
}

TEST_F(RealListsTest, EveryRegimeReferenceOfTheUkIsRead) {
  for (const auto& [file, scheme] : std::map<std::string, CodeScheme>{
           {"MTCR_Cat_1_regimes.csv", CodeScheme::kMtcr},
           {"MTCR_Cat_2_regimes.csv", CodeScheme::kMtcr},
           {"NSG_Dual_use.csv", CodeScheme::kNsg},
           {"NSG_Potential_trigger_list.csv", CodeScheme::kNsgTrigger}}) {
    std::ifstream lines(g_data / "items/uk_regimes" / file);
    int read = 0;
    for (std::string line; std::getline(lines, line);) {
      const std::string reference = line.substr(0, line.find(','));
      // Headings of parts and groups ("N1A", "T") are no items.
      if (line.find(",PARENT,") != std::string::npos || reference.size() < 2) continue;
      const auto code = ParseCode(reference);
      EXPECT_TRUE(code.has_value() && code->scheme == scheme) << file << ": " << reference;
      ++read;
    }
    EXPECT_GT(read, 20) << file;
  }
}

TEST_F(RealListsTest, EveryHsCodeIsRead) {
  std::ifstream lines(g_data / "reference/hs/harmonized-system.csv");
  int read = 0;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const size_t comma = line.find(',');
    const std::string text = line.substr(comma + 1, line.find(',', comma + 1) - comma - 1);
    if (text == "TOTAL" || text.empty() || text[0] < '0' || text[0] > '9') continue;
    // What is kept for parties to the convention, or unspecified, is no heading.
    if (text.substr(0, 2) == "99" || text.substr(0, 2) == "98") continue;
    const auto code = ParseCode(text);
    EXPECT_TRUE(code.has_value() && code->scheme == CodeScheme::kHs) << text;
    ++read;
  }
  EXPECT_GT(read, 5000);
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
