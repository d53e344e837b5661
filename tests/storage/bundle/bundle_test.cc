#include "storage/bundle/bundle.h"

#include <gtest/gtest.h>

#include <random>

namespace comity {
namespace {

std::string File(const std::vector<BundleRecord>& records) {
  BundleWriter writer;
  std::string file = writer.Begin();
  for (const BundleRecord& record : records) file += writer.Record(record.kind, record.payload);
  return file;
}

std::string Sample() {
  return File({{BundleKind::kHeader, "header"},
               {BundleKind::kHead, std::string(300, 'h')},
               {BundleKind::kRevisions, ""},
               {BundleKind::kEnd, ""}});
}

// Reads it fed in pieces of `piece` bytes.
absl::StatusOr<std::vector<BundleRecord>> Read(std::string_view bytes, size_t piece) {
  BundleReader reader;
  std::vector<BundleRecord> records;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    reader.Feed(bytes.substr(at, piece));
    for (;;) {
      const auto record = reader.Next();
      if (!record.ok()) return record.status();
      if (!record->has_value()) break;
      records.push_back(**record);
    }
  }
  if (const absl::Status ended = reader.CheckEnded(); !ended.ok()) return ended;
  return records;
}

TEST(BundleTest, ReadsWhatWasWrittenInPiecesOfAnySize) {
  const std::string file = Sample();
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{64}, file.size()}) {
    const auto records = Read(file, piece);
    ASSERT_TRUE(records.ok()) << records.status();
    ASSERT_EQ(records->size(), 4u);
    EXPECT_EQ(records->at(0).payload, "header");
    EXPECT_EQ(records->at(1).payload, std::string(300, 'h'));
    EXPECT_EQ(records->at(3).kind, BundleKind::kEnd);
  }
}

TEST(BundleTest, EveryFlippedBitIsFound) {
  const std::string file = Sample();
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::string altered = file;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
    const auto records = Read(altered, altered.size());
    EXPECT_EQ(records.status().code(), absl::StatusCode::kInvalidArgument) << "bit " << bit;
  }
}

TEST(BundleTest, EveryCutAndEveryTailIsFound) {
  const std::string file = Sample();
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_EQ(Read(file.substr(0, size), 50).status().code(), absl::StatusCode::kInvalidArgument)
        << size;
  }
  EXPECT_EQ(Read(file + "x", 50).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(BundleTest, RecordsLeftOutOrExchangedAreFound) {
  BundleWriter writer;
  const std::string begin = writer.Begin();
  const std::string header = writer.Record(BundleKind::kHeader, "header");
  const std::string one = writer.Record(BundleKind::kHead, "one");
  const std::string two = writer.Record(BundleKind::kHead, "two");
  const std::string end = writer.Record(BundleKind::kEnd, "");
  ASSERT_TRUE(Read(begin + header + one + two + end, 9).ok());
  EXPECT_FALSE(Read(begin + header + two + end, 9).ok());
  EXPECT_FALSE(Read(begin + header + two + one + end, 9).ok());
  EXPECT_FALSE(Read(begin + one + two + end, 9).ok());
}

TEST(BundleTest, AnUnknownOddKindIsRefusedAndAnEvenOnePassedOver) {
  const auto records = Read(File({{BundleKind::kHeader, "h"},
                                  {static_cast<BundleKind>(12), "later"},
                                  {BundleKind::kEnd, ""}}),
                            9);
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(records->size(), 2u);

  const std::string refused = File({{BundleKind::kHeader, "h"},
                                    {static_cast<BundleKind>(13), "later"},
                                    {BundleKind::kEnd, ""}});
  EXPECT_NE(Read(refused, 9).status().message().find("newer"), std::string::npos);
}

TEST(BundleTest, ALengthThatLiesCostsNoMemory) {
  BundleWriter writer;
  BundleReader reader;
  reader.Feed(writer.Begin());
  reader.Feed(std::string("\xff\xff\xff\xff\x01", 5));
  EXPECT_NE(reader.Next().status().message().find("over 1 MiB"), std::string::npos);
  // It stays refused.
  reader.Feed(writer.Record(BundleKind::kHeader, "h"));
  EXPECT_FALSE(reader.Next().ok());
}

TEST(BundleTest, OtherFilesAreToldAtTheirFirstByte) {
  for (const std::string other : {"", "code,heading,text\n5A001,x,y\n", "comity-bundle-v2\n"}) {
    const auto records = Read(other, 8);
    EXPECT_NE(records.status().message().find("no bundle"), std::string::npos) << records.status();
  }
}

}  // namespace
}  // namespace comity
