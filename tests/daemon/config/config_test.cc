#include "daemon/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_replace.h"
#include "client/lab/federation.h"
#include "storage/signing/ed25519.h"
#include "tests/support/certificate_zoo.h"

namespace comity {
namespace {

using ::testing::HasSubstr;

class ConfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(directory_);
    ASSERT_TRUE(WriteFederation({directory_, "lab.example", {"no-mfa", "us-bis"}, {}}).ok());
    path_ = DaemonConfigPath(directory_, "us");
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    text_ = text.str();
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  // What loading says after `from` was replaced by `to`.
  std::string Error(const std::string& from, const std::string& to) {
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
    std::ofstream(path_) << absl::StrReplaceAll(text_, {{from, to}});
    const auto config = LoadConfig(path_);
    return config.ok() ? "" : std::string(config.status().message());
  }
  const std::string directory_ =
      (std::filesystem::path(::testing::TempDir()) / "config_test_lab").lexically_normal().string();
  std::string path_;
  std::string text_;
};

TEST_F(ConfigTest, LoadsWhatTheLabWrites) {
  const auto config = LoadConfig(path_);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->peers, (std::vector<std::string>{"no"}));
  EXPECT_EQ(config->log_keys.size(), 1u);
  EXPECT_EQ(config->message.data_dir(), directory_ + "/daemons/us/data");
}

TEST_F(ConfigTest, NamesTheFieldThatIsWrong) {
  EXPECT_THAT(Error("listen:", "lisen:"), HasSubstr("did you mean \"listen\"?"));
  EXPECT_THAT(Error("participant: us", "participant: xx"), HasSubstr("no participant \"xx\""));
  EXPECT_THAT(Error("node: us-1", "node: us-2"), HasSubstr("no node \"us-2\""));
  EXPECT_THAT(Error("digest: ", "digest: 00"), HasSubstr("roster.digest"));
  EXPECT_THAT(Error("authority: us-bis", "authority: no-mfa"),
              HasSubstr("not an authority of \"us\""));
  EXPECT_THAT(Error("keys/us-bis-log.key", "keys/held.key"), HasSubstr("not the log key"));
  EXPECT_THAT(Error("tls/node.pem", "tls/ca.pem"), HasSubstr("tls.certificate"));
  EXPECT_THAT(Error("tls/node.pem", "../no/tls/node.pem"), HasSubstr("this daemon is"));
  EXPECT_THAT(Error("sync:", "peers:\n  - us\nsync:"), HasSubstr("peers"));
  EXPECT_THAT(Error("data_dir: data", ""), HasSubstr("data_dir: is missing"));
}

TEST_F(ConfigTest, RefusesKeysThatOthersMayRead) {
  chmod((directory_ + "/daemons/us/tls/node.key").c_str(), 0644);
  EXPECT_THAT(std::string(LoadConfig(path_).status().message()), HasSubstr("others may read"));
}

TEST_F(ConfigTest, RefusesARosterOfAnotherPin) {
  const std::string roster = directory_ + "/roster.envelope";
  std::ostringstream bytes;
  bytes << std::ifstream(roster, std::ios::binary).rdbuf();
  std::string altered = bytes.str();
  altered[altered.size() / 2] ^= 1;
  std::ofstream(roster, std::ios::binary) << altered;
  EXPECT_THAT(std::string(LoadConfig(path_).status().message()), HasSubstr("roster.file"));
}

TEST_F(ConfigTest, OfSeveralLogKeysTheOneOfTheRosterIsTaken) {
  const std::string keys = directory_ + "/daemons/us/keys/";
  ASSERT_TRUE(WriteKeyFile(keys + "next.key", "us-bis/log-2", *PrivateKey::Generate()).ok());
  EXPECT_EQ(Error("log_keys:\n", "log_keys:\n  - authority: us-bis\n    file: keys/next.key\n"),
            "");
  EXPECT_EQ(LoadConfig(path_)->log_keys.size(), 1u);
}

// Where a newer roster may be in force, what does not fit is said and done without.
TEST_F(ConfigTest, WhatANewerRosterChangedIsAnAlarm) {
  std::filesystem::create_directories(directory_ + "/daemons/us/data/db");
  const auto replaced = [&](const std::string& from, const std::string& to) {
    EXPECT_EQ(Error(from, to), "");
    return LoadConfig(path_);
  };
  auto config = replaced("keys/us-bis-log.key", "keys/held.key");
  ASSERT_EQ(config->alarms.size(), 1u);
  EXPECT_THAT(config->alarms[0], HasSubstr("not the log key"));
  EXPECT_TRUE(config->log_keys.empty());
  config = replaced("held_key: keys/held.key", "held_key: keys/us-bis-log.key");
  ASSERT_EQ(config->alarms.size(), 1u);
  EXPECT_FALSE(config->held_key.has_value());
  const std::string keys = directory_ + "/daemons/us/keys/";
  std::filesystem::copy_file(keys + "held.key", keys + "next.key");
  config = replaced("statement_key: keys/statement.key", "statement_key: keys/next.key");
  ASSERT_EQ(config->alarms.size(), 1u);
  EXPECT_FALSE(config->statement_key.has_value());
  // The right key in the same place, and a signal, are enough.
  std::filesystem::copy_file(keys + "statement.key", keys + "next.key",
                             std::filesystem::copy_options::overwrite_existing);
  const auto mended = LoadConfig(path_);
  ASSERT_TRUE(mended.ok()) << mended.status();
  EXPECT_TRUE(mended->statement_key.has_value());
  EXPECT_FALSE(DiffersInCertificatesOnly(*config, *mended)) << "it has to open anew";
  config = replaced("sync:", "peers:\n  - fr\n  - no\nsync:");
  EXPECT_EQ(config->alarms.size(), 1u);
  EXPECT_EQ(config->peers, (std::vector<std::string>{"no"}));
  EXPECT_TRUE(LoadConfig(path_, config->roster).status().message().find("peers") !=
              std::string::npos)
      << "by the roster of the file itself it is an error";
}

// One participant's new CA, or its leaving, keeps no other's daemon from opening, and what
// was revoked stays so.
TEST_F(ConfigTest, ARevocationListOfAnEarlierRosterStillCounts) {
  std::ofstream(directory_ + "/daemons/us/old.crl")
      << testing::MakeZoo("lab.example", "no-1").no_crl_pem;
  const auto naming = [](const std::string& participant) {
    return "revocations:\n  - participant: \"" + participant + "\"\n    file: old.crl\nsync:";
  };
  EXPECT_THAT(Error("sync:", naming("no")), HasSubstr("signed by no CA"));
  EXPECT_THAT(Error("sync:", naming("fr")), HasSubstr("no participant \"fr\""));
  std::filesystem::create_directories(directory_ + "/daemons/us/data/db");
  EXPECT_EQ(Error("sync:", naming("no")), "");
  auto config = LoadConfig(path_);
  EXPECT_EQ(config->revoked.size(), 2u);
  ASSERT_EQ(config->alarms.size(), 1u);
  EXPECT_THAT(config->alarms[0], HasSubstr("old.crl"));
  EXPECT_EQ(Error("sync:", naming("fr")), "");
  config = LoadConfig(path_);
  EXPECT_EQ(config->revoked.size(), 0u);
  EXPECT_EQ(config->alarms.size(), 1u);
}

}  // namespace
}  // namespace comity
