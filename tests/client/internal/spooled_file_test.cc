#include "client/internal/spooled_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace comity {
namespace {

namespace fs = std::filesystem;

class SpooledFileTest : public ::testing::Test {
 protected:
  SpooledFileTest() {
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }
  ~SpooledFileTest() override { fs::remove_all(directory_); }
  std::string Read() const {
    std::ostringstream bytes;
    bytes << std::ifstream(path_, std::ios::binary).rdbuf();
    return bytes.str();
  }
  size_t Files() const {
    return std::distance(fs::directory_iterator(directory_), fs::directory_iterator());
  }
  const std::string directory_ = ::testing::TempDir() + "/spooled_file_test";
  const std::string path_ = directory_ + "/out";
};

TEST_F(SpooledFileTest, IsThereWholeOnceItIsDelivered) {
  std::ofstream(path_) << "before";
  auto file = SpooledFile::Create(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE((*file)->Append("one ").ok());
  ASSERT_TRUE((*file)->Append("two").ok());
  EXPECT_EQ(Read(), "before");
  ASSERT_TRUE((*file)->Deliver().ok());
  EXPECT_EQ(Read(), "one two");
  file->reset();
  EXPECT_EQ(Files(), 1u);
}

TEST_F(SpooledFileTest, LeavesNothingIfItIsNotDelivered) {
  std::ofstream(path_) << "before";
  auto file = SpooledFile::Create(path_);
  ASSERT_TRUE((*file)->Append("half").ok());
  file->reset();
  EXPECT_EQ(Read(), "before");
  EXPECT_EQ(Files(), 1u);
  EXPECT_TRUE(absl::IsInvalidArgument(SpooledFile::Create(directory_ + "/none/out").status()));
}

TEST_F(SpooledFileTest, FinishesPieceByPiece) {
  auto file = SpooledFile::Create(path_);
  const std::string line(1000, 'x');
  for (int i = 0; i < 3'000; ++i) ASSERT_TRUE((*file)->Append(line).ok());
  size_t largest = 0;
  ASSERT_TRUE((*file)
                  ->Deliver([&](std::string_view piece) {
                    largest = std::max(largest, piece.size());
                    return std::string(piece.size(), 'y');
                  })
                  .ok());
  EXPECT_EQ(Read(), std::string(3'000'000, 'y'));
  EXPECT_LE(largest, size_t{1} << 20);
  file->reset();
  EXPECT_EQ(Files(), 1u);
}

}  // namespace
}  // namespace comity
