// Records out of XML: whole, in order, with their lines; and what is not XML refused.
#include "client/import/xml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace comity {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Read {
  absl::Status status;
  std::vector<XmlNode> records;
  std::vector<std::string> paths;
  // "LINE: why".
  std::vector<std::string> refused;
};

// Reads the elements of the second level as records.
Read ReadAll(std::string_view bytes, bool salvage = false, size_t level = 2) {
  Read read;
  XmlHandlers handlers;
  handlers.is_record = [&](const std::vector<std::string>& path, const XmlNode&) {
    return path.size() == level;
  };
  handlers.take = [&](const std::vector<std::string>& path, XmlNode record) {
    std::string joined;
    for (const std::string& name : path) absl::StrAppend(&joined, "/", name);
    read.paths.push_back(joined);
    read.records.push_back(std::move(record));
    return absl::OkStatus();
  };
  if (salvage) {
    handlers.refuse = [&](uint32_t line, const std::string& why) {
      read.refused.push_back(absl::StrCat(line, ": ", why));
    };
  }
  read.status = ReadXml(bytes, handlers);
  return read;
}

std::string Error(std::string_view bytes) { return std::string(ReadAll(bytes).status.message()); }

TEST(XmlReaderTest, HandsOverRecordsWholeWithTheirLines) {
  const Read read = ReadAll(
      "<?xml version=\"1.0\"?>\n<l xmlns:p='urn:x' p:made='now'>\n"
      " <r a='1 &amp; 2'>\n  <n>x &lt; y&#x41;</n>\n  <n/>\n </r>\n"
      " <p:s>plain <b>bold</b> and <i>more</i> text</p:s>\n</l>\n");
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_THAT(read.paths, ElementsAre("/l/r", "/l/s"));
  const XmlNode& record = read.records[0];
  EXPECT_EQ(record.line, 3u);
  EXPECT_EQ(*record.Attribute("a"), "1 & 2");
  EXPECT_EQ(record.Attribute("b"), nullptr);
  ASSERT_EQ(record.children.size(), 2u) << "white space between elements is no text";
  EXPECT_EQ(record.Child("n")->Text(), "x < yA");
  EXPECT_EQ(record.Child("n")->line, 4u);
  EXPECT_EQ(record.Child("m"), nullptr);
  EXPECT_EQ(read.records[1].Text(), "plain bold and more text");
  EXPECT_EQ(read.records[1].children.size(), 5u) << "running text keeps its order";
}

TEST(XmlReaderTest, RefusesADocumentTypeSoThatNoEntityIsExpandedOrFetched) {
  EXPECT_THAT(Error("<!DOCTYPE l [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>\n<l><r>&b;</r></l>"),
              HasSubstr("line 1: a document type declaration is not accepted"));
  EXPECT_THAT(Error("<!DOCTYPE l SYSTEM 'file:///etc/passwd'>\n<l/>"),
              HasSubstr("document type declaration"));
  EXPECT_THAT(Error("<l>\n<r>&nbsp;</r></l>"), HasSubstr("line 2: not well-formed"));
}

TEST(XmlReaderTest, NamesTheLineAndTheRecordOfAFault) {
  EXPECT_THAT(Error("<l>\n<r>\na & b</r></l>"),
              HasSubstr("line 3: not well-formed XML: not well-formed (invalid token), in the r "
                        "that begins on line 2"));
  EXPECT_THAT(Error("<l>\n<r>x</r>\n<r>y"), HasSubstr("line 3: the file is cut short"));
  EXPECT_THAT(Error("<l>\n<r>x</r>\n"), HasSubstr("the file is cut short"));
  EXPECT_THAT(Error("<l><r>\xff</r></l>"), HasSubstr("line 1: not well-formed"));
  EXPECT_FALSE(ReadAll("").status.ok());
  EXPECT_FALSE(ReadAll("no xml").status.ok());
  EXPECT_FALSE(ReadAll("<l/><l/>").status.ok());
}

TEST(XmlReaderTest, BoundsDepthAndSize) {
  const auto nested = [](size_t depth) {
    std::string open = "<l>", close = "</l>";
    for (size_t i = 1; i < depth; ++i) {
      open += "<e>";
      close = "</e>" + close;
    }
    return open + close;
  };
  EXPECT_TRUE(ReadAll(nested(kMaxXmlDepth)).status.ok());
  EXPECT_THAT(Error(nested(kMaxXmlDepth + 1)), HasSubstr("nested deeper than 64"));
  std::string many = "<l><r>";
  for (size_t i = 1; i < kMaxXmlNodes; ++i) many += "<e/>";
  EXPECT_TRUE(ReadAll(many + "</r></l>").status.ok());
  EXPECT_THAT(Error(many + "<e/></r></l>"),
              HasSubstr("it holds more than 200000 parts, in the r that begins on line 1"));
}

TEST(XmlReaderTest, PassesOnWhatTheTakerRefuses) {
  XmlHandlers handlers;
  handlers.is_record = [](const std::vector<std::string>& path, const XmlNode&) {
    return path.size() == 2;
  };
  int taken = 0;
  handlers.take = [&](const std::vector<std::string>&, XmlNode) {
    ++taken;
    return absl::AbortedError("enough");
  };
  handlers.refuse = [](uint32_t, const std::string&) { FAIL(); };
  EXPECT_EQ(ReadXml("<l><r/><r/></l>", handlers), absl::AbortedError("enough"));
  EXPECT_EQ(taken, 1);
}

TEST(XmlSalvageTest, ReadsTheRecordsAroundOneThatIsNotWellFormed) {
  const Read read = ReadAll(
      "<l><as>\n<a>1</a>\n<a><a_b>2</a_b> & 3</a>\n<a>4</a>\n</as><bs>\n<b>5</b>\n<b>6 & "
      "7</b></bs>\n</l>",
      /*salvage=*/true, /*level=*/3);
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_THAT(read.paths, ElementsAre("/l/as/a", "/l/as/a", "/l/bs/b"));
  EXPECT_EQ(read.records[1].line, 4u) << "lines go on behind the fault";
  EXPECT_EQ(read.records[2].line, 6u);
  ASSERT_EQ(read.refused.size(), 2u);
  EXPECT_THAT(read.refused[0], HasSubstr("3: not well-formed"));
  EXPECT_THAT(read.refused[1], HasSubstr("7: not well-formed"));
}

TEST(XmlSalvageTest, ARecordThatIsNotClosedSpoilsItselfAlone) {
  const Read read = ReadAll("<l>\n<r><n>1</n>\n<r><n>2</n></r>\n<r>3</r></l>", true);
  ASSERT_TRUE(read.status.ok());
  ASSERT_EQ(read.records.size(), 2u);
  EXPECT_EQ(read.records[0].Text(), "2");
  ASSERT_EQ(read.refused.size(), 1u);
  EXPECT_THAT(read.refused[0],
              HasSubstr("3: the next one begins before its end, in the r that begins on line 2"));
}

TEST(XmlSalvageTest, OfACutFileAllButTheLast) {
  const std::string whole = "<l>\n<r>1</r>\n<r>2</r>\n</l>";
  for (size_t cut = 4; cut < whole.size(); ++cut) {
    const Read read = ReadAll(whole.substr(0, cut), true);
    EXPECT_TRUE(read.status.ok());
    EXPECT_EQ(read.refused.size(), 1u) << whole.substr(0, cut);
    EXPECT_EQ(read.records.size(), cut >= 21 ? 2u : cut >= 12 ? 1u : 0u) << cut;
  }
}

TEST(XmlSalvageTest, KeepsTheDeclaredEncodingAndEndsAfterTooManyFaults) {
  const Read latin =
      ReadAll("<?xml version='1.0' encoding='ISO-8859-1'?><l><r>&</r><r>\xe9</r></l>", true);
  ASSERT_EQ(latin.records.size(), 1u);
  EXPECT_EQ(latin.records[0].Text(), "é");
  std::string faults = "<l>";
  for (size_t i = 0; i < kMaxSalvaged + 5; ++i) faults += "<r>&</r>";
  const Read read = ReadAll(faults + "<r>1</r></l>", true);
  EXPECT_TRUE(read.records.empty());
  EXPECT_EQ(read.refused.size(), kMaxSalvaged + 1);
  EXPECT_THAT(read.refused.back(), HasSubstr("what follows this line is not read"));
}

}  // namespace
}  // namespace comity
