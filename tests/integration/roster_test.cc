// The roster changes while daemons run: keys, officers, members; views end equal.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

class RosterIntegrationTest : public LabTest {
 protected:
  std::string Key(const std::string& path, const std::string& name) {
    EXPECT_EQ(As("us-bis/admin", {"key", "generate", path, "--name", name}).exit, 0);
    return path;
  }
  // Drafts, has two of the three root keys sign, submits.
  Result Change(std::vector<std::string> edits) {
    const std::string draft = directory_ + "/roster.draft";
    edits.insert(edits.begin(), {"roster", "draft", "--out", draft});
    const Result drafted = As("us-bis/admin", edits);
    if (drafted.exit != 0) return drafted;
    EXPECT_NE(As("us-bis/admin", {"roster", "check", draft}).out.find("missing"),
              std::string::npos);
    const Result unsigned_yet = As("us-bis/admin", {"roster", "submit", draft});
    EXPECT_EQ(unsigned_yet.exit, 6) << unsigned_yet.err;
    EXPECT_EQ(
        As("us-bis/admin", {"roster", "sign", draft, "--key", Root(1), "--key", Root(2)}).exit, 0);
    const Result checked = As("us-bis/admin", {"roster", "check", draft});
    EXPECT_EQ(checked.exit, 0) << checked.err;
    EXPECT_NE(checked.out.find("signed    by all who must"), std::string::npos) << checked.out;
    return As("us-bis/admin", {"roster", "submit", draft});
  }
  bool EventuallyAt(int version, const std::vector<std::string>& authorities) {
    return Eventually([&] {
      for (const std::string& authority : authorities) {
        const Result status = As(authority + "/operator", {"status", "-o", "json"});
        if (status.exit != 0 || status.Json()["rosterVersion"] != version) return false;
      }
      return true;
    });
  }
  // The waits for its peers' word after opening anew are the command's own.
  Result PublishBy(const std::vector<std::string>& keys, const std::string& text,
                   const std::string& day) {
    std::vector<std::string> command = {"publish",
                                        "--list",
                                        "list",
                                        "--format",
                                        "csv",
                                        "--from",
                                        Csv({{"5A001", text}}),
                                        "--effective",
                                        day,
                                        "--citation",
                                        "Act " + text,
                                        "--yes",
                                        "-o",
                                        "json"};
    for (const std::string& key : keys) command.insert(command.end(), {"--key", key});
    return As("us-bis/publisher", command);
  }
  std::string Root(int number) {
    return directory_ + "/root" + "/root-" + std::to_string(number) + ".key";
  }
  std::string Officer(int number) {
    return directory_ + "/us-bis/officers/officer-" + std::to_string(number) + ".key";
  }
  std::string Heading(const std::string& authority) {
    const auto item = As(authority + "/screener", {"item", "show", "5a001", "-o", "json"}).Json();
    return item.contains("authorities") && !item["authorities"].empty()
               ? item["authorities"][0]["entry"]["item"]["heading"].get<std::string>()
               : "";
  }
  const std::vector<std::string> all_ = {"us-bis", "jp-meti", "no-mfa"};
};

TEST_F(RosterIntegrationTest, KeysRotateWhileDaemonsRunAndDraftsAreCarriedOver) {
  Up(all_);
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}}, "Act 1").exit, 0);
  ASSERT_TRUE(EventuallyEqual(all_));
  const std::string stale = directory_ + "/stale.draft";
  ASSERT_EQ(
      As("us-bis/publisher", {"revision", "draft", "--list", "list", "--format", "csv", "--from",
                              Csv({{"5A001", "one"}, {"5A002", "carried"}}), "--effective",
                              "2020-06-01", "--citation", "Act 9", "--out", stale})
          .exit,
      0);
  const std::string hushed = directory_ + "/hushed.draft";
  ASSERT_EQ(
      As("us-bis/publisher", {"revision", "draft", "--list", "hushed", "--audience", "jp",
                              "--format", "csv", "--from", Csv({{"5A001", "x"}}), "--effective",
                              "2020-06-01", "--citation", "Act 9", "--out", hushed})
          .exit,
      0);

  const std::string officer = Key(directory_ + "/officer-4.key", "us-bis/officer-4");
  const std::string log = Key(directory_ + "/daemons/us/keys/next-log.key", "us-bis/log-2");
  const std::string config = directory_ + "/daemons/us/comityd.yaml";
  std::ostringstream text;
  text << std::ifstream(config).rdbuf();
  std::string yaml = text.str();
  yaml.insert(yaml.find("sync:"), "  - authority: us-bis\n    file: keys/next-log.key\n");
  std::ofstream(config) << yaml;

  const Result changed =
      Change({"--add-key", "officer:us-bis=" + officer, "--set-key", "log:us-bis=" + log,
              "--revoke-key", "us-bis/officer-1@us-bis/list:2"});
  ASSERT_EQ(changed.exit, 0) << changed.err;
  ASSERT_TRUE(EventuallyAt(2, all_));
  ASSERT_TRUE(EventuallyEqual(all_));
  EXPECT_EQ(Heading("no-mfa"), "one") << "what was published before stands";

  EXPECT_EQ(PublishBy({Officer(1), Officer(2)}, "two", "2020-02-01").exit, 6);
  const Result published = PublishBy({Officer(2), officer}, "two", "2020-02-01");
  ASSERT_EQ(published.exit, 0) << published.err;
  ASSERT_TRUE(EventuallyEqual(all_));
  EXPECT_EQ(Heading("no-mfa"), "two");

  // A draft from before goes over, unsigned; its signatures would be under another roster.
  EXPECT_EQ(As("us-bis/publisher", {"revision", "submit", stale}).exit, 7);
  const Result rebased = As("us-bis/publisher", {"revision", "rebase", stale, "-o", "json"});
  ASSERT_EQ(rebased.exit, 0) << rebased.err;
  EXPECT_TRUE(rebased.Json()["rosterChanged"]);
  EXPECT_EQ(rebased.Json()["over"][0]["citation"], "Act two");
  ASSERT_EQ(
      As("us-bis/publisher", {"revision", "sign", stale, "--key", Officer(2), "--key", officer})
          .exit,
      0);
  const Result carried = As("us-bis/publisher", {"revision", "submit", stale});
  ASSERT_EQ(carried.exit, 0) << carried.err;
  ASSERT_TRUE(EventuallyEqual(all_));
  EXPECT_EQ(Heading("jp-meti"), "two") << "what others changed is not undone";
  // One that opens a list opens it for no more than it did.
  ASSERT_EQ(As("us-bis/publisher", {"revision", "rebase", hushed}).exit, 0);
  const Result still = As("us-bis/publisher", {"revision", "show", hushed});
  EXPECT_NE(still.out.find("audience    jp, us\n"), std::string::npos) << still.out << still.err;

  const auto versions = As("no-mfa/screener", {"roster", "log", "-o", "json"}).Json();
  ASSERT_EQ(versions["versions"].size(), 2u);
  EXPECT_EQ(versions["versions"][1]["changes"].size(), 5u) << versions.dump(1);
  // With the new chain a context verifies what the new log key signs.
  EXPECT_EQ(As("no-mfa/screener", {"roster", "export", directory_ + "/roster.envelope"}).exit, 0);
  const Result shown = As("no-mfa/screener", {"list", "show", "us-bis/list", "-o", "json"});
  EXPECT_EQ(shown.exit, 0) << shown.err;
}

TEST_F(RosterIntegrationTest, ARebaseThatConflictsSaysSoAndChangesNothing) {
  Up({"us-bis"});
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}}, "Act 1").exit, 0);
  const std::string stale = directory_ + "/stale.draft";
  ASSERT_EQ(As("us-bis/publisher", {"revision", "draft", "--list", "list", "--format", "csv",
                                    "--from", Csv({{"5A001", "mine"}}), "--effective", "2020-06-01",
                                    "--citation", "Act 9", "--out", stale})
                .exit,
            0);
  const Result untouched = As("us-bis/publisher", {"revision", "rebase", stale});
  EXPECT_EQ(untouched.exit, 0);
  EXPECT_NE(untouched.err.find("nothing moved"), std::string::npos) << untouched.err;
  ASSERT_EQ(Publish("us-bis", {{"5A001", "theirs"}}, "Act 2", "2020-02-01").exit, 0);
  std::ostringstream before, after;
  before << std::ifstream(stale, std::ios::binary).rdbuf();
  const Result rebased = As("us-bis/publisher", {"revision", "rebase", stale});
  EXPECT_EQ(rebased.exit, 7) << rebased.err;
  EXPECT_NE(rebased.err.find("leaf 2 changed"), std::string::npos) << rebased.err;
  EXPECT_NE(rebased.out.find("Act 2"), std::string::npos) << rebased.out;
  after << std::ifstream(stale, std::ios::binary).rdbuf();
  EXPECT_EQ(before.str(), after.str());
}

TEST_F(RosterIntegrationTest, WhatAStolenKeySignedIsVoidAtAllWheneverTheyLearnIt) {
  Up(all_);
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}}, "Act 1").exit, 0);
  ASSERT_EQ(Publish("us-bis", {{"5A001", "stolen"}}, "Act 2", "2020-02-01").exit, 0);
  ASSERT_TRUE(EventuallyEqual(all_));
  EXPECT_EQ(Heading("no-mfa"), "stolen");
  ASSERT_EQ(Lab("stop", {"no-mfa"}).exit, 0);
  const std::string officer = Key(directory_ + "/officer-4.key", "us-bis/officer-4");
  const Result changed = Change(
      {"--add-key", "officer:us-bis=" + officer, "--revoke-key", "us-bis/officer-1@us-bis/list:2"});
  ASSERT_EQ(changed.exit, 0) << changed.err;
  ASSERT_TRUE(EventuallyAt(2, {"us-bis", "jp-meti"}));
  ASSERT_TRUE(EventuallyEqual({"us-bis", "jp-meti"}));
  EXPECT_EQ(Heading("jp-meti"), "one");
  ASSERT_EQ(Lab("start", {"no-mfa"}).exit, 0);
  ASSERT_TRUE(EventuallyAt(2, all_));
  ASSERT_TRUE(EventuallyEqual(all_));
  EXPECT_EQ(Heading("no-mfa"), "one");
  const auto list = As("no-mfa/operator", {"status", "-o", "json"}).Json()["lists"][0];
  EXPECT_EQ(list["size"], 2);
  EXPECT_EQ(list["logSize"], 3);
  EXPECT_NE(list["stopped"].get<std::string>().find("revoked"), std::string::npos);
}

TEST_F(RosterIntegrationTest, AParticipantThatLeavesIsLeftByTheOthers) {
  Up(all_);
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}}, "Act 1").exit, 0);
  ASSERT_EQ(Publish("no-mfa", {{"5A001", "en"}}, "Lov 1").exit, 0);
  ASSERT_TRUE(EventuallyEqual(all_));
  const Result changed = Change({"--remove-participant", "no", "--policy", "quorum=2"});
  ASSERT_EQ(changed.exit, 0) << changed.err;
  ASSERT_TRUE(EventuallyAt(2, {"us-bis", "jp-meti"}));
  ASSERT_EQ(Publish("us-bis", {{"5A001", "two"}}, "Act 2", "2020-02-01").exit, 0);
  ASSERT_TRUE(EventuallyEqual({"us-bis", "jp-meti"}));
  const auto peers = As("us-bis/operator", {"peer", "ls", "-o", "json"}).Json();
  ASSERT_EQ(peers["peers"].size(), 1u);
  EXPECT_EQ(peers["peers"][0]["name"], "jp");
  // Its daemon goes on with what it held, and its list stands at the others.
  EXPECT_EQ(As("no-mfa/operator", {"status", "-o", "json"}).Json()["rosterVersion"], 1);
  EXPECT_EQ(As("jp-meti/screener", {"list", "show", "no-mfa/list", "-o", "json"}).exit, 0);
}

}  // namespace
}  // namespace comity::integration
