// Private keys: who may read their files, and that nothing of them is anywhere else.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

using ::testing::HasSubstr;

namespace fs = std::filesystem;

// What would give a key away, in every form in which it could be written.
std::vector<std::string> Traces(const std::string& pem) {
  std::vector<std::string> traces;
  std::string base64;
  bool inside = false;
  for (const auto line : absl::StrSplit(pem, '\n')) {
    if (line.find("-----") != absl::string_view::npos) {
      inside = !inside;
    } else if (inside && !line.empty()) {
      traces.emplace_back(line);
      absl::StrAppend(&base64, line);
    }
  }
  std::string der;
  if (!absl::Base64Unescape(base64, &der) || der.size() < 48) return traces;
  // The secret itself: the last 32 bytes of an Ed25519 key, bytes 36 to 68 of a P-256 one.
  const std::string secret = der.size() == 48 ? der.substr(16) : der.substr(36, 32);
  traces.push_back(secret);
  traces.push_back(absl::BytesToHexString(secret));
  traces.push_back(absl::Base64Escape(secret));
  return traces;
}

class SecretsTest : public LabTest {
 protected:
  static bool IsKey(const fs::path& path) {
    return path.extension() == ".key" || path.extension() == ".next";
  }
  std::vector<std::string> AllTraces() const {
    std::vector<std::string> all;
    size_t keys = 0;
    for (const auto& file : fs::recursive_directory_iterator(directory_)) {
      if (!file.is_regular_file() || !IsKey(file.path())) continue;
      ++keys;
      const auto traces = Traces(ReadAll(file.path()));
      EXPECT_GE(traces.size(), 4u) << file.path();
      all.insert(all.end(), traces.begin(), traces.end());
    }
    std::printf("%zu private keys, %zu traces\n", keys, all.size());
    return all;
  }
  static void ExpectClean(const std::string& text, const std::vector<std::string>& traces,
                          const std::string& where) {
    for (const std::string& trace : traces) {
      if (text.find(trace) != std::string::npos) ADD_FAILURE() << "key material in " << where;
    }
  }
};

TEST_F(SecretsTest, NothingOfAKeyIsAnywhereButInItsFile) {
  Up({"us-bis", "no-mfa"});
  std::string said;
  const auto take = [&](const Result& r) { said += r.out + r.err; };
  take(Publish("us-bis", {{"1A001", "one"}}, "1 FR 1"));
  ASSERT_TRUE(EventuallyEqual({"us-bis", "no-mfa"}));
  const std::string officer = directory_ + "/us-bis/officers/officer-1.key";
  take(As("us-bis/publisher", {"key", "show", officer}));
  const Result rotated = As("us-bis/publisher", {"key", "rotate", officer});
  EXPECT_EQ(rotated.exit, 0) << rotated.err;
  EXPECT_THAT(rotated.out, HasSubstr("among the officers of us-bis"));
  take(rotated);
  take(As("us-bis/publisher", {"key", "rotate", officer}));
  take(As("us-bis/operator", {"status", "-o", "json"}));
  take(As("us-bis/admin", {"audit", "ls", "-o", "json"}));
  take(As("us-bis/admin", {"audit", "export", "--out", directory_ + "/audit.jsonl"}));
  take(As("us-bis/admin", {"bundle", "export", "--for", "no", "--out", directory_ + "/bundle"}));
  const std::vector<std::string> traces = AllTraces();
  const Result lab = Lab("status");
  take(lab);
  ExpectClean(said, traces, "what was printed");
  size_t processes = 0;
  const nlohmann::json running = lab.Json();
  for (const auto& daemon : running["daemons"]) {
    const std::string proc = absl::StrCat("/proc/", daemon["pid"].get<uint32_t>());
    ExpectClean(ReadAll(proc + "/cmdline"), traces, "a command line");
    ExpectClean(ReadAll(proc + "/environ"), traces, "an environment");
    EXPECT_THAT(ReadAll(proc + "/limits"), ::testing::ContainsRegex("Max core file size +0 +0"));
    ++processes;
  }
  EXPECT_EQ(processes, 2u);
  // The database as well, closed, so that all of it is in files.
  ASSERT_EQ(Lab("stop").exit, 0);
  size_t files = 0;
  for (const auto& file : fs::recursive_directory_iterator(directory_)) {
    if (!file.is_regular_file() || IsKey(file.path())) continue;
    ExpectClean(ReadAll(file.path()), traces, file.path());
    ++files;
  }
  EXPECT_GT(files, 30u);
  std::printf("%zu other files hold none of them\n", files);
}

TEST_F(SecretsTest, AKeyThatOthersMayReadIsRefusedWithTheRemedy) {
  Up({"us-bis"});
  const auto loosen = [](const std::string& path) { chmod(path.c_str(), 0640); };
  for (const std::string key : {"tls/node.key", "keys/held.key", "keys/us-bis-log.key"}) {
    const std::string path = directory_ + "/daemons/us/" + key;
    loosen(path);
    const Result r = Execute({std::string(COMITY_BIN_DIR) + "/comityd", "--check", "--config",
                              directory_ + "/daemons/us/comityd.yaml"});
    EXPECT_EQ(r.exit, 3) << key;
    EXPECT_THAT(r.err, HasSubstr("chmod 0400 " + path));
    chmod(path.c_str(), 0400);
  }
  const std::string officer = directory_ + "/us-bis/officers/officer-1.key";
  loosen(officer);
  const Result shown = As("us-bis/publisher", {"key", "show", officer});
  EXPECT_EQ(shown.exit, 7);
  EXPECT_THAT(shown.err, HasSubstr("chmod 0400 " + officer));
  const fs::path folder = directory_ + "/us-bis";
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (file.path().filename() == "operator.key") loosen(file.path());
  }
  const Result asked = As("us-bis/operator", {"status"});
  EXPECT_EQ(asked.exit, 7);
  EXPECT_THAT(asked.err, HasSubstr("chmod 0400 "));
}

}  // namespace
}  // namespace comity::integration
