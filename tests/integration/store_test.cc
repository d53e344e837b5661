// What is kept rots: found by the running daemon or by `comity store`, put aside, rebuilt.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

using ::testing::HasSubstr;

class StoreIntegrationTest : public LabTest {
 protected:
  // Two daemons, an edition of two items and two changes of it, held by both.
  void UpWithEditions() {
    Up({"us-bis", "no-mfa"});
    for (int i = 1; i <= 3; ++i) {
      const std::string n = std::to_string(i);
      ASSERT_EQ(Publish("us-bis", {{"5A001", "one " + n}, {"5A002", "two " + n}}, "Act " + n,
                        "2020-0" + n + "-01")
                    .exit,
                0);
    }
    ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  }
  std::string DataDir() const { return directory_ + "/daemons/us/data"; }
  // `comity store VERB --data-dir DIR` as the operator of us-bis.
  Result Store(const std::string& verb, std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"store", verb, "--data-dir", DataDir()});
    return As("us-bis/operator", options);
  }
  // One bit in each of the database's files of this kind, `at` of the way through it.
  int Flip(const std::string& extension, double at) const {
    int flipped = 0;
    for (const auto& file : std::filesystem::directory_iterator(DataDir() + "/db")) {
      if (file.path().extension() != extension || file.file_size() < 64) continue;
      std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
      const auto where = static_cast<std::streamoff>(static_cast<double>(file.file_size()) * at);
      bytes.seekg(where);
      const char byte = static_cast<char>(bytes.get() ^ 1);
      bytes.seekp(where);
      bytes.put(byte);
      ++flipped;
    }
    return flipped;
  }
  // What was in the write-ahead log lies in tables then.
  void Restart() {
    ASSERT_EQ(Lab("stop", {"us-bis"}).exit, 0);
    ASSERT_EQ(Lab("start", {"us-bis"}).exit, 0);
  }
  bool WasPutAside() const {
    for (const auto& file : std::filesystem::directory_iterator(DataDir())) {
      if (file.path().filename().string().rfind("db.quarantined-", 0) == 0) return true;
    }
    return false;
  }
};

TEST_F(StoreIntegrationTest, ARunningDaemonVerifiesWhatItHolds) {
  UpWithEditions();
  const Result all = As("us-bis/operator", {"verify", "-o", "json"});
  ASSERT_EQ(all.exit, 0) << all.err;
  ASSERT_EQ(all.Json()["lists"].size(), 1u);
  EXPECT_EQ(all.Json()["lists"][0]["list"], "us-bis/list");
  EXPECT_EQ(all.Json()["lists"][0]["verified"], 4);
  EXPECT_EQ(all.Json()["lists"][0]["size"], 4);
  const Result one = As("no-mfa/operator", {"verify", "us-bis/list", "-o", "csv"});
  EXPECT_EQ(one.exit, 0) << one.err;
  EXPECT_EQ(one.out, "LIST,VERIFIED,LEAVES,RESULT\nus-bis/list,4,4,ok\n");
  EXPECT_EQ(As("us-bis/operator", {"verify", "us-bis/none"}).exit, 3);
  EXPECT_EQ(As("us-bis/screener", {"verify"}).exit, 6);

  // What the start has read is served from memory, so only the files themselves tell.
  Restart();
  ASSERT_EQ(As("us-bis/operator", {"verify"}).exit, 0);
  ASSERT_GT(Flip(".sst", 0.1), 0);
  const Result rot = As("us-bis/operator", {"verify"});
  EXPECT_EQ(rot.exit, 5);
  EXPECT_THAT(rot.err, HasSubstr(".sst"));
  EXPECT_THAT(rot.err, HasSubstr("comity store rebuild"));
  EXPECT_THAT(rot.out, HasSubstr("us-bis/list"));
}

TEST_F(StoreIntegrationTest, ACopyIsVerifiedOfflineToTheDigestThatTheDaemonAnswersWith) {
  UpWithEditions();
  const std::string digest = Digest("us-bis");
  const Result online = As("us-bis/operator", {"verify", "-o", "json"});
  ASSERT_EQ(online.exit, 0) << online.err;
  EXPECT_EQ(online.Json()["view"]["viewDigest"], digest);
  EXPECT_THAT(As("us-bis/operator", {"verify"}).out, HasSubstr("View digest  " + digest));
  const Result busy = As("us-bis/screener", {"verify", "--store", DataDir()});
  EXPECT_EQ(busy.exit, 7) << "not under a running daemon";
  EXPECT_THAT(busy.err, HasSubstr("a daemon runs on it"));

  Restart();
  ASSERT_EQ(Lab("stop", {"us-bis"}).exit, 0);
  const std::string copy = directory_ + "/copy";
  std::filesystem::copy(DataDir(), copy, std::filesystem::copy_options::recursive);
  ASSERT_EQ(Lab("start", {"us-bis"}).exit, 0);
  const Result offline = As("us-bis/screener", {"verify", "--store", copy, "-o", "json"});
  ASSERT_EQ(offline.exit, 0) << offline.err;
  EXPECT_EQ(offline.Json()["view"]["viewDigest"], digest);
  EXPECT_EQ(offline.Json()["lists"][0]["verified"], 4);

  // Whoever trusts a roster's digest needs nothing else: no context, no network.
  const std::string pin = As("us-bis/operator", {"status", "-o", "json"}).Json()["rosterDigest"];
  const std::string comity = std::string(COMITY_BIN_DIR) + "/comity";
  const Result bare = Execute({comity, "verify", "--store", copy + "/db", "--roster-digest", pin});
  ASSERT_EQ(bare.exit, 0) << bare.err;
  EXPECT_THAT(bare.out, HasSubstr("View digest  " + digest));
  EXPECT_EQ(
      Execute({comity, "verify", "--store", copy, "--roster-digest", std::string(64, 'a')}).exit,
      7);
  EXPECT_EQ(As("us-bis/operator", {"verify", "--roster-digest", pin}).exit, 3);
  EXPECT_EQ(As("us-bis/operator", {"verify", "--store", directory_ + "/nowhere"}).exit, 3);
  EXPECT_EQ(As("us-bis/operator", {"verify", "--store", copy, "us-bis/none"}).exit, 3);

  // As it was known at the first edition, and after damage.
  const Result then = As("us-bis/operator", {"verify", "--store", copy, "--known-at",
                                             "2020-01-15T00:00:00Z", "-o", "json"});
  ASSERT_EQ(then.exit, 0) << then.err;
  EXPECT_NE(then.Json()["view"]["viewDigest"], digest);
  for (const auto& file : std::filesystem::directory_iterator(copy + "/db")) {
    if (file.path().extension() != ".sst") continue;
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(file.file_size() / 10));
    bytes.put('!');
  }
  const Result damaged = As("us-bis/screener", {"verify", "--store", copy});
  EXPECT_EQ(damaged.exit, 5);
  EXPECT_THAT(damaged.err, HasSubstr("if it is a copy, do not answer from it"));
  EXPECT_THAT(damaged.out, ::testing::Not(HasSubstr("View digest")));
}

TEST_F(StoreIntegrationTest, RottenTablesAreFoundPutAsideAndRebuilt) {
  UpWithEditions();
  const std::string digest = Digest("no-mfa");
  for (const char* verb : {"verify", "quarantine"}) {
    const Result r = Store(verb);
    EXPECT_EQ(r.exit, 7) << "not under a running daemon";
    EXPECT_THAT(r.err, HasSubstr("a daemon runs on it"));
  }
  Restart();
  ASSERT_EQ(Lab("stop", {"us-bis"}).exit, 0);
  const Result whole = Store("verify", {"-o", "json"});
  ASSERT_EQ(whole.exit, 0) << whole.err;
  EXPECT_EQ(whole.Json()["lists"][0]["verified"], 4);

  ASSERT_GT(Flip(".sst", 0.1), 0);
  const Result rot = Store("verify");
  EXPECT_EQ(rot.exit, 5);
  EXPECT_THAT(rot.err, HasSubstr("comity store rebuild --data-dir " + DataDir()));
  // Without a terminal nobody can be asked.
  const Result refused = Store("rebuild");
  EXPECT_EQ(refused.exit, 3);
  EXPECT_THAT(refused.err, HasSubstr("--yes"));
  EXPECT_FALSE(WasPutAside());

  Result rebuilt;
  std::thread rebuild([&] { rebuilt = Store("rebuild", {"--yes", "-o", "json"}); });
  EXPECT_TRUE(Eventually([&] { return WasPutAside(); }));
  EXPECT_EQ(Lab("start", {"us-bis"}).exit, 0);
  rebuild.join();
  ASSERT_EQ(rebuilt.exit, 0) << rebuilt.err;
  EXPECT_EQ(rebuilt.Json()["viewDigest"], digest);
  EXPECT_EQ(rebuilt.Json()["rebuilt"][0]["size"], 4);
  EXPECT_THAT(rebuilt.Json()["quarantinedTo"].get<std::string>(), HasSubstr("db.quarantined-"));
  EXPECT_EQ(Digest("us-bis"), digest);
  EXPECT_EQ(As("us-bis/operator", {"verify"}).exit, 0);
  // Under a daemon that is whole already it says so at once.
  const Result again = Store("rebuild", {"-o", "json"});
  EXPECT_EQ(again.exit, 0) << again.err;
  EXPECT_EQ(again.Json()["viewDigest"], digest);
}

TEST_F(StoreIntegrationTest, APeerComparisonFindsTheDamageAndTellsWhoseItIs) {
  UpWithEditions();
  const std::string digest = Digest("no-mfa");
  const auto compare = [&](const std::string& who, const std::string& peer) {
    return As(who + "/operator", {"peer", "compare", peer, "-o", "json"});
  };
  const Result equal = compare("us-bis", "no");
  ASSERT_EQ(equal.exit, 0) << equal.err;
  EXPECT_EQ(equal.Json()["lists"][0]["result"], "equal");
  EXPECT_EQ(equal.Json()["lists"][0]["roundTrips"], 1);
  const Result typo = compare("us-bis", "nx");
  EXPECT_EQ(typo.exit, 3);
  EXPECT_THAT(typo.err, HasSubstr("exchanges with no"));
  EXPECT_EQ(As("us-bis/operator", {"peer", "compare", "no", "--list", "us-bis/lits"}).exit, 3);

  // They rot under the running daemon.
  Restart();
  ASSERT_GT(Flip(".sst", 0.1), 0);
  const Result here = compare("us-bis", "no");
  EXPECT_EQ(here.exit, 7);
  EXPECT_EQ(here.Json()["lists"][0]["result"], "damaged-here");
  EXPECT_THAT(here.out, HasSubstr("comity store rebuild"));
  ASSERT_TRUE(Eventually([&] { return compare("no-mfa", "us").exit == 7; }));
  EXPECT_EQ(compare("no-mfa", "us").Json()["lists"][0]["result"], "damaged-there");

  ASSERT_EQ(Lab("stop", {"us-bis"}).exit, 0);
  // Who cannot be asked was not compared: an alarm.
  const Result away = compare("no-mfa", "us");
  EXPECT_EQ(away.exit, 2);
  EXPECT_THAT(away.err, HasSubstr("could not be compared"));
  ASSERT_EQ(Store("quarantine").exit, 0);
  ASSERT_EQ(Lab("start", {"us-bis"}).exit, 0);
  ASSERT_EQ(Store("rebuild").exit, 0);
  EXPECT_EQ(Digest("us-bis"), digest);
  EXPECT_TRUE(Eventually([&] { return compare("us-bis", "no").exit == 0; }));
}

TEST_F(StoreIntegrationTest, ARottenLogIsFoundPutAsideAndRebuilt) {
  UpWithEditions();
  const std::string digest = Digest("no-mfa");
  ASSERT_EQ(Lab("stop", {"us-bis"}).exit, 0);
  ASSERT_GT(Flip(".log", 0.5), 0);
  EXPECT_EQ(Store("verify").exit, 5);
  const Result aside = Store("quarantine", {"-o", "json"});
  ASSERT_EQ(aside.exit, 0) << aside.err;
  EXPECT_TRUE(std::filesystem::exists(aside.Json()["quarantinedTo"].get<std::string>()));
  EXPECT_EQ(Store("quarantine").exit, 3) << "there is nothing left to put aside";
  EXPECT_EQ(Store("verify").exit, 3);

  // Nobody starts the daemon: the wait ends by itself and says what it waited for.
  const Result waited = Store("rebuild", {"--timeout", "1"});
  EXPECT_EQ(waited.exit, 4);
  EXPECT_THAT(waited.err, HasSubstr("does not answer yet"));
  // The one that has it all is away: nothing is whole until it is back.
  ASSERT_EQ(Lab("stop", {"no-mfa"}).exit, 0);
  ASSERT_EQ(Lab("start", {"us-bis"}).exit, 0);
  const Result alone = Store("rebuild", {"--timeout", "1"});
  EXPECT_EQ(alone.exit, 4);
  EXPECT_THAT(alone.err, HasSubstr("us-bis/list 0 of 4 leaves"));
  ASSERT_EQ(Lab("start", {"no-mfa"}).exit, 0);
  const Result rebuilt = Store("rebuild", {"-o", "json"});
  ASSERT_EQ(rebuilt.exit, 0) << rebuilt.err;
  EXPECT_EQ(rebuilt.Json()["viewDigest"], digest);
  EXPECT_EQ(Publish("us-bis", {{"5A001", "three"}, {"5A002", "two"}}, "Act 4", "2020-05-01").exit,
            0);
}

TEST_F(StoreIntegrationTest, AWrongWordOrFolderIsSaid) {
  Up({"us-bis"});
  const Result typo = Store("quarantien");
  EXPECT_EQ(typo.exit, 3);
  EXPECT_THAT(typo.err, HasSubstr("did you mean \"quarantine\"?"));
  for (const char* verb : {"verify", "quarantine", "rebuild"}) {
    const std::string nowhere = directory_ + "/nowhere";
    const Result r = As("us-bis/operator", {"store", verb, "--data-dir", nowhere});
    EXPECT_EQ(r.exit, 3);
    EXPECT_THAT(r.err, HasSubstr("give the data_dir of the daemon's configuration"));
    EXPECT_FALSE(std::filesystem::exists(nowhere)) << "nothing is made by looking";
  }
}

}  // namespace
}  // namespace comity::integration
