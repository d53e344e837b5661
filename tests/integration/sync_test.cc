// Several daemons over mutual TLS: lines, late joiners, stops.
#include <filesystem>
#include <fstream>

#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

class SyncIntegrationTest : public LabTest {};

TEST_F(SyncIntegrationTest, ALineConvergesAndAStoppedDaemonCatchesUp) {
  // us - jp - no: the ends reach each other only through the middle.
  Up({"us-bis", "jp-meti", "no-mfa"}, {"--line"});
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}}, "Act 1").exit, 0);
  ASSERT_EQ(Publish("no-mfa", {{"5A001", "en"}}, "Lov 1").exit, 0);
  ASSERT_TRUE(EventuallyEqual({"us-bis", "jp-meti", "no-mfa"}));
  const auto item = As("us-bis/screener", {"item", "show", "5a001", "-o", "json"}).Json();
  ASSERT_EQ(item["authorities"].size(), 2u);
  EXPECT_EQ(item["authorities"][0]["authority"], "no-mfa");
  EXPECT_EQ(item["authorities"][0]["entry"]["item"]["heading"], "en");
  EXPECT_EQ(item["authorities"][1]["list"], "us-bis/list");
  EXPECT_EQ(item["authorities"][1]["citation"], "Act 1");

  // The end is away while the other end publishes, and the middle restarts.
  ASSERT_EQ(Lab("stop", {"no-mfa"}).exit, 0);
  ASSERT_EQ(Publish("us-bis", {{"5A001", "two"}}, "Act 2", "2020-02-01").exit, 0);
  ASSERT_EQ(Lab("stop", {"jp-meti"}).exit, 0);
  ASSERT_EQ(Publish("us-bis", {{"5A001", "three"}}, "Act 3", "2020-03-01").exit, 0);
  ASSERT_EQ(Lab("start").exit, 0);
  ASSERT_TRUE(EventuallyEqual({"us-bis", "jp-meti", "no-mfa"}));
  EXPECT_EQ(As("no-mfa/screener", {"list", "show", "us-bis/list", "-o", "json"}).Json()["size"], 4);
}

TEST_F(SyncIntegrationTest, AnUnreachablePeerIsSaidAndCostsNobodyAnything) {
  Up({"us-bis", "jp-meti", "no-mfa"});
  ASSERT_TRUE(EventuallySigns("us-bis"));
  ASSERT_EQ(Lab("stop", {"no-mfa"}).exit, 0);
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}}, "Act 1").exit, 0);
  ASSERT_TRUE(EventuallyEqual({"us-bis", "jp-meti"}));
  ASSERT_TRUE(Eventually([&] {
    const auto status = As("us-bis/operator", {"status", "-o", "json"}).Json();
    for (const auto& peer : status["peers"]) {
      if (peer["name"] == "no") return peer["state"] == "silent" && peer["behind"] == 2;
    }
    return false;
  })) << As("us-bis/operator", {"peer", "ls"}).out;
  ASSERT_EQ(Lab("start", {"no-mfa"}).exit, 0);
  ASSERT_TRUE(EventuallyEqual({"us-bis", "jp-meti", "no-mfa"}));
  ASSERT_TRUE(Eventually([&] {
    const auto peers = As("us-bis/operator", {"peer", "ls", "-o", "json"}).Json();
    for (const auto& peer : peers["peers"]) {
      if (peer["state"] != "current" || peer["behind"] != 0) return false;
    }
    return true;
  }));
}

TEST_F(SyncIntegrationTest, AnOldCopyPutBackIsNoticedAndHealedFromPeers) {
  Up({"us-bis", "no-mfa"});
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}}, "Act 1").exit, 0);
  ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  const std::string data = directory_ + "/daemons/us/data/";
  ASSERT_EQ(Lab("stop", {"us-bis"}).exit, 0);
  std::filesystem::copy(data + "db", data + "old", std::filesystem::copy_options::recursive);
  ASSERT_EQ(Lab("start", {"us-bis"}).exit, 0);
  ASSERT_EQ(Publish("us-bis", {{"5A001", "two"}}, "Act 2", "2020-02-01").exit, 0);
  ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  ASSERT_EQ(Lab("stop").exit, 0);
  std::filesystem::remove_all(data + "db");
  std::filesystem::rename(data + "old", data + "db");

  // Alone it knows that it is short, and signs nothing that could fork its own log.
  ASSERT_EQ(Lab("start", {"us-bis"}).exit, 0);
  const Result refused = Publish("us-bis", {{"5A001", "fork"}}, "Act 3", "2020-03-01");
  EXPECT_EQ(refused.exit, 7);
  EXPECT_NE(refused.err.find("acknowledged 3 leaves and holds 2"), std::string::npos)
      << refused.err;
  ASSERT_EQ(Lab("start", {"no-mfa"}).exit, 0);
  ASSERT_TRUE(Eventually([&] {
    return As("us-bis/screener", {"list", "show", "us-bis/list", "-o", "json"}).Json()["size"] == 3;
  }));
  ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  EXPECT_EQ(Publish("us-bis", {{"5A001", "three"}}, "Act 3", "2020-03-01").exit, 0);
}

TEST_F(SyncIntegrationTest, ATokenOfOneDaemonReadsTheSameAtAnother) {
  Up({"us-bis", "no-mfa"});
  ASSERT_EQ(Publish("us-bis", {{"5A001", "old"}}, "Act 1").exit, 0);
  ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  const auto before = As("us-bis/screener", {"item", "show", "5A001", "-o", "json"}).Json();
  const std::string token = before["basis"]["frontierToken"];
  ASSERT_EQ(Publish("us-bis", {{"5A001", "new"}}, "Act 2").exit, 0);
  ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  const auto then =
      As("no-mfa/screener", {"item", "show", "5A001", "--known-at", token, "-o", "json"}).Json();
  EXPECT_EQ(then["authorities"], before["authorities"]);
  EXPECT_EQ(then["basis"]["viewDigest"], before["basis"]["viewDigest"]);
  EXPECT_EQ(As("no-mfa/screener", {"item", "show", "5A001", "-o", "json"})
                .Json()["authorities"][0]["entry"]["item"]["text"],
            "new");
}

TEST_F(SyncIntegrationTest, APausedPeerIsLeftAloneOverRestartsAndWhyIsSaid) {
  Up({"us-bis", "no-mfa"});
  const auto state = [&] {
    const auto peers = As("us-bis/operator", {"peer", "ls", "-o", "json"}).Json();
    return peers.is_null() ? "" : peers["peers"][0]["state"].get<std::string>();
  };
  ASSERT_TRUE(Eventually([&] { return state() == "current"; }));
  EXPECT_EQ(As("us-bis/operator", {"peer", "pause", "xx", "--reason", "r"}).exit, 3);
  EXPECT_EQ(As("us-bis/screener", {"peer", "pause", "no", "--reason", "r"}).exit, 6);
  ASSERT_EQ(As("us-bis/operator", {"peer", "pause", "no", "--reason", "audit"}).exit, 0);
  EXPECT_TRUE(Eventually([&] { return state() == "paused"; }));
  ASSERT_EQ(Publish("no-mfa", {{"5A001", "norsk"}}, "Lov 1").exit, 0);
  ASSERT_EQ(Lab("stop", {"us-bis"}).exit, 0);
  ASSERT_EQ(Lab("start", {"us-bis"}).exit, 0);
  EXPECT_TRUE(Eventually([&] { return state() == "paused"; }));
  const Result why = As("us-bis/operator", {"sync", "why", "no", "-o", "json"});
  ASSERT_EQ(why.exit, 0) << why.err;
  EXPECT_EQ(why.Json()["lines"][0], "paused: an operator here paused it: audit");
  EXPECT_NE(Digest("us-bis"), Digest("no-mfa")) << "nothing was taken from it";
  ASSERT_EQ(As("us-bis/operator", {"peer", "resume", "no"}).exit, 0);
  EXPECT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  EXPECT_TRUE(Eventually([&] { return state() == "current"; }));
  const Result list = As("us-bis/operator", {"sync", "why", "no-mfa/list"});
  EXPECT_NE(list.out.find("no peer showed more"), std::string::npos) << list.out;
}

TEST_F(SyncIntegrationTest, CommonIsWhatAQuorumStatesHeld) {
  Up({"us-bis", "no-mfa", "jp-meti"});
  const auto list = [&](const std::string& who) {
    return As(who + "/screener", {"list", "show", "us-bis/list", "-o", "json"}).Json();
  };
  const auto common = [&](const std::string& who, int size) {
    const auto shown = list(who);
    return !shown.is_null() && shown.value("commonSize", 0) == size;
  };
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}}, "Act 1").exit, 0);
  for (const char* who : {"us-bis", "no-mfa", "jp-meti"}) {
    EXPECT_TRUE(Eventually([&] { return common(who, 2) && list(who)["held"].size() == 3; })) << who;
  }
  // Two of three make the quorum; alone the publisher has none.
  ASSERT_EQ(Lab("stop", {"jp-meti"}).exit, 0);
  ASSERT_EQ(Publish("us-bis", {{"5A001", "two"}}, "Act 2").exit, 0);
  EXPECT_TRUE(Eventually([&] { return common("us-bis", 3); }));
  ASSERT_EQ(Lab("stop", {"no-mfa"}).exit, 0);
  ASSERT_EQ(Publish("us-bis", {{"5A001", "three"}}, "Act 3").exit, 0);
  EXPECT_TRUE(common("us-bis", 3));
  const auto status = As("us-bis/operator", {"status", "-o", "json"}).Json();
  EXPECT_EQ(status["lists"][0]["commonAwaits"], (nlohmann::json{"jp", "no"}));
  const auto text = [&](const std::string& tier) {
    const auto item =
        As("us-bis/screener", {"item", "show", "5A001", "--tier", tier, "-o", "json"}).Json();
    EXPECT_EQ(item["basis"]["tier"], tier);
    return item["authorities"][0]["entry"]["item"]["text"].get<std::string>();
  };
  EXPECT_EQ(text("latest"), "three");
  EXPECT_EQ(text("common"), "two");
  ASSERT_EQ(Lab("start").exit, 0);
  for (const char* who : {"us-bis", "no-mfa", "jp-meti"}) {
    EXPECT_TRUE(Eventually([&] { return common(who, 4); })) << who;
  }
}

}  // namespace
}  // namespace comity::integration
