// The rule against pairs that people judged (tests/testdata/codes/labelled_pairs.tsv).
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "storage/match/code_link.h"
#include "storage/match/parsed_code.h"

namespace comity {
namespace {

struct Pair {
  std::string left, left_issuer, right, right_issuer, label, why;
};

std::vector<Pair> ReadPairs() {
  std::vector<Pair> pairs;
  std::ifstream file(std::string(COMITY_TESTDATA) + "/codes/labelled_pairs.tsv");
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> cells;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, '\t');) cells.push_back(cell);
    EXPECT_EQ(cells.size(), 6u) << line;
    if (cells.size() == 6) {
      pairs.push_back({cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]});
    }
  }
  return pairs;
}

std::string Decide(const Pair& pair) {
  const auto left = ParseCode(pair.left, pair.left_issuer);
  const auto right = ParseCode(pair.right, pair.right_issuer);
  if (!left.has_value() || !right.has_value()) return "apart";
  const Link link = LinkByRule(*left, pair.left_issuer, *right, pair.right_issuer);
  const Link back = LinkByRule(*right, pair.right_issuer, *left, pair.left_issuer);
  EXPECT_EQ(link.degree, back.degree) << pair.left << " and " << pair.right << " by direction";
  EXPECT_EQ(link.origin, LinkOrigin::kRule);
  EXPECT_STRNE(link.why, "");
  const std::string degree = LinkDegreeName(link.degree);
  return degree == "none" ? "apart" : degree;
}

// "0" to "9" for the shared numbering, "other" elsewhere. Read from the text itself.
std::string DigitOf(const Pair& pair) {
  for (const std::string& code : {pair.left, pair.right}) {
    const size_t at = code.find_first_not_of(' ');
    if (at + 2 < code.size() && code[at] >= '0' && code[at] <= '9' &&
        std::string("ABCDEabcde").find(code[at + 1]) != std::string::npos && code[at + 2] >= '0' &&
        code[at + 2] <= '9') {
      return code.substr(at + 2, 1);
    }
  }
  return "other";
}

double Share(int part, int whole) { return whole == 0 ? 1.0 : static_cast<double>(part) / whole; }

struct Counts {
  int pairs = 0;
  // By class: judged so, decided so, both.
  std::map<std::string, int> judged, decided, both;
};

TEST(LabelledPairsTest, NoFalseLinkOfBaseEntriesAndFewElsewhere) {
  const std::vector<Pair> pairs = ReadPairs();
  ASSERT_GE(pairs.size(), 300u);
  std::map<std::string, Counts> by_digit;
  for (const Pair& pair : pairs) {
    const std::string decided = Decide(pair);
    for (Counts* counts : {&by_digit[DigitOf(pair)], &by_digit["all"]}) {
      ++counts->pairs;
      ++counts->judged[pair.label];
      ++counts->decided[decided];
      if (decided == pair.label) ++counts->both[decided];
    }
    if (decided == "identical") {
      EXPECT_EQ(pair.label, "identical")
          << "a false link: " << pair.left << " of " << pair.left_issuer << " and " << pair.right
          << " of " << pair.right_issuer << ": " << pair.why;
    }
    // What is apart may at worst be offered for reading.
    if (pair.label == "identical") {
      EXPECT_EQ(decided, "identical") << pair.left << " " << pair.right << ": " << pair.why;
    }
  }
  std::printf("digit  pairs  identical p/r   candidate p/r   apart p/r\n");
  for (auto& [digit, counts] : by_digit) {
    std::printf("%-6s %5d", digit.c_str(), counts.pairs);
    for (const char* label : {"identical", "candidate", "apart"}) {
      std::printf("   %.3f / %.3f", Share(counts.both[label], counts.decided[label]),
                  Share(counts.both[label], counts.judged[label]));
    }
    std::printf("\n");
  }
  Counts& all = by_digit["all"];
  EXPECT_EQ(all.both["identical"], all.decided["identical"]);
  EXPECT_GE(Share(all.both["candidate"], all.decided["candidate"]), 0.95);
  EXPECT_GE(Share(all.both["apart"], all.judged["apart"]), 0.95);
}

TEST(LabelledPairsTest, KnownFalseFriendsStayApartBetweenTheUsAndOthers) {
  for (const char* text : {"1C351.a.25", "2B350.d.5", "6A205.e", "6A205.f", "9A106.b", "9A106.e",
                           "9A115", "9A120", "2B201.a", "1C240.b"}) {
    const auto code = ParseCode(text);
    ASSERT_TRUE(code.has_value());
    for (const char* other : {"no", "eu", "gb", "au", ""}) {
      EXPECT_EQ(LinkByRule(*code, "us", *code, other).degree, LinkDegree::kNone)
          << text << " us " << other;
    }
  }
  // Two of one family took over one text.
  EXPECT_EQ(LinkByRule(*ParseCode("9A115"), "no", *ParseCode("9A115"), "eu").degree,
            LinkDegree::kIdentical);
}

// Read without an issuer, as who looks a code up does.
TEST(LinkAmongTest, TheEusSeriesIsOneWithinItsFamily) {
  const auto base = ParseCode("4A506");
  EXPECT_EQ(LinkAmong(*base, {"eu", "fr", "no"})->degree, LinkDegree::kCandidate);
  EXPECT_EQ(LinkAmong(*base, {"eu", "us"})->degree, LinkDegree::kNone);
  EXPECT_EQ(LinkAmong(*ParseCode("4A506.a"), {"eu", "no"})->degree, LinkDegree::kNone);
  EXPECT_EQ(LinkAmong(*ParseCode("4A906"), {"eu", "no"})->degree, LinkDegree::kNone);
}

TEST(LinkAmongTest, TheWeakestOfAllPairsCounts) {
  const auto code = ParseCode("0D001");
  EXPECT_FALSE(LinkAmong(*code, {"no"}).has_value());
  EXPECT_EQ(LinkAmong(*code, {"eu", "no"})->degree, LinkDegree::kIdentical);
  EXPECT_EQ(LinkAmong(*code, {"eu", "no", "us"})->degree, LinkDegree::kCandidate);
  EXPECT_EQ(LinkAmong(*code, {"eu", "jp", "us"})->degree, LinkDegree::kNone);
  EXPECT_EQ(Reversed(LinkDegree::kBroader), LinkDegree::kNarrower);
  EXPECT_EQ(Reversed(LinkDegree::kOverlaps), LinkDegree::kOverlaps);
}

}  // namespace
}  // namespace comity
