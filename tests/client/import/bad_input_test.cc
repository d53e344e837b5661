// Files that no edition can be made of: each a clear error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>

#include "client/import/importer.h"
#include "client/import/input.h"

namespace comity {
namespace {

using ::testing::HasSubstr;

std::string Gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 1024, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

const std::string kLine =
    R"({"version":"2020-10-06","code":"5A001","heading":"h","supplement":"1","text":"t"})"
    "\n";

std::string Error(const std::string& bytes, const std::string& format = "us-ccl-history",
                  const v1::CsvMapping* mapping = nullptr) {
  const std::string path = ::testing::TempDir() + "/bad_input";
  std::ofstream(path, std::ios::binary) << bytes;
  const auto edition = ImportFile(format, path, {.mapping = mapping});
  EXPECT_FALSE(edition.ok());
  return std::string(edition.status().message());
}

TEST(BadInputTest, GzipIsUndoneAndItsFaultsAreNamed) {
  const std::string good = Gzip(kLine);
  const std::string path = ::testing::TempDir() + "/good.gz";
  std::ofstream(path, std::ios::binary) << good;
  EXPECT_EQ(ImportFile("us-ccl-history", path)->entries.size(), 1u);
  for (size_t cut : {good.size() - 1, good.size() - 8, good.size() / 2, size_t{11}}) {
    EXPECT_THAT(Error(good.substr(0, cut)), HasSubstr("cut short")) << cut;
  }
  EXPECT_THAT(Error(good + "x"), HasSubstr("follow the gzip stream"));
  std::string damaged = good;
  damaged[good.size() - 6] ^= 1;  // in the checksum
  EXPECT_THAT(Error(damaged), HasSubstr("damaged"));
}

TEST(BadInputTest, AnEmptyFileOrOneWithoutRecords) {
  EXPECT_THAT(Error(""), HasSubstr("empty"));
  EXPECT_THAT(Error("\n\n"), HasSubstr("no record"));
  EXPECT_THAT(Error("[]", "jp-end-user"), HasSubstr("no record"));
  EXPECT_THAT(Error("[]", "no-list2"), HasSubstr("no record"));
  EXPECT_THAT(Error("code,heading\n", "csv"), HasSubstr("no record"));
}

TEST(BadInputTest, ALineAboveTheLimit) {
  EXPECT_THAT(Error(kLine + std::string(kMaxLineBytes + 1, 'x')), HasSubstr("line 2 has"));
  EXPECT_THAT(Error("code,text\n5A001," + std::string(kMaxLineBytes + 1, 'x'), "csv"),
              HasSubstr("line 2 has"));
}

TEST(BadInputTest, AFileOfAnotherFormat) {
  EXPECT_THAT(Error("not json", "no-list2"), HasSubstr("not JSON"));
  EXPECT_THAT(Error("{}", "no-list2"), HasSubstr("list of objects"));
  EXPECT_THAT(Error("{}", "jp-end-user"), HasSubstr("list of objects"));
  EXPECT_THAT(Error(std::string(100, '[') + std::string(100, ']'), "jp-end-user"),
              HasSubstr("nested deeper"));
  EXPECT_THAT(Error("hello\n", "entries"), HasSubstr("line 1"));
  EXPECT_THAT(Error(kLine, "us-ccl-histroy"), HasSubstr("did you mean \"us-ccl-history\"?"));
  EXPECT_THAT(
      Error(kLine +
            R"({"version":"2020-10-07","code":"5A002","heading":"h","supplement":"1","text":"t"})"
            "\n"),
      HasSubstr("mixes the editions"));
}

TEST(BadInputTest, TextThatIsNotUtf8IsRefusedByLine) {
  const std::string path = ::testing::TempDir() + "/utf8";
  std::ofstream(path, std::ios::binary)
      << kLine
      << "{\"version\":\"2020-10-06\",\"code\":\"5A002\",\"heading\":\"\xff\",\"supplement\":\"1\","
         "\"text\":\"t\"}\n";
  const auto edition = ImportFile("us-ccl-history", path);
  ASSERT_TRUE(edition.ok());
  ASSERT_EQ(edition->refused.size(), 1u);
  EXPECT_EQ(edition->refused[0].where, "line 2");
  EXPECT_EQ(edition->entries.size(), 1u);
}

TEST(BadInputTest, CsvThatIsNoCsvOrHasOtherColumns) {
  EXPECT_THAT(Error("code,text\n5A001,\"open\n", "csv"), HasSubstr("not CSV"));
  EXPECT_THAT(Error("code,text\n5A001,a\"b\n", "csv"), HasSubstr("line 2: not CSV"));
  EXPECT_THAT(Error("cod,text\n5A001,x\n", "csv"), HasSubstr("did you mean \"code\"?"));
  EXPECT_THAT(Error("code,code\n5A001,x\n", "csv"), HasSubstr("there twice"));
  EXPECT_THAT(Error("code,name\n5A001,x\n", "csv"), HasSubstr("one kind of entry"));
  v1::CsvMapping mapping;
  EXPECT_THAT(Error("A\n5A001\n", "csv", &mapping),
              HasSubstr("does not say what the column \"A\" is"));
}

TEST(BadInputTest, AMissingFile) {
  EXPECT_EQ(ImportFile("csv", "/nonexistent").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace comity
