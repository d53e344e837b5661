#include "client/lab/federation.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "comity/v1/config.pb.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

TEST(FederationTest, WritesEverythingOnceAndNamesTheFiles) {
  const std::string directory = ::testing::TempDir() + "/lab";
  std::filesystem::remove_all(directory);
  FederationPlan plan{directory, "lab.example", {"no-mfa", "us-bis", "us-ofac"}, {}};
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

}  // namespace
}  // namespace comity
