// `comity list export`: any list, at any point in time, as a file that reads back; `comity
// export`: the merged view with who said what.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

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

// Lists of all five kinds by two authorities, one of them known to the other through its daemon.
class ViewExportIntegrationTest : public LabTest {
 protected:
  void UpWithAllKinds() {
    Up({"us-bis", "no-mfa"});
    Put("us-bis", "ccl", "code,heading,text\n5A001,Radios,\"A, b\"\n5A002,Ciphers,c\n");
    Put("us-bis", "parties",
        "source_id,name,aliases,party_kind,addresses,nationalities,programmes,listed_on\n"
        "1,Jane Example,J. Example;Jay,person,1 Harbour Street,AQ,EL,2020-01-01\n"
        "2,Example Trading,,entity,,,EL;MEU,2020\n");
    Put("no-mfa", "rules", "article,heading,destinations\nArticle 5,Catch-all,unspecified\n");
    Put("no-mfa", "denials",
        "reference,party_name,notifying_government,control_codes\n"
        "NO 1,Example Trading,no,5A001;5A002\n");
    Put("no-mfa", "map",
        "left_code,left_issuer,right_code,right_issuer,degree,link_origin,source_citation\n"
        "5A001,us,5A001,no,identical,rule,The numbering\n");
    ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  }
  Result PutFile(const std::string& authority, const std::string& list, const std::string& path,
                 const std::string& citation, const std::string& day) {
    return As(authority + "/publisher",
              {"publish", "--list", list, "--format", "csv", "--from", path, "--effective", day,
               "--citation", citation, "--yes", "-o", "json"});
  }
  void Put(const std::string& authority, const std::string& list, const std::string& csv,
           const std::string& citation = "Act 1", const std::string& day = "2021-01-01") {
    const std::string path = directory_ + "/" + list + ".csv";
    std::ofstream(path) << csv;
    const Result put = PutFile(authority, list, path, citation, day);
    ASSERT_EQ(put.exit, 0) << put.err;
  }
  Result Export(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "export");
    return As("no-mfa/screener", std::move(arguments));
  }
  static std::vector<nlohmann::json> Lines(const std::string& text) {
    std::vector<nlohmann::json> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }
  // "LIST KEY" of each record.
  static std::set<std::string> Keys(const Result& result) {
    std::set<std::string> keys;
    for (const nlohmann::json& one : Lines(result.out)) {
      keys.insert(one["list"].get<std::string>() + " " + one["entry"]["key"].get<std::string>());
    }
    return keys;
  }
};

TEST_F(ViewExportIntegrationTest, EveryKindOfListReadsBackFromCsvAndEntries) {
  UpWithAllKinds();
  for (const char* list :
       {"us-bis/ccl", "us-bis/parties", "no-mfa/rules", "no-mfa/denials", "no-mfa/map"}) {
    SCOPED_TRACE(list);
    const std::string authority = std::string(list).substr(0, 6);
    for (const char* format : {"csv", "entries"}) {
      const std::string path = directory_ + "/again." + format;
      const Result out =
          As("no-mfa/screener", {"list", "export", list, "--format", format, "--out", path});
      ASSERT_EQ(out.exit, 0) << out.err;
      EXPECT_EQ(out.err.find("more than CSV columns can say"), std::string::npos) << out.err;
      const Result again =
          As(authority + "/publisher",
             {"publish", "--list", std::string(list).substr(7), "--format", format, "--from", path,
              "--effective", "2022-01-01", "--citation", "Act 2", "--yes"});
      EXPECT_EQ(again.exit, 0) << again.err;
      EXPECT_EQ(As("us-bis/screener", {"list", "show", list, "-o", "json"}).Json()["size"], 2)
          << "it said nothing new";
    }
    const auto records =
        Lines(As("us-bis/screener", {"list", "export", list, "--format", "jsonl"}).out);
    ASSERT_FALSE(records.empty());
    EXPECT_EQ(records[0]["list"], list);
  }
}

TEST_F(ViewExportIntegrationTest, TheMergedViewSaysWhoSaidWhatWhenAndByWhichAct) {
  UpWithAllKinds();
  const Result all = Export({});
  ASSERT_EQ(all.exit, 0) << all.err;
  EXPECT_EQ(Keys(all),
            (std::set<std::string>{"no-mfa/denials NO-1", "no-mfa/map 5A001@us=5A001@no",
                                   "no-mfa/rules Article-5", "us-bis/ccl 5A001", "us-bis/ccl 5A002",
                                   "us-bis/parties 1", "us-bis/parties 2"}));
  for (const nlohmann::json& one : Lines(all.out)) {
    const std::string list = one["list"];
    EXPECT_EQ(one["authority"], list.substr(0, 6));
    EXPECT_EQ(one["index"], 1);
    EXPECT_EQ(one["citation"], "Act 1");
    EXPECT_EQ(one["effectiveFrom"], "2021-01-01");
    EXPECT_EQ(one["entryHash"].get<std::string>().size(), 64u);
    EXPECT_TRUE(one.contains("publishedAt"));
  }
  const size_t token_at = all.err.find("Token f1.");
  ASSERT_NE(token_at, std::string::npos) << all.err;
  const std::string token =
      all.err.substr(token_at + 6, all.err.find('\n', token_at) - token_at - 6);

  // Then, and at both ends of the federation alike.
  Put("us-bis", "ccl", "code,heading,text\n5A001,Radios,other\n5A002,Ciphers,c\n5A003,New,n\n",
      "Act 3", "2023-01-01");
  EXPECT_EQ(Keys(Export({"--list", "us-bis/ccl", "--as-of", "2023-01-01", "--known-at", token})),
            (std::set<std::string>{"us-bis/ccl 5A001", "us-bis/ccl 5A002"}));
  const Result then = Export({"--known-at", token, "--as-of", "2022-01-01"});
  EXPECT_EQ(As("us-bis/screener", {"export", "--known-at", token, "--as-of", "2022-01-01"}).out,
            then.out);

  // What is asked for alone.
  EXPECT_EQ(Keys(Export({"--kind", "parties"})),
            (std::set<std::string>{"us-bis/parties 1", "us-bis/parties 2"}));
  EXPECT_EQ(Keys(Export({"--authority", "no-mfa", "--kind", "rules", "--kind", "denials"})),
            (std::set<std::string>{"no-mfa/denials NO-1", "no-mfa/rules Article-5"}));
  EXPECT_EQ(Keys(Export({"--tier", "common", "--list", "no-mfa/map"})).size(), 1u);

  const Result csv = Export({"--format", "csv"});
  ASSERT_EQ(csv.exit, 0) << csv.err;
  EXPECT_THAT(csv.out, HasSubstr("authority,list,kind,index,entry_hash,citation"));
  EXPECT_THAT(csv.out, HasSubstr("no-mfa,no-mfa/denials,denials,1,"));
  EXPECT_THAT(csv.out, HasSubstr("5A001;5A002"));
  EXPECT_THAT(csv.out, HasSubstr("us-bis,us-bis/parties,parties,1,"));
}

TEST_F(ViewExportIntegrationTest, PartiesAreToldAsFollowTheMoneyEntities) {
  UpWithAllKinds();
  const std::string path = directory_ + "/parties.ftm.json";
  const Result ftm = Export({"--format", "ftm", "--out", path});
  ASSERT_EQ(ftm.exit, 0) << ftm.err;
  EXPECT_THAT(ftm.err, HasSubstr("made of parties alone: no-mfa/denials"));
  EXPECT_EQ(ftm.out, "");
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  std::map<std::string, std::string> names;
  std::map<std::string, nlohmann::json> sanctions;
  for (const nlohmann::json& one : Lines(text.str())) {
    const nlohmann::json& p = one["properties"];
    if (one["schema"] == "Sanction") {
      sanctions[p["entity"][0]] = p;
    } else if (p.contains("name")) {
      names[one["id"]] = one["schema"].get<std::string>() + " " + p["name"][0].get<std::string>();
    }
  }
  ASSERT_EQ(names.size(), 2u);
  for (const auto& [id, name] : names) {
    ASSERT_TRUE(sanctions.contains(id)) << name;
    EXPECT_EQ(sanctions[id]["authority"][0], "us-bis");
    EXPECT_EQ(sanctions[id]["summary"][0], "Act 1");
    EXPECT_EQ(sanctions[id]["startDate"][0], "2021-01-01");
    EXPECT_TRUE(name == "Person Jane Example" || name == "Organization Example Trading") << name;
  }
}

TEST_F(ViewExportIntegrationTest, WhatThereIsNotIsSaidAndLeavesNoFile) {
  UpWithAllKinds();
  const std::string path = directory_ + "/out/view.jsonl";
  std::filesystem::create_directories(directory_ + "/out");
  std::ofstream(path) << "before";
  Result r = Export({"--list", "us-bis/clc", "--out", path});
  EXPECT_EQ(r.exit, 3);
  EXPECT_THAT(r.err, HasSubstr("us-bis/ccl"));
  EXPECT_EQ(Export({"--authority", "us-bsi", "--out", path}).exit, 3);
  EXPECT_EQ(Export({"--as-of", "1999-01-01", "--out", path}).exit, 3);
  EXPECT_EQ(Export({"--format", "ftm", "--kind", "items", "--out", path}).exit, 3);
  EXPECT_EQ(Export({"--format", "xml"}).exit, 3);
  EXPECT_EQ(Export({"--kind", "items", "--out", directory_ + "/none/view"}).exit, 3);
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), "before");
  size_t files = 0;
  for ([[maybe_unused]] const auto& file :
       std::filesystem::directory_iterator(directory_ + "/out")) {
    ++files;
  }
  EXPECT_EQ(files, 1u);
}

}  // namespace
}  // namespace comity::integration
