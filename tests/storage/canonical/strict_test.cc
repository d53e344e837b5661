// One test for each rule of the strict reader, on bytes written by hand.
#include "storage/canonical/strict.h"

#include <gtest/gtest.h>

#include "comity/v1/entry.pb.h"
#include "comity/v1/envelope.pb.h"
#include "comity/v1/revision.pb.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

std::string Bytes(std::initializer_list<int> bytes) {
  std::string out;
  for (const int byte : bytes) out.push_back(static_cast<char>(byte));
  return out;
}

// A genesis: field 1 schema_level, 2 critical_level, 3 origin, 4 kind, 5 title.
absl::Status ReadGenesis(const std::string& bytes) {
  v1::Genesis genesis;
  return ParseStrict(bytes, &genesis);
}

void ExpectRefused(const std::string& bytes, const char* what) {
  const absl::Status status = ReadGenesis(bytes);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << what;
  EXPECT_EQ(ReasonOf(status), v1::REASON_NOT_CANONICAL) << what;
}

TEST(StrictTest, ReadsWhatProtobufWrites) {
  v1::Genesis genesis;
  genesis.set_schema_level(1);
  genesis.set_origin("f.example/us-bis/ccl/1");
  genesis.set_kind(v1::LIST_KIND_ITEMS);
  genesis.set_published_at(-5);
  genesis.add_audience("us");
  genesis.add_audience("");
  v1::Genesis read;
  ASSERT_TRUE(ParseStrict(genesis.SerializeAsString(), &read).ok());
  EXPECT_EQ(read.SerializeAsString(), genesis.SerializeAsString());
}

TEST(StrictTest, RefusesFieldsOutOfOrder) {
  ExpectRefused(Bytes({0x2a, 1, 't', 0x08, 1}), "5 before 1");
}
TEST(StrictTest, RefusesASingularFieldTwice) {
  ExpectRefused(Bytes({0x08, 1, 0x08, 2}), "schema_level twice");
}
TEST(StrictTest, RefusesAVarintThatIsTooLong) {
  ExpectRefused(Bytes({0x08, 0x81, 0x00}), "value 1 in two bytes");
  ExpectRefused(Bytes({0x88, 0x00, 0x01}), "tag in two bytes");
  ExpectRefused(Bytes({0x2a, 0x81, 0x00, 't'}), "length in two bytes");
}
TEST(StrictTest, RefusesAnImplicitDefault) {
  ExpectRefused(Bytes({0x08, 0}), "schema_level 0");
  ExpectRefused(Bytes({0x2a, 0}), "empty title");
}
TEST(StrictTest, RefusesAnUnknownField) {
  ExpectRefused(Bytes({0x08, 1, 0xf8, 0x07, 1}), "field 127");
}
TEST(StrictTest, RefusesAnUnknownEnumValue) { ExpectRefused(Bytes({0x20, 99}), "kind 99"); }
TEST(StrictTest, RefusesAWrongWireType) {
  ExpectRefused(Bytes({0x0a, 1, 'x'}), "schema_level as bytes");
  ExpectRefused(Bytes({0x0d, 1, 0, 0, 0}), "schema_level as fixed32");
}
TEST(StrictTest, RefusesANumberOutOfItsRange) {
  ExpectRefused(Bytes({0x08, 0x80, 0x80, 0x80, 0x80, 0x10}), "2^32 in a uint32");
}
TEST(StrictTest, RefusesTextThatIsNotText) {
  ExpectRefused(Bytes({0x2a, 2, 0xc3, 0x28}), "bad UTF-8");
  ExpectRefused(Bytes({0x2a, 2, 0xc0, 0x80}), "overlong NUL");
  ExpectRefused(Bytes({0x2a, 3, 0xed, 0xa0, 0x80}), "a surrogate");
  ExpectRefused(Bytes({0x2a, 1, 0x00}), "NUL");
  ExpectRefused(Bytes({0x2a, 1, 0x1b}), "ESC");
  EXPECT_TRUE(ReadGenesis(Bytes({0x2a, 2, '\t', '\n'})).ok());
  EXPECT_TRUE(ReadGenesis(Bytes({0x2a, 2, 0xc2, 0x85})).ok()) << "C1 controls occur in real lists";
}
TEST(StrictTest, RefusesWhatIsCutShort) {
  ExpectRefused(Bytes({0x08}), "a tag alone");
  ExpectRefused(Bytes({0x2a, 5, 't'}), "fewer bytes than its length");
  ExpectRefused(Bytes({0x08, 0x80}), "an unfinished varint");
}
TEST(StrictTest, RefusesTwoMembersOfAOneof) {
  // Entry: item (4) and party (5).
  v1::Entry entry;
  const std::string both = Bytes({0x0a, 1, 'k', 0x1a, 0, 0x22, 0});
  EXPECT_EQ(ReasonOf(ParseStrict(both, &entry)), v1::REASON_NOT_CANONICAL);
}
TEST(StrictTest, RefusesGroupsAndFieldZero) {
  ExpectRefused(Bytes({0x0b, 0x0c}), "a group");
  ExpectRefused(Bytes({0x00, 1}), "field 0");
}
TEST(StrictTest, LooksIntoNestedMessages) {
  v1::Revision revision;
  // instrument (9) holding citation (1) twice.
  const std::string bytes = Bytes({0x4a, 6, 0x0a, 1, 'a', 0x0a, 1, 'b'});
  EXPECT_EQ(ReasonOf(ParseStrict(bytes, &revision)), v1::REASON_NOT_CANONICAL);
}
TEST(StrictTest, KeepsPresenceOfExplicitZero) {
  // Instrument.published_on is optional: day 0 may be said.
  v1::Instrument instrument;
  ASSERT_TRUE(ParseStrict(Bytes({0x20, 0}), &instrument).ok());
  EXPECT_TRUE(instrument.has_published_on());
}

TEST(StrictLevelTest, StopsAtACriticalLevelAboveOurs) {
  v1::Genesis genesis;
  const absl::Status status = ParseStrictLevel(Bytes({0x08, 2, 0x10, 2}), 1, &genesis);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), v1::REASON_UNSUPPORTED_LEVEL);
}
TEST(StrictLevelTest, PassesOverNewFieldsOfAHigherSchemaLevel) {
  v1::Genesis genesis;
  EXPECT_TRUE(ParseStrictLevel(Bytes({0x08, 2, 0xf8, 0x07, 1}), 1, &genesis).ok());
  EXPECT_FALSE(ParseStrictLevel(Bytes({0x08, 1, 0xf8, 0x07, 1}), 1, &genesis).ok());
}

}  // namespace
}  // namespace comity
