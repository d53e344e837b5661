#include "client/import/instruments_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/client/import/fixtures.h"

namespace comity {
namespace {

using ::testing::HasSubstr;

const std::string kFixture = kFolder + "us-fr-rules.json";

std::string InstrumentsAt(const std::string& bytes) { return Temporary("instruments", bytes); }

std::string Error(const absl::Status& status) { return std::string(status.message()); }

TEST(InstrumentsFileTest, ReadsTheGazettesDocumentsAndSaysWhatIsOdd) {
  const auto acts = ImportUsFrRules(kFixture);
  ASSERT_TRUE(acts.ok()) << acts.status();
  EXPECT_EQ(acts->read, 5u);
  ASSERT_EQ(acts->documents.size(), 3u);
  EXPECT_EQ(acts->documents[0].instrument.citation(), "91 FR 10");
  EXPECT_EQ(acts->documents[1].action, "Final rule; correction.");
  EXPECT_EQ(FormatCivilDay(*acts->documents[1].effective_on), "2026-01-02");
  EXPECT_EQ(FormatCivilDay(CivilDay{acts->documents[1].instrument.published_on()}), "2026-01-05");
  EXPECT_FALSE(acts->documents[2].effective_on.has_value());
  ASSERT_EQ(acts->refused.size(), 2u);
  EXPECT_THAT(acts->refused[0].why, HasSubstr("publicationDate"));
  EXPECT_THAT(acts->refused[1].why, HasSubstr("no citation"));
  EXPECT_THAT(acts->notes[0], HasSubstr("two documents begin at 91 FR 20"));
  EXPECT_EQ(acts->unmapped.at("documents.docketIds"), 1u);
}

TEST(InstrumentsFileTest, WritesAndReadsBackTheSame) {
  const auto acts = ImportUsFrRules(kFixture);
  ASSERT_TRUE(acts.ok());
  const auto again = ReadInstruments(InstrumentsAt(WriteInstruments(*acts)));
  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_EQ(again->documents.size(), acts->documents.size());
  for (size_t i = 0; i < acts->documents.size(); ++i) {
    EXPECT_EQ(again->documents[i].instrument.SerializeAsString(),
              acts->documents[i].instrument.SerializeAsString());
    EXPECT_EQ(again->documents[i].number, acts->documents[i].number);
    EXPECT_EQ(again->documents[i].effective_on, acts->documents[i].effective_on);
  }
}

TEST(InstrumentsFileTest, FindsByCitationOrNumberAndNeverGuesses) {
  const auto acts = ImportUsFrRules(kFixture);
  ASSERT_TRUE(acts.ok());
  EXPECT_EQ(FindInstrument(*acts, "91 FR 10")->number, "2026-00001");
  EXPECT_EQ(FindInstrument(*acts, "2026-00003")->instrument.title(), "Reins");
  const auto two = FindInstrument(*acts, "91 FR 20");
  EXPECT_EQ(two.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Error(two.status()), HasSubstr("2026-00002, 2026-00003"));
  const auto none = FindInstrument(*acts, "91 FR 1O");
  EXPECT_EQ(none.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Error(none.status()), HasSubstr("did you mean \"91 FR 10\"?"));
}

TEST(InstrumentsFileTest, OtherFilesAreRefused) {
  for (const char* bytes : {"[]", "{}", "{\"documents\": []}", "x"}) {
    EXPECT_EQ(ImportUsFrRules(InstrumentsAt(bytes)).status().code(),
              absl::StatusCode::kInvalidArgument)
        << bytes;
  }
  EXPECT_THAT(Error(ReadInstruments(InstrumentsAt("{\"comityEntries\":1}\n")).status()),
              HasSubstr("line 1"));
  EXPECT_THAT(
      Error(ReadInstruments(InstrumentsAt("{\"comityInstruments\":1}\n{\"citation\":\"\"}\n"))
                .status()),
      HasSubstr("line 2"));
}

}  // namespace
}  // namespace comity
