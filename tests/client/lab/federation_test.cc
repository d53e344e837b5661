#include "client/lab/federation.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <utility>

#include "comity/v1/config.pb.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

TEST(FederationTest, WritesEverythingOnceAndNamesTheFiles) {
  const std::string directory = ::testing::TempDir() + "/lab";
  std::filesystem::remove_all(directory);
  FederationPlan plan{directory, "lab.example", {"no-mfa", "us-bis", "us-ofac"}, {}, {}};
  const auto lab = WriteFederation(plan);
  ASSERT_TRUE(lab.ok()) << lab.status();
  ASSERT_EQ(lab->daemons_size(), 2) << "one daemon for each participant";
  EXPECT_EQ(lab->daemons(1).participant(), "us");
  EXPECT_EQ(lab->daemons(1).authorities_size(), 2);
  EXPECT_NE(lab->daemons(0).address(), lab->daemons(1).address());
  EXPECT_EQ(WriteFederation(plan).status().code(), absl::StatusCode::kAlreadyExists);
  for (const char* role : {"publisher", "screener", "operator"}) {
    v1::ContextConfig context;
    EXPECT_TRUE(ReadYamlFile(ContextPath(directory, "us-ofac", role), &context).ok());
    EXPECT_EQ(context.officer_keys_size(), std::string(role) == "publisher" ? 3 : 0);
  }
  EXPECT_EQ(ReadLab(directory)->federation(), "lab.example");
  EXPECT_EQ(ReadLab(directory + "/none").status().code(), absl::StatusCode::kNotFound);
  std::filesystem::remove_all(directory);
}

TEST(FederationTest, TheExampleOfArrangementsIsOneThatARosterTakes) {
  v1::Roster example;
  const std::string file = std::string(COMITY_SOURCE_DIR) + "/deploy/examples/arrangements.yaml";
  ASSERT_TRUE(ReadYamlFile(file, &example).ok());
  const std::string directory = ::testing::TempDir() + "/arrangements-lab";
  std::filesystem::remove_all(directory);
  FederationPlan plan{directory, "lab.example", {"no-mfa", "us-bis"}, {}, {}};
  plan.arrangements.assign(example.arrangements().begin(), example.arrangements().end());
  const auto lab = WriteFederation(plan);
  EXPECT_TRUE(lab.ok()) << lab.status();
  std::map<std::string, std::map<std::string, std::string>> roles;
  for (const v1::Arrangement& arrangement : plan.arrangements) {
    EXPECT_NE(arrangement.source_url(), "") << arrangement.id();
    for (const v1::ArrangementRole& role : arrangement.roles()) {
      roles[arrangement.id()][role.participant()] = role.role();
    }
  }
  EXPECT_EQ(roles["echri"], (std::map<std::string, std::string>{{"au", "member"},
                                                                {"ca", "supporter"},
                                                                {"dk", "member"},
                                                                {"fr", "supporter"},
                                                                {"gb", "supporter"},
                                                                {"nl", "supporter"},
                                                                {"no", "member"},
                                                                {"us", "member"}}));
  for (const char* id :
       {"ag", "g7", "jucip", "mtcr", "nsg", "us-eu-japan", "us-eu-ttc", "wassenaar"}) {
    EXPECT_TRUE(roles.contains(id)) << id;
  }
  // A roster takes no unknown role and no disorder.
  std::filesystem::remove_all(directory);
  plan.arrangements[0].mutable_roles(0)->set_role("guest");
  EXPECT_EQ(WriteFederation(plan).status().code(), absl::StatusCode::kInvalidArgument);
  std::filesystem::remove_all(directory);
  plan.arrangements[0].mutable_roles(0)->set_role("member");
  std::swap(plan.arrangements[0], plan.arrangements[1]);
  EXPECT_EQ(WriteFederation(plan).status().code(), absl::StatusCode::kInvalidArgument);
  std::filesystem::remove_all(directory);
}

TEST(FederationTest, PutsDaemonsWhereTheyAreToBeReached) {
  const std::string directory = ::testing::TempDir() + "/lab-addresses";
  std::filesystem::remove_all(directory);
  FederationPlan plan{directory, "lab.example", {"no-mfa", "us-bis"}, {}, {}};
  for (const char* bad : {"192.0.2.7", "192.0.2.7:0", "192.0.2.7:70000", "host:1", "[::1:7"}) {
    plan.addresses = {{"us", bad}};
    EXPECT_EQ(WriteFederation(plan).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
  plan.addresses = {{"xx", "192.0.2.7:7443"}};
  EXPECT_EQ(WriteFederation(plan).status().code(), absl::StatusCode::kInvalidArgument);
  plan.addresses = {{"us", "192.0.2.7:7443"}, {"no", "[2001:db8::1]:7443"}};
  const auto lab = WriteFederation(plan);
  ASSERT_TRUE(lab.ok()) << lab.status();
  EXPECT_EQ(lab->daemons(0).address(), "[2001:db8::1]:7443");
  EXPECT_EQ(lab->daemons(1).address(), "192.0.2.7:7443");
  v1::DaemonConfig config;
  ASSERT_TRUE(ReadYamlFile(DaemonConfigPath(directory, "us"), &config).ok());
  EXPECT_EQ(config.listen(), "192.0.2.7:7443");
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace comity
