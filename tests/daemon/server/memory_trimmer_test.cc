#include "daemon/server/memory_trimmer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <vector>

namespace comity {
namespace {

size_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

TEST(MemoryTrimmerTest, SmallPiecesThatWereFreedGoBack) {
  constexpr size_t kPiece = 1024, kPieces = 200 * 1024;
  TuneHeap();
  std::vector<std::unique_ptr<char[]>> pieces;
  for (size_t i = 0; i < kPieces; ++i) pieces.push_back(std::make_unique<char[]>(kPiece));
  const size_t full = ResidentBytes();
  // One in a thousand stays, so that the heap does not shrink by itself.
  for (size_t i = 0; i < kPieces; ++i) {
    if (i % 1000 != 999) pieces[i].reset();
  }
  EXPECT_GT(ResidentBytes(), full / 2);
  size_t returned = 0;
  EXPECT_TRUE(TrimHeap(&returned));
  EXPECT_LT(ResidentBytes(), full - kPiece * kPieces / 2);
  EXPECT_FALSE(TrimHeap(&returned)) << "it was given back already";
}

}  // namespace
}  // namespace comity
