#include "storage/yaml/strict_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comity/v1/config.pb.h"

namespace comity {
namespace {

using ::testing::HasSubstr;

std::string Error(const std::string& text) {
  v1::DaemonConfig config;
  return std::string(ParseYaml(text, "f.yaml", &config).message());
}

TEST(StrictYamlTest, FillsNestedFieldsAndLists) {
  v1::DaemonConfig config;
  ASSERT_TRUE(ParseYaml("participant: us\npeers:\n  - no\n  - jp\nsync:\n  anti_entropy_s: 7\n"
                        "log_keys:\n  - authority: us-bis\n    file: k\n",
                        "f.yaml", &config)
                  .ok());
  EXPECT_EQ(config.participant(), "us");
  EXPECT_EQ(config.peers_size(), 2);
  EXPECT_EQ(config.sync().anti_entropy_s(), 7u);
  EXPECT_EQ(config.log_keys(0).authority(), "us-bis");
}

TEST(StrictYamlTest, NamesThePlaceAndTheFieldThatWasMeant) {
  EXPECT_THAT(Error("participant: us\nlisen: x\n"),
              HasSubstr("f.yaml:2:1: lisen: unknown field; did you mean \"listen\"?"));
  EXPECT_THAT(Error("sync:\n  anti_entropy: 5\n"), HasSubstr("f.yaml:2:3: sync.anti_entropy"));
}

TEST(StrictYamlTest, ReportsEveryErrorAtOnce) {
  const std::string text = Error("nonsense: 1\nsync: 5\npeers: us\n");
  EXPECT_THAT(text, HasSubstr("nonsense"));
  EXPECT_THAT(text, HasSubstr("sync"));
  EXPECT_THAT(text, HasSubstr("must be a list"));
}

TEST(StrictYamlTest, RefusesWhatIsAmbiguous) {
  EXPECT_THAT(Error("participant: us\nparticipant: no\n"), HasSubstr("given twice"));
  EXPECT_THAT(Error("participant: us\n---\nparticipant: no\n"), HasSubstr("second document"));
  EXPECT_THAT(Error("sync:\n  anti_entropy_s: -1\n"), HasSubstr("whole number"));
  EXPECT_THAT(Error("participant: [us]\n"), HasSubstr("single value"));
  EXPECT_THAT(Error("participant: {us\n"), HasSubstr("f.yaml:"));
  EXPECT_THAT(Error(""), HasSubstr("empty"));
  EXPECT_THAT(Error("- a\n"), HasSubstr("must hold fields"));
}

TEST(StrictYamlTest, TakesPathsFromTheFilesOwnFolder) {
  EXPECT_EQ(ResolvePath("/etc/comity/d.yaml", "tls/a.pem"), "/etc/comity/tls/a.pem");
  EXPECT_EQ(ResolvePath("/etc/comity/d.yaml", "../x"), "/etc/x");
  EXPECT_EQ(ResolvePath("/etc/comity/d.yaml", "/abs"), "/abs");
  EXPECT_EQ(ResolvePath("d.yaml", ""), "");
}

TEST(DidYouMeanTest, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(DidYouMean("statsu", {"status", "lab"}), "status");
  EXPECT_EQ(DidYouMean("frobnicate", {"status", "lab"}), "");
}

}  // namespace
}  // namespace comity
