// Destinations that are asked about, and names in lists.
#include "storage/law/destination.h"

#include <gtest/gtest.h>

#include <map>

#include "storage/law/country_names.h"

namespace comity {
namespace {

Destination At(const std::string& code) { return {code, CountryTitle(code)}; }

NameStands Stands(const std::string& name, const std::string& code) {
  return ReadName(name, At(code)).stands;
}

TEST(ParseDestinationTest, TakesCodesAndNamesInAnyCase) {
  const std::map<std::string, std::string> cases = {{"RU", "RU"},
                                                    {"ru", "RU"},
                                                    {"Russia", "RU"},
                                                    {"RUSSIAN federation", "RU"},
                                                    {" Hong Kong ", "HK"},
                                                    {"uk", "GB"},
                                                    {"Türkiye", "TR"},
                                                    {"TÜRKİYE", "TR"},
                                                    {"CÔTE D'IVOIRE", "CI"},
                                                    {"Korea, South", "KR"},
                                                    {"China (PRC)", "CN"},
                                                    {"the Netherlands", "NL"},
                                                    {"Burma", "MM"},
                                                    {"xk", "XK"}};
  for (const auto& [text, code] : cases) {
    const auto destination = ParseDestination(text);
    ASSERT_TRUE(destination.ok()) << text << ": " << destination.status();
    EXPECT_EQ(destination->code, code) << text;
  }
  EXPECT_EQ(ParseDestination("ru")->ToString(), "Russia (RU)");
}

TEST(ParseDestinationTest, ASlipIsAnErrorWithWhatIsClose) {
  const auto message = [](const std::string& text) {
    const auto destination = ParseDestination(text);
    EXPECT_EQ(destination.status().code(), absl::StatusCode::kInvalidArgument) << text;
    return std::string(destination.status().message());
  };
  EXPECT_NE(message("Rusia").find("did you mean Russia (RU)?"), std::string::npos);
  EXPECT_NE(message("Austrla").find("Austria (AT)"), std::string::npos);
  EXPECT_NE(message("XX").find("alpha-2"), std::string::npos);
  EXPECT_NE(message("Narnia").find("\"Narnia\""), std::string::npos);
  EXPECT_NE(message("Yugoslavia").find("RS"), std::string::npos) << "what became of it";
  EXPECT_NE(message("EU").find("member state"), std::string::npos);
  for (const char* text : {"", "  ", "R", "RU, CN"}) message(text);
  message(std::string(129, 'a'));
}

TEST(ReadNameTest, TellsTheSameOthersAndWhatMustBeRead) {
  EXPECT_EQ(Stands("China (PRC)", "CN"), NameStands::kSame);
  EXPECT_EQ(Stands("South Sudan, Republic of", "SS"), NameStands::kSame);
  EXPECT_EQ(Stands("Micronesia (Federated State of)", "FM"), NameStands::kSame);
  EXPECT_EQ(Stands("Congo (Democratic Republic of the)", "CD"), NameStands::kSame);
  EXPECT_EQ(Stands("Congo (Republic of the)", "CD"), NameStands::kOther);
  EXPECT_EQ(Stands("Korea, North", "KR"), NameStands::kOther);
  // What explains a name may part it from the country that has it alone.
  EXPECT_EQ(Stands("Congo (Kinshasa)", "CG"), NameStands::kOther);
  EXPECT_EQ(Stands("Guinea (Spanish)", "GN"), NameStands::kUnknown);
  EXPECT_EQ(Stands("Ireland (Northern)", "IE"), NameStands::kUnknown);
  EXPECT_EQ(Stands("Atlantis", "RU"), NameStands::kUnknown);
  EXPECT_EQ(Stands("Yugoslavia", "RS"), NameStands::kRelated);
  EXPECT_EQ(Stands("Yugoslavia", "RU"), NameStands::kOther);
  EXPECT_EQ(Stands("USSR", "UA"), NameStands::kRelated);
  EXPECT_EQ(Stands("Netherlands Antilles", "CW"), NameStands::kRelated);
  EXPECT_EQ(Stands("Curaçao", "AN"), NameStands::kRelated);
  EXPECT_EQ(Stands("China", "HK"), NameStands::kRelated);
  EXPECT_EQ(Stands("Hong Kong", "CN"), NameStands::kOther);
}

TEST(ReadNameTest, AMisprintResemblesAndIsNotMended) {
  EXPECT_EQ(CodeOfName("Seycheles"), "");
  EXPECT_TRUE(Resembles("Seycheles", At("SC")));
  EXPECT_TRUE(Resembles("Cote d'lvoire", At("CI")));
  EXPECT_FALSE(Resembles("Seycheles", At("RU")));
  EXPECT_FALSE(Resembles("Mali", At("MT"))) << "short names are close to too many";
}

TEST(IsOwnTest, MemberStatesAreTheUnions) {
  EXPECT_TRUE(IsOwn("us", "US"));
  EXPECT_TRUE(IsOwn("eu", "DE"));
  EXPECT_FALSE(IsOwn("eu", "NO"));
  EXPECT_FALSE(IsOwn("us", "CA"));
}

// Each name leads to its own country, whatever others are called.
TEST(CountryNamesTest, NoNameIsOfTwoCountries) {
  for (const std::string& code : CountryCodes()) {
    EXPECT_FALSE(CountryTitle(code).empty()) << code;
    for (const std::string& name : CountryNames(code)) {
      EXPECT_EQ(CountryCode(name), code) << name;
      EXPECT_EQ(FoldCountryName(name), name);
    }
    EXPECT_EQ(CountryCode(CountryTitle(code)), code) << CountryTitle(code);
  }
}

}  // namespace
}  // namespace comity
