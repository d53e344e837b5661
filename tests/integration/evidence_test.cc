// An authority that signs two histories: found by its neighbours, proven to anyone, mended.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

namespace fs = std::filesystem;

class EvidenceIntegrationTest : public LabTest {
 protected:
  // The United States publish one history to Norway and, from an old copy that an operator let
  // sign, another one to Japan.
  void Fork() {
    Up({"us-bis", "jp-meti", "no-mfa"});
    ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}}, "Act 1").exit, 0);
    ASSERT_TRUE(EventuallyEqual({"us-bis", "jp-meti", "no-mfa"}));
    ASSERT_EQ(Lab("stop").exit, 0);
    const std::string data = directory_ + "/daemons/us/data";
    fs::copy(data, data + ".old", fs::copy_options::recursive);
    ASSERT_EQ(Lab("start", {"us-bis"}).exit, 0);
    ASSERT_EQ(Lab("start", {"no-mfa"}).exit, 0);
    ASSERT_EQ(As("us-bis/admin", {"signing", "release", "--reason", "test", "--yes"}).exit, 0);
    ASSERT_EQ(Publish("us-bis", {{"5A001", "for norway"}}, "Act 2", "2020-02-01").exit, 0);
    ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
    ASSERT_EQ(Lab("stop").exit, 0);
    fs::remove_all(data);
    fs::rename(data + ".old", data);
    ASSERT_EQ(Lab("start", {"us-bis"}).exit, 0);
    ASSERT_EQ(Lab("start", {"jp-meti"}).exit, 0);
    ASSERT_EQ(As("us-bis/admin", {"signing", "release", "--reason", "test", "--yes"}).exit, 0);
    ASSERT_EQ(Publish("us-bis", {{"5A001", "for japan"}}, "Act 2", "2020-02-01").exit, 0);
    ASSERT_TRUE(EventuallyEqual({"us-bis", "jp-meti"}));
    ASSERT_EQ(Lab("stop", {"us-bis"}).exit, 0);
    ASSERT_EQ(Lab("start", {"no-mfa"}).exit, 0);
  }
  bool Contested(const std::string& authority) {
    const auto list =
        As(authority + "/screener", {"list", "show", "us-bis/list", "-o", "json"}).Json();
    return list.is_object() && list.value("contested", false);
  }
  std::string RosterDigest() {
    std::ifstream file(directory_ + "/us-bis/operator.yaml");
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    return text.substr(text.find("digest: ") + 8, 64);
  }
  std::string Key(const std::string& path) { return directory_ + "/" + path; }
};

TEST_F(EvidenceIntegrationTest, IsFoundShownVerifiedOfflineAndEndedBySuccession) {
  Fork();
  ASSERT_TRUE(Eventually([&] { return Contested("no-mfa") && Contested("jp-meti"); }))
      << As("no-mfa/operator", {"peer", "ls"}).out;

  // Every answer, the status and the peers say so; what is held is served on.
  const Result item = As("no-mfa/screener", {"item", "show", "5A001"});
  EXPECT_EQ(item.exit, 0);
  EXPECT_NE(item.out.find("for norway"), std::string::npos) << item.out;
  EXPECT_NE(item.out.find("CONTESTED"), std::string::npos) << item.out;
  EXPECT_NE(As("jp-meti/screener", {"item", "show", "5A001"}).out.find("for japan"),
            std::string::npos);
  EXPECT_NE(As("no-mfa/operator", {"status"}).out.find("ALARM        us-bis/list is contested"),
            std::string::npos)
      << As("no-mfa/operator", {"status"}).out;
  EXPECT_NE(As("no-mfa/operator", {"list", "ls"}).out.find("CONTESTED"), std::string::npos);
  ASSERT_TRUE(Eventually([&] {
    return As("no-mfa/operator", {"peer", "ls"}).out.find("contested") != std::string::npos;
  }));

  // The proof as one file, verified with nothing but the roster's digest.
  const auto all = As("no-mfa/operator", {"evidence", "ls", "-o", "json"}).Json();
  // Of the authority; perhaps also of its own participant, who stated HELD for both.
  std::string digest;
  for (const nlohmann::json& one : all["evidence"]) {
    if (one["heldBy"] == "") digest = one["digest"];
  }
  ASSERT_FALSE(digest.empty()) << all;
  const std::string file = directory_ + "/fork.evidence";
  ASSERT_EQ(As("no-mfa/screener", {"evidence", "show", digest}).exit, 0);
  ASSERT_EQ(As("no-mfa/screener", {"evidence", "export", digest.substr(0, 8), "--out", file}).exit,
            0);
  const std::string comity = std::string(COMITY_BIN_DIR) + "/comity";
  const Result good =
      Execute({comity, "evidence", "verify", file, "--roster-digest", RosterDigest()});
  EXPECT_EQ(good.exit, 0) << good.err;
  EXPECT_NE(good.err.find("us-bis signed that"), std::string::npos) << good.err;
  EXPECT_EQ(
      Execute({comity, "evidence", "verify", file, "--roster-digest", std::string(64, '0')}).exit,
      1);
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekg(300);
  const char old = static_cast<char>(bytes.get());
  bytes.seekp(300);
  bytes.put(static_cast<char>(old ^ 1));
  bytes.close();
  EXPECT_EQ(Execute({comity, "evidence", "verify", file, "--roster-digest", RosterDigest()}).exit,
            1);
  EXPECT_EQ(Execute({comity, "evidence", "verify", directory_ + "/roster.envelope",
                     "--roster-digest", RosterDigest()})
                .exit,
            3);
  EXPECT_EQ(As("no-mfa/operator", {"evidence", "show", "0123456789"}).exit, 3);

  // Its own daemon learns of it and publishes no more.
  ASSERT_EQ(Lab("start", {"us-bis"}).exit, 0);
  ASSERT_TRUE(Eventually([&] { return Contested("us-bis"); }));
  EXPECT_EQ(Publish("us-bis", {{"5A001", "three"}}, "Act 3", "2020-03-01").exit, 7);

  // Succession: the authority's root, two governments, its officers.
  const std::string draft = directory_ + "/succession.draft";
  ASSERT_EQ(As("us-bis/publisher", {"succession", "draft", "us-bis/list", "--size", "3",
                                    "--citation", "Treaty 1", "--out", draft})
                .exit,
            0);
  EXPECT_EQ(Execute({comity, "succession", "sign", draft, "--key",
                     (fs::path(directory_) / "us-bis" / "root" / "root-1.key").string(), "--key",
                     Key("daemons/no/keys/statement.key"), "--officer-key",
                     Key("us-bis/officers/officer-1.key"), "--officer-key",
                     Key("us-bis/officers/officer-2.key")})
                .exit,
            0);
  const Result few = As("us-bis/publisher", {"succession", "submit", draft});
  EXPECT_EQ(few.exit, 6) << few.err;
  EXPECT_NE(few.err.find("1 of the 2 participants"), std::string::npos) << few.err;
  EXPECT_EQ(
      Execute({comity, "succession", "sign", draft, "--key", Key("daemons/jp/keys/statement.key")})
          .exit,
      0);
  const Result shown = Execute({comity, "succession", "show", draft});
  EXPECT_NE(shown.out.find("us-bis/list/2"), std::string::npos) << shown.out;
  const Result submitted = As("us-bis/publisher", {"succession", "submit", draft});
  ASSERT_EQ(submitted.exit, 0) << submitted.err;
  ASSERT_TRUE(EventuallyEqual({"us-bis", "jp-meti", "no-mfa"}));
  EXPECT_FALSE(Contested("no-mfa"));
  EXPECT_NE(As("no-mfa/screener", {"item", "show", "5A001"}).out.find("for japan"),
            std::string::npos);
  EXPECT_EQ(Publish("us-bis", {{"5A001", "on"}}, "Act 3", "2020-03-01").exit, 0);
  EXPECT_TRUE(EventuallyEqual({"us-bis", "jp-meti", "no-mfa"}));

  // What was contested is over: who starts anew has nothing to be alarmed about.
  const std::string log = directory_ + "/daemons/no/log";
  EXPECT_NE(ReadAll(log).find("us-bis/list is CONTESTED"), std::string::npos);
  ASSERT_EQ(Lab("stop", {"no-mfa"}).exit, 0);
  const size_t before = ReadAll(log).size();
  ASSERT_EQ(Lab("start", {"no-mfa"}).exit, 0);
  ASSERT_TRUE(EventuallyEqual({"us-bis", "jp-meti", "no-mfa"}));
  EXPECT_EQ(ReadAll(log).find("CONTESTED", before), std::string::npos);
}

}  // namespace
}  // namespace comity::integration
