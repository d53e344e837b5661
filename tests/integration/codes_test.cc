// Denials, correlations, search and arrangements, as a user meets them.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/integration/examples.h"
#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

class CodesTest : public LabTest {
 protected:
  void SetUp() override {
    Up({"jp-meti", "no-mfa", "us-bis"}, {"--arrangements", kExamples + "arrangements.yaml"});
    ASSERT_EQ(Publish("us-bis", {{"5A001.f.1", "interception gear"}, {"4A980", "fingerprints"}},
                      "90 FR 1")
                  .exit,
              0);
    ASSERT_EQ(Publish("no-mfa", {{"5A001.f.1", "interception gear"}}, "FOR-1").exit, 0);
    ASSERT_EQ(Publish("jp-meti", {{"９の項", "telecommunications"}}, "METI 1").exit, 0);
    const Result map =
        As("us-bis/publisher", {"publish", "--list", "map", "--format", "entries", "--from",
                                kExamples + "surveillance-map.jsonl", "--effective", "2020-01-01",
                                "--citation", "Map 1", "--yes"});
    ASSERT_EQ(map.exit, 0) << map.err;
    ASSERT_TRUE(EventuallyEqual({"jp-meti", "no-mfa", "us-bis"}));
  }
};

TEST_F(CodesTest, ATechnologyIsAskedForByName) {
  const Result found =
      As("jp-meti/screener", {"item", "search", "facial recognition", "-o", "json"});
  ASSERT_EQ(found.exit, 0) << found.err;
  const auto json = found.Json();
  bool article = false;
  bool not_listed = false;
  for (const auto& link : json["linked"]) {
    article = article || link["to"].value("article", "") == "Article 5";
    not_listed = not_listed || link["to"].value("notListed", false);
  }
  EXPECT_TRUE(article && not_listed) << found.out;
  const Result table = As("jp-meti/screener", {"item", "search", "Facial", "recognition"});
  EXPECT_NE(table.out.find("not on the list; Article 5 (eu)"), std::string::npos) << table.out;
  const Result words = As("no-mfa/screener", {"item", "search", "fingerprint", "-o", "csv"});
  EXPECT_NE(words.out.find("us-bis/list,4A980"), std::string::npos) << words.out;
  EXPECT_EQ(As("no-mfa/screener", {"item", "search", "..."}).exit, 3);
  const Result nothing = As("no-mfa/screener", {"item", "search", "bicycles"});
  EXPECT_EQ(nothing.exit, 0);
  EXPECT_NE(nothing.out.find("Nothing found"), std::string::npos) << nothing.out;
}

TEST_F(CodesTest, AnArrangementScopesAnItemAndSaysWhatJoiningWouldChange) {
  const Result echri = As("us-bis/screener", {"item", "show", "5A001.f.1", "--arrangement", "echri",
                                              "--as-if", "jp", "-o", "json"});
  ASSERT_EQ(echri.exit, 0) << echri.err;
  const auto json = echri.Json();
  EXPECT_EQ(json["authorities"].size(), 2u);
  EXPECT_EQ(json["arrangement"]["change"], "cannot say") << echri.out;
  const Result jucip =
      As("us-bis/screener", {"item", "show", "5A001.f.1", "--arrangement", "jucip"});
  EXPECT_EQ(jucip.out.find("no-mfa"), std::string::npos) << jucip.out;
  EXPECT_NE(jucip.out.find("their list numbers in another way there: jp"), std::string::npos)
      << jucip.out;
  const Result unknown =
      As("us-bis/screener", {"item", "show", "5A001.f.1", "--arrangement", "g77"});
  EXPECT_EQ(unknown.exit, 3);
  EXPECT_NE(unknown.err.find("wassenaar"), std::string::npos) << unknown.err;
  EXPECT_EQ(As("us-bis/screener", {"item", "show", "5A001.f.1", "--as-if", "jp"}).exit, 3);
}

TEST_F(CodesTest, DenialsArePublishedAndRead) {
  const std::string file = directory_ + "/denials.csv";
  std::ofstream(file) << "reference,party_name,notifying_government,control_codes\n"
                         "NO 1,Example Trading,no,5A001.f.1\n";
  const Result published =
      As("no-mfa/publisher", {"publish", "--list", "denials", "--format", "csv", "--from", file,
                              "--effective", "2020-01-01", "--citation", "N 1", "--yes"});
  ASSERT_EQ(published.exit, 0) << published.err;
  const Result got = As("no-mfa/screener", {"entry", "get", "no-mfa/denials", "NO-1"});
  EXPECT_NE(got.out.find("Example Trading"), std::string::npos) << got.out;
  EXPECT_NE(got.out.find("Codes: 5A001.f.1"), std::string::npos) << got.out;
}

}  // namespace
}  // namespace comity::integration
