// `comity list export`: any list, at any point in time, as a file that reads back.
#include <gmock/gmock.h>

#include <fstream>

#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

using ::testing::HasSubstr;

class ExportIntegrationTest : public LabTest {
 protected:
  // One dated edition of two supplements, a code twice, a null heading.
  std::string Edition(const std::string& day, const std::string& text) {
    const std::string path = directory_ + "/" + day + ".jsonl";
    const auto line = [&](const std::string& rest) {
      return "{\"version\":\"" + day + "\"," + rest + "}\n";
    };
    std::ofstream(path)
        << line("\"code\":\"5A001.f.1\",\"heading\":\"h\",\"supplement\":\"1\",\"text\":\"" + text +
                "\"")
        << line("\"code\":\"6A002.a\",\"heading\":\"first\",\"supplement\":\"6\",\"text\":\"t\"")
        << line("\"code\":\"6A002.a\",\"heading\":null,\"supplement\":\"6\",\"text\":\"again\"");
    return path;
  }
  Result PublishEdition(const std::string& path, const std::string& citation) {
    return As("us-bis/publisher", {"publish", "--list", "ccl", "--format", "us-ccl-history",
                                   "--from", path, "--citation", citation, "--yes"});
  }
  Result Export(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"list", "export", "us-bis/ccl"});
    return As("us-bis/screener", std::move(arguments));
  }
};

TEST_F(ExportIntegrationTest, EveryEditionReadsBackAtItsSize) {
  Up({"us-bis", "no-mfa"});
  ASSERT_EQ(PublishEdition(Edition("2020-01-01", "one"), "Act 1").exit, 0);
  ASSERT_EQ(PublishEdition(Edition("2020-02-01", "two"), "Act 2").exit, 0);
  Result first = Export({"--format", "us-ccl-history", "--at", "2"});
  ASSERT_EQ(first.exit, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("\"text\":\"one\""));
  EXPECT_THAT(first.out, HasSubstr("\"version\":\"2020-01-01\""));
  EXPECT_THAT(first.out, HasSubstr("\"heading\":null"));
  Result second = Export({"--format", "us-ccl-history"});
  ASSERT_EQ(second.exit, 0) << second.err;
  EXPECT_THAT(second.out, HasSubstr("\"text\":\"two\""));
  EXPECT_EQ(Export({"--format", "us-ccl-history", "--as-of", "2020-01-15"}).out.find("two"),
            std::string::npos)
      << "the first edition was in force then";

  // What was exported says nothing new: publishing it again changes nothing.
  const std::string path = directory_ + "/again.jsonl";
  ASSERT_EQ(Export({"--format", "us-ccl-history", "--out", path}).exit, 0);
  const Result again = PublishEdition(path, "Act 3");
  EXPECT_EQ(again.exit, 0) << again.err;
  EXPECT_EQ(As("us-bis/screener", {"list", "show", "us-bis/ccl", "-o", "json"}).Json()["size"], 3);

  EXPECT_THAT(Export({"--format", "entries"}).out, HasSubstr("\"comityEntries\":1"));
  const Result csv = Export({"--format", "csv"});
  EXPECT_THAT(csv.out, HasSubstr("key,lang,code,supplement,heading,text"));
  EXPECT_THAT(csv.err, HasSubstr("1 of 2 entries hold more than CSV columns can say"));
}

TEST_F(ExportIntegrationTest, WhatCannotBeExportedIsSaid) {
  Up({"us-bis"});
  ASSERT_EQ(PublishEdition(Edition("2020-01-01", "one"), "Act 1").exit, 0);
  Result r = Export({"--at", "9"});
  EXPECT_EQ(r.exit, 3);
  EXPECT_THAT(r.err, HasSubstr("it has 2"));
  EXPECT_EQ(Export({"--at", "0"}).exit, 3);
  EXPECT_EQ(Export({"--at", "2", "--known-at", "2020-01-01T00:00:00Z"}).exit, 3);
  EXPECT_EQ(Export({"--format", "xlsx"}).exit, 3);
  r = Export({"--as-of", "1999-01-01"});
  EXPECT_EQ(r.exit, 3);
  EXPECT_THAT(r.err, HasSubstr("nothing to export"));
  EXPECT_EQ(r.out, "");
  r = As("us-bis/screener", {"list", "export", "us-bis/clc"});
  EXPECT_EQ(r.exit, 3);
  EXPECT_THAT(r.err, HasSubstr("us-bis/ccl"));
}

}  // namespace
}  // namespace comity::integration
