// A hole in the logs is found, and nothing else is taken for one.
#include "storage/rocks/wal_check.h"

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <memory>
#include <string>

namespace comity::rocks {
namespace {

constexpr size_t kBlock = 32768;
constexpr size_t kHeader = 7;

std::string Number(uint64_t number, size_t bytes) {
  std::string text;
  for (; bytes > 0; --bytes, number >>= 8) text.push_back(static_cast<char>(number & 0xff));
  return text;
}

// Appends a batch as RocksDB lays it out: in pieces, none across a block's border.
void Append(std::string& log, uint64_t sequence, uint64_t count, size_t body = 50) {
  std::string rest = Number(sequence, 8) + Number(count, 4) + std::string(body, 'x');
  bool first = true;
  bool last = false;
  while (!last) {
    size_t left = kBlock - log.size() % kBlock;
    if (left < kHeader) {
      log.append(left, '\0');
      left = kBlock;
    }
    const std::string piece = rest.substr(0, std::min(rest.size(), left - kHeader));
    rest.erase(0, piece.size());
    last = rest.empty();
    const char type = first ? (last ? 1 : 2) : (last ? 4 : 3);
    log += "crc." + Number(piece.size(), 2) + type + piece;
    first = false;
  }
}

class WalCheckTest : public ::testing::Test {
 protected:
  absl::Status Check(const std::string& older, const std::string& newer) {
    EXPECT_TRUE(env_->CreateDirIfMissing("/db").ok());
    // 9 comes before 10: by number, not by name.
    EXPECT_TRUE(rocksdb::WriteStringToFile(env_.get(), older, "/db/000009.log").ok());
    EXPECT_TRUE(rocksdb::WriteStringToFile(env_.get(), newer, "/db/000010.log").ok());
    return CheckWals(env_.get(), "/db");
  }
  const std::unique_ptr<rocksdb::Env> env_{rocksdb::NewMemEnv(rocksdb::Env::Default())};
};

TEST_F(WalCheckTest, BatchesThatFollowEachOtherAreWhole) {
  EXPECT_TRUE(CheckWals(env_.get(), "/nowhere").ok());
  std::string older, newer;
  Append(older, 7, 3);
  Append(older, 10, 2, 100'000);
  // The next piece has room for its header alone, then for a few bytes.
  for (const size_t room : {kHeader, kHeader + 5, kHeader - 1}) {
    std::string log = older;
    const size_t left = kBlock - log.size() % kBlock;
    Append(log, 12, 1, left - kHeader - 12 - room);
    ASSERT_EQ(kBlock - log.size() % kBlock, room);
    Append(log, 13, 1);
    newer.clear();
    Append(newer, 14, 0);
    Append(newer, 14, 4);
    EXPECT_TRUE(Check(log, newer + std::string(5000, '\0')).ok());
    EXPECT_TRUE(Check(log, newer.substr(0, newer.size() - 3)).ok()) << "a torn end";
    EXPECT_TRUE(Check(log, "").ok());
  }
}

TEST_F(WalCheckTest, FindsAHoleBetweenLogsAndInsideOne) {
  std::string older, newer;
  Append(older, 7, 3);
  const size_t border = older.size();
  Append(older, 10, 2);
  Append(newer, 12, 1);
  ASSERT_TRUE(Check(older, newer).ok());
  EXPECT_EQ(Check(older.substr(0, border), newer).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Check(older.substr(0, older.size() - 1), newer).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Check(newer, older).code(), absl::StatusCode::kDataLoss) << "exchanged";

  std::string log;
  for (uint64_t sequence = 1; sequence <= 1000; ++sequence) Append(log, sequence, 1, 100);
  ASSERT_TRUE(Check(log, "").ok());
  std::fill(log.begin() + 4096, log.begin() + 8192, '\0');
  EXPECT_EQ(Check(log, "").code(), absl::StatusCode::kDataLoss) << "zeros in the middle";
}

}  // namespace
}  // namespace comity::rocks
