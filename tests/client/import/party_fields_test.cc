// Dates, scripts, countries and citations as lists write them.
#include "client/import/party_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/import/fr_citations.h"
#include "client/import/ofac_remarks.h"
#include "storage/law/country_names.h"

namespace comity {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PartyFieldsTest, DatesInEverySpellingOfTheLists) {
  const std::pair<const char*, const char*> kDates[] = {{"1962", "1962"},
                                                        {"Oct 1965", "1965-10"},
                                                        {"20 May 1954", "1954-05-20"},
                                                        {"2017-10-16", "2017-10-16"},
                                                        {"2017-10", "2017-10"},
                                                        {"3/20/1992", "1992-03-20"},
                                                        {"06/29/2056", "2056-06-29"},
                                                        {" 1 January 2000 ", "2000-01-01"}};
  for (const auto& [text, date] : kDates) EXPECT_EQ(IsoDate(text), date) << text;
  for (const char* text : {"", "13/20/1992", "31 Feb 1990", "20 Foo 1954", "late 1980s", "2017-13",
                           "1992/03/20", "3/20/92", "2017-02-30"}) {
    EXPECT_EQ(IsoDate(text), std::nullopt) << text;
    EXPECT_EQ(IsoDateOr(text), text);
  }
}

TEST(PartyFieldsTest, BirthsTellHowExactTheyAre) {
  const auto birth = [](const char* text) {
    const v1::Birth b = BirthOf(text);
    return b.date() + " " + b.precision();
  };
  EXPECT_EQ(birth("20 May 1954"), "1954-05-20 exact");
  EXPECT_EQ(birth("circa 1954"), "1954 approximate");
  EXPECT_EQ(birth("1957 to 1959"), "1957/1959 between");
  EXPECT_EQ(birth("01 Jan 1957 to 31 Dec 1959"), "1957-01-01/1959-12-31 between");
  EXPECT_EQ(birth("circa late 1950s"), "circa late 1950s ");
}

TEST(PartyFieldsTest, ScriptsOfNames) {
  const std::pair<const char*, const char*> kNames[] = {{"Müller & Co. 12", "Latn"},
                                                        {"Пример", "Cyrl"},
                                                        {"محمد طاهر", "Arab"},
                                                        {"样本电信", "Hani"},
                                                        {"株式会社サンプル", "Jpan"},
                                                        {"삼플", "Hang"},
                                                        {"Sample 样本", "Hani"},
                                                        {"123 - ", ""},
                                                        {"", ""}};
  for (const auto& [text, script] : kNames) EXPECT_EQ(ScriptOf(text), script) << text;
  EXPECT_EQ(ScriptOf("\xe6\xa0"), "") << "cut in the middle of a character";
}

TEST(PartyFieldsTest, TrimsAndParts) {
  EXPECT_EQ(Trimmed(" \xc2\xa0 a b\xc2\xa0\r\n"), "a b");
  EXPECT_EQ(Trimmed("\xc2\xa0"), "");
  EXPECT_THAT(Parts("a; b;; c ;", ";"), ElementsAre("a", "b", "c"));
}

TEST(CountryNamesTest, InTheWordingsOfTheLists) {
  const std::pair<const char*, const char*> kCountries[] = {
      {"Afghanistan", "AF"},
      {"AFGHANISTAN", "AF"},
      {"Korea, North", "KP"},
      {"Democratic People's Republic of Korea", "KP"},
      {"Korea, South", "KR"},
      {"Republic of Korea", "KR"},
      {"The Gambia", "GM"},
      {"Bahamas, The", "BS"},
      {"United Kingdom of Great Britain and Northern Ireland", "GB"},
      {"Türkiye", "TR"},
      {"Turkey", "TR"},
      {"Burma", "MM"},
      {"Myanmar", "MM"},
      {"Congo, Democratic Republic of the", "CD"},
      {"CONGO, Democratic Republic of (was Zaire)", "CD"},
      {"Congo, Republic of the", "CG"},
      {"Iran (Islamic Republic of)", "IR"},
      {"Russian Federation", "RU"},
      {"Viet Nam", "VN"},
      {"Cote d Ivoire", "CI"},
      {"Côte d'Ivoire", "CI"},
      {"Virgin Islands, British", "VG"},
      {"St. Kitts & Nevis", "KN"},
      {"State of Palestine", "PS"},
      {"West Bank", "PS"},
      {"Syrian Arab Republic", "SY"},
      {"Niger", "NE"},
      {"Nigeria", "NG"},
      {"Dominica", "DM"},
      {"Dominican Republic", "DO"},
      {"Guinea", "GN"},
      {"Equatorial Guinea", "GQ"},
      {"United States of America", "US"},
      {"Micronesia", "FM"},
      {"the Democratic Republic of the Congo", "CD"},
      {"Republic of Italy", "IT"},
      {"State of Libya", "LY"},
      {"Republic of Rwanda", "RW"},
      {"Republic of the Union of Myanmar", "MM"},
      {"Co-operative Republic of Guyana", "GY"},
      {"United States Virgin Islands", "VI"},
      {"Wallis and Futuna Islands", "WF"},
      {"Svalbard and Jan Mayen Islands", "SJ"},
      {"Curaçao", "CW"}};
  for (const auto& [name, code] : kCountries) EXPECT_EQ(CountryCode(name), code) << name;
  for (const char* none : {"", "Region: Gaza", "undetermined", "Medellin", "Kabul, Afghanistan"}) {
    EXPECT_EQ(CountryCode(none), "") << none;
    EXPECT_EQ(CountryOr(none), none);
  }
  EXPECT_TRUE(IsCountryCode("NO"));
  EXPECT_FALSE(IsCountryCode("no"));
  EXPECT_FALSE(IsCountryCode("UK"));
}

TEST(FrCitationsTest, SeveralInOneCell) {
  EXPECT_THAT(SplitCitations("68 F.R. 38290 6/27/03 71 F.R. 38843, 7/10/06 and 72 FR 4236"),
              ElementsAre("68 F.R. 38290 6/27/03", "71 F.R. 38843, 7/10/06", "72 FR 4236"));
  EXPECT_THAT(SplitCitations("82 F.R. 61745 12/29/2017;  83F.R. 28801 6/21/2018"),
              ElementsAre("82 F.R. 61745 12/29/2017", "83F.R. 28801 6/21/2018"));
  EXPECT_THAT(SplitCitations("Vol. 83, No. 91, 05/10/2018"),
              ElementsAre("Vol. 83, No. 91, 05/10/2018"));
  EXPECT_THAT(SplitCitations(" "), IsEmpty());
  EXPECT_EQ(CitationName("82 F.R.  4842 1/17/2017"), "82 FR 4842");
  EXPECT_EQ(CitationName("83F.R. 28801"), CitationName("83 FR 28801 6/21/18"));
  EXPECT_EQ(CitationName("Notice  1958"), "Notice 1958");
}

TEST(OfacRemarksTest, WhatIsInNoSetPhraseIsLeft) {
  v1::ListedParty party;
  ReadOfacRemarks(
      "former Minister of Examples; Member ETA; all offices worldwide; wife of Sample Person; "
      "Trade No. of nothing; DOB",
      &party);
  EXPECT_EQ(party.ByteSizeLong(), 0u) << party.ShortDebugString();
}

TEST(OfacRemarksTest, IdsWithCountryAndDates) {
  const v1::Identifier id =
      OfacId("Passport", "FK117 (Libya) issued 25 Nov 2018 expires 24 Nov 2026");
  EXPECT_EQ(id.number(), "FK117");
  EXPECT_EQ(id.country(), "LY");
  EXPECT_EQ(id.issued_on(), "2018-11-25");
  EXPECT_EQ(id.expires_on(), "2026-11-24");
  EXPECT_EQ(OfacId("Website", "a (b)").number(), "a (b)") << "no country in the brackets";
}

}  // namespace
}  // namespace comity
