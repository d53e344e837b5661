#include "client/internal/draft_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "storage/lists/replica.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;

class DraftFileTest : public ::testing::Test {
 protected:
  testing::TestFederation federation_;
  ManualClock clock_{testing::kNow};
  MemoryStore store_;
  std::unique_ptr<Replica> replica_ = federation_.MakeReplica("us", &store_, &clock_);
  const std::string path_ = ::testing::TempDir() + "/test.draft";
  const v1::DraftFile draft_ =
      *replica_->Draft(Edition("us-bis/ccl", "2020-01-01", {Item("5A001", "t")}));
};

TEST_F(DraftFileTest, TravelsSignedAndIsAccepted) {
  ASSERT_TRUE(WriteDraftFile(path_, draft_).ok());
  for (int officer : {1, 3}) {
    v1::DraftFile read = *ReadDraftFile(path_);
    ASSERT_TRUE(SignDraft(&read, federation_.Officer("us-bis", officer)).ok());
    ASSERT_TRUE(WriteDraftFile(path_, read).ok());
  }
  const auto submitted = replica_->Submit(*EnvelopesOf(*ReadDraftFile(path_)));
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  EXPECT_EQ(submitted->head.size.value, 2u);
}

TEST_F(DraftFileTest, OneOfficerSignsOnce) {
  v1::DraftFile draft = draft_;
  ASSERT_TRUE(SignDraft(&draft, federation_.Officer("us-bis", 1)).ok());
  EXPECT_EQ(SignDraft(&draft, federation_.Officer("us-bis", 1)).code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(DraftFileTest, RefusesWhatIsNoDraftOrNotCanonical) {
  std::ofstream(path_) << "hello";
  EXPECT_EQ(ReadDraftFile(path_).status().code(), absl::StatusCode::kInvalidArgument);
  v1::DraftFile draft = draft_;
  draft.mutable_leaves(1)->mutable_payload()->append("\x08\x01");
  ASSERT_TRUE(WriteDraftFile(path_, draft).ok());
  EXPECT_EQ(ReadDraftFile(path_).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadDraftFile(path_ + ".gone").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace comity
