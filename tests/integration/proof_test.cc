// `comity proof` and `comity key show LIST`: shown once verified, and offline afterwards.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ProofIntegrationTest : public LabTest {
 protected:
  static std::string Read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  Result Proof(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "proof");
    return As("us-bis/screener", arguments);
  }
  // Without context, and so without any daemon.
  static Result VerifyOffline(const std::string& file, const std::string& digest) {
    return Execute({std::string(COMITY_BIN_DIR) + "/comity", "proof", "verify", file,
                    "--roster-digest", digest, "-o", "json"});
  }
};

TEST_F(ProofIntegrationTest, TheLogsProofsInTheirPublicForm) {
  Up({"us-bis"});
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}}, "FR 1").exit, 0);
  ASSERT_EQ(Publish("us-bis", {{"5A001", "two"}}, "FR 2").exit, 0);

  Result r = Proof({"checkpoint", "us-bis/list"});
  ASSERT_EQ(r.exit, 0) << r.err;
  EXPECT_THAT(r.out, StartsWith("lab.example/us-bis/list/1\n3\n"));
  EXPECT_THAT(r.err, HasSubstr("Verified: the checkpoint of us-bis/list"));
  EXPECT_THAT(r.err, HasSubstr("HELD by us"));

  r = Proof({"inclusion", "us-bis/list", "1", "-o", "json"});
  ASSERT_EQ(r.exit, 0) << r.err;
  EXPECT_EQ(r.Json()["index"], 1);
  EXPECT_EQ(r.Json()["size"], 3);
  EXPECT_EQ(r.Json()["hashes"].size(), 2u);
  EXPECT_EQ(r.Json()["leafHash"].get<std::string>().size(), 44u) << "base64 of 32 bytes";
  const std::string root = r.Json()["root"];
  r = Proof({"inclusion", "us-bis/list", "1", "--size", "2", "-o", "json"});
  EXPECT_EQ(r.Json()["size"], 2);
  r = Proof({"consistency", "us-bis/list", "2", "3", "-o", "json"});
  ASSERT_EQ(r.exit, 0) << r.err;
  EXPECT_EQ(r.Json()["oldSize"], 2);
  EXPECT_EQ(r.Json()["newSize"], 3);
  EXPECT_EQ(r.Json()["newRoot"], root);
  EXPECT_EQ(r.Json()["hashes"].size(), 1u);

  r = Proof({"inclusion", "us-bis/list", "3"});
  EXPECT_EQ(r.exit, 3);
  EXPECT_THAT(r.err, HasSubstr("index 3 is not in the tree of size 3"));
  r = Proof({"consistency", "us-bis/list", "2", "9"});
  EXPECT_EQ(r.exit, 3);
  EXPECT_THAT(r.err, HasSubstr("has size 3"));
  r = Proof({"checkpoint", "us-bis/lst"});
  EXPECT_EQ(r.exit, 3);
  EXPECT_THAT(r.err, HasSubstr("held: us-bis/list"));
}

TEST_F(ProofIntegrationTest, AListsKeyNeedsNoDaemon) {
  Up({"us-bis"});
  Lab("stop", {"us-bis"});
  Result r = As("us-bis/screener", {"key", "show", "us-bis/list"});
  ASSERT_EQ(r.exit, 0) << r.err;
  EXPECT_THAT(r.out, ::testing::MatchesRegex(
                         "lab\\.example/us-bis/list/1\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]{44}\n"));
  r = As("us-bis/screener", {"key", "show", "us-bsi/list"});
  EXPECT_EQ(r.exit, 3);
  EXPECT_THAT(r.err, HasSubstr("did you mean us-bis?"));
}

TEST_F(ProofIntegrationTest, AnEntryIsProvenByOneFile) {
  Up({"us-bis", "no-mfa"});
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}, {"5A002", "other"}}, "FR 1").exit, 0);
  ASSERT_EQ(Publish("us-bis", {{"5A001", "one"}, {"5A002", "changed"}}, "FR 2").exit, 0);
  const std::string file = directory_ + "/entry.proof";
  // Both state HELD at the newest size.
  ASSERT_TRUE(Eventually([&] {
    const Result r = Proof({"entry", "us-bis/list", "5A001", "--out", file, "-o", "json"});
    return r.exit == 0 && r.Json()["held"].size() == 2;
  }));
  const Result typo = Proof({"entry", "us-bis/list", "5A009", "--out", file});
  EXPECT_EQ(typo.exit, 3);
  EXPECT_THAT(typo.err, HasSubstr("has no entry \"5A009\""));
  const std::string digest =
      As("us-bis/screener", {"proof", "verify", file, "-o", "json"}).Json()["rosterDigest"];
  Lab("stop", {"us-bis"});
  Lab("stop", {"no-mfa"});

  const Result r = VerifyOffline(file, digest);
  ASSERT_EQ(r.exit, 0) << r.err;
  EXPECT_EQ(r.Json()["entry"]["item"]["text"], "one");
  EXPECT_EQ(r.Json()["index"], 1);
  EXPECT_EQ(r.Json()["size"], 3);
  EXPECT_EQ(r.Json()["citation"], "FR 1");
  EXPECT_EQ(r.Json()["signedBy"].size(), 2u);
  EXPECT_EQ(r.Json()["held"][0]["participant"], "no");

  EXPECT_EQ(VerifyOffline(file, std::string(64, '0')).exit, 1) << "another roster is trusted";
  EXPECT_EQ(VerifyOffline(file, "12").exit, 3);
  EXPECT_EQ(VerifyOffline(Csv({}), digest).exit, 3) << "another file";
  const std::string bytes = Read(file);
  for (size_t at = 0; at < bytes.size(); at += bytes.size() / 20) {
    std::string altered = bytes;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    std::ofstream(directory_ + "/altered.proof", std::ios::binary) << altered;
    const int exit = VerifyOffline(directory_ + "/altered.proof", digest).exit;
    EXPECT_TRUE(exit == 1 || exit == 3) << "byte " << at << ": exit " << exit;
  }
}

}  // namespace
}  // namespace comity::integration
