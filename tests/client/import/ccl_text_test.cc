// The Commerce Control List's wording: reasons, scopes, destinations, exceptions, and which
// letters are items.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/import/ccl_controls.h"
#include "client/import/ccl_outline.h"
#include "client/import/placeholder.h"

namespace comity {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Reasons(const char* published) {
  std::map<std::string, uint32_t> mended;
  return CclReasons(published, &mended);
}

TEST(CclReasonsTest, MisprintsAreMendedAndWordsStand) {
  EXPECT_THAT(Reasons("NS, SL, AT"), ElementsAre("NS", "SL", "AT"));
  EXPECT_THAT(Reasons("CC1"), ElementsAre("CC"));
  EXPECT_THAT(Reasons("CC 1"), ElementsAre("CC"));
  EXPECT_THAT(Reasons("CW, AT."), ElementsAre("CW", "AT"));
  EXPECT_THAT(Reasons("NS, MT NP, AT"), ElementsAre("NS", "MT", "NP", "AT"));
  EXPECT_THAT(Reasons("RS AT"), ElementsAre("RS", "AT"));
  EXPECT_THAT(Reasons("NS, MT and AT"), ElementsAre("NS", "MT", "AT"));
  EXPECT_THAT(Reasons("AT, Foreign policy"), ElementsAre("AT", "Foreign policy"));
  EXPECT_THAT(Reasons("AT, AT"), ElementsAre("AT"));
  EXPECT_THAT(Reasons(" "), IsEmpty());
  std::map<std::string, uint32_t> mended;
  CclReasons("CC1, NS", &mended);
  EXPECT_EQ(mended.size(), 1u);
  EXPECT_EQ(mended.count("\"CC1\" -> CC"), 1u) << "only what was mended is told";
}

TEST(PlaceholderTest, EachSpellingAndNothingElse) {
  for (const char* text :
       {"[Reserved]", "[RESERVED]", "Reserved.", "[Reserved];", "[Reserved]; or", "[Reserved], and",
        "through w. [Reserved]", "through .x [RESERVED].", "to a.5. [Reserved]\nN.B.: See 3A002.h.",
        "and q.2. [Reserved]", "d-e. [Reserved];", "1 [Reserved]", "Not used", "Not used;",
        "Not used. 5D1 Software"}) {
    EXPECT_TRUE(IsPlaceholder(text)) << text;
  }
  for (const char* text : {"", "or", "Reserved bandwidth;", "Not used for signals;",
                           "Gear:\n[Reserved]", "Rights of the maker [Reserved]"}) {
    EXPECT_FALSE(IsPlaceholder(text)) << text;
  }
}

TEST(CclDestinationsTest, EachFormOfTheCell) {
  EXPECT_EQ(CclDestinations("NS Column 1.").chart_column(), "NS Column 1");
  EXPECT_EQ(CclDestinations("AT column 2").chart_column(), "AT Column 2");
  for (const char* text :
       {"NP Column 1 AT Column 1", "Column 1.", "NS Column 4", "N/A.",
        "See § 746.1(b) for UN controls", "Refer to § 742.15 of the EAR.",
        "A license is required for ALL destinations, except Canada.", "QQ Column 1", "Reserved"}) {
    EXPECT_EQ(CclDestinations(text).text(), text);
  }
  const v1::Destinations all =
      CclDestinations("To or within any destination worldwide. See § 742.6(a)(6)(iii)(A).");
  EXPECT_TRUE(all.all());
  EXPECT_EQ(all.words(), "To or within any destination worldwide. See § 742.6(a)(6)(iii)(A).");
  EXPECT_TRUE(CclDestinations("Worldwide control. See § 742.4(a)(5).").all());
  const std::string long_cell =
      "To or within the United Arab Emirates or destinations specified in Country Groups D:1, "
      "D:4, and D:5 of supplement no. 1 to part 740 of the EAR, excluding any destination also "
      "specified in Country Groups A:5 or A:6. See § 742.6(a)(6)(iii)(B) of the EAR.";
  EXPECT_EQ(CclDestinations(long_cell).group_expression(),
            "United Arab Emirates, D:1, D:4, D:5 excluding A:5, A:6");
  EXPECT_EQ(CclDestinations(long_cell).words(), long_cell);
  EXPECT_EQ(CclDestinations("China, Russia, or Venezuela (see § 742.6(a)(7)).").group_expression(),
            "China, Russia, Venezuela");
  EXPECT_EQ(
      CclDestinations("To or within Macau or a destination specified in Country Group D:5 of "
                      "supplement no. 1 to part 740 of the EAR. See § 742.4(a)(4) of the EAR.")
          .group_expression(),
      "Macau, D:5");
}

std::vector<std::string> Codes(const char* control) {
  const auto controls = CclControls("5A001", control, "NS Column 1");
  return {controls[0].scope_codes().begin(), controls[0].scope_codes().end()};
}

TEST(CclControlsTest, ScopesThatAreNothingButCodes) {
  EXPECT_THAT(Codes("NS applies to 5A001.a, b.5, .e, .f.3 and .h"),
              ElementsAre("5A001.a", "5A001.b.5", "5A001.e", "5A001.f.3", "5A001.h"));
  EXPECT_THAT(Codes("AT applies to entire entry"), ElementsAre("5A001"));
  EXPECT_THAT(Codes("AT applies to the entire entry."), ElementsAre("5A001"));
  // Whoever reads codes alone would take these for more than they are.
  EXPECT_THAT(Codes("NS applies to 5A001.b (except .b.5), .c"), IsEmpty());
  EXPECT_THAT(Codes("NS applies to entire entry, except .y"), IsEmpty());
  EXPECT_THAT(Codes("RS applies to items controlled by 5A001.z.2"), IsEmpty());
  EXPECT_THAT(Codes("NS applies to 4A003.b"), IsEmpty());
}

TEST(CclControlsTest, ARowMayNameSeveralReasonsOrNone) {
  const auto two = CclControls("5A980", "SL and AT apply to entire entry", "");
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0].reason(), "SL");
  EXPECT_EQ(two[1].reason(), "AT");
  EXPECT_EQ(two[1].scope_text(), "entire entry");
  EXPECT_FALSE(two[1].has_destinations()) << "the source does not say";
  const auto words = CclControls("5A980", "Russian industry sector sanctions apply to entire entry",
                                 "See § 746.5");
  EXPECT_EQ(words[0].reason(), "Russian industry sector sanctions");
  const auto none = CclControls("5A980", "License required", "AT Column 1");
  ASSERT_EQ(none.size(), 1u);
  EXPECT_EQ(none[0].reason(), "");
  EXPECT_EQ(none[0].scope_text(), "License required");
}

TEST(CclExceptionTest, WordsAreConditions) {
  EXPECT_EQ(CclException("LVS", "$1,500").value(), "$1,500");
  EXPECT_EQ(CclException("GBS", "N/A").value(), "N/A");
  EXPECT_EQ(CclException("TSR", "Yes.").value(), "Yes");
  const auto both = CclException("LVS", "N/A for 5A001.a; $5000 for 5A001.b");
  EXPECT_EQ(both.value(), "");
  EXPECT_EQ(both.condition(), "N/A for 5A001.a; $5000 for 5A001.b");
}

// The mark, then "|" and the rest; "-" if there is none.
std::string Mark(const char* text) {
  std::string_view rest;
  const auto mark = PathMark(text, &rest);
  return mark.has_value() ? *mark + "|" + std::string(rest) : "-";
}

TEST(PathMarkTest, MarksAndWords) {
  EXPECT_EQ(Mark("a. Any type"), "a|Any type");
  EXPECT_EQ(Mark("b.1 Being underwater"), "b.1|Being underwater");
  EXPECT_EQ(Mark("b.2.a.. Automatically"), "b.2.a|Automatically");
  EXPECT_EQ(Mark("b.5.viii. Roman"), "b.5.viii|Roman");
  EXPECT_EQ(Mark("aa. After z"), "aa|After z");
  EXPECT_EQ(Mark("x."), "x|");
  for (const char* word : {"a kite", "and so on", "e.g., a kite", "i.e., one", "etc. and more", "",
                           "1. One", "Any type", "b.1kites", "kites. Red"}) {
    EXPECT_EQ(Mark(word), "-") << word;
  }
}

// Paths with "*" where the line is an item.
std::string Outline(const std::vector<std::pair<std::string, std::string>>& texts) {
  std::vector<OutlineLine> lines;
  for (const auto& [path, text] : texts) {
    lines.emplace_back();
    lines.back().path = path;
    lines.back().text = text;
  }
  ReadOutline(&lines);
  std::string out;
  for (const OutlineLine& line : lines) {
    if (!line.path.empty()) out += (out.empty() ? "" : " ") + line.path + (line.item ? "*" : "");
  }
  return out;
}

TEST(OutlineTest, ListsOfNotesAreText) {
  EXPECT_EQ(Outline({{"a", "x:"}, {"a.1", "y;"}, {"b", "z."}}), "a* a.1* b*");
  // A note's list, then the next item.
  EXPECT_EQ(
      Outline({{"a", "x"}, {"", "does not control:"}, {"a", "one;"}, {"b", "two."}, {"b", "y"}}),
      "a* a b b*");
  // The list goes on where the next item could stand.
  EXPECT_EQ(Outline({{"a", "x"},
                     {"b", "y"},
                     {"", "as follows:"},
                     {"a", "one;"},
                     {"b", "two; or"},
                     {"c", "three."}}),
            "a* b* a b c");
  // It ended before: the letter is the item's.
  EXPECT_EQ(Outline({{"a", "x"}, {"", "Note:"}, {"a", "one."}, {"b", "y"}, {"c", "z"}}),
            "a* a b* c*");
  // The letter comes again before any list starts anew: the first is the note's.
  EXPECT_EQ(Outline({{"a", "x"}, {"", "Note:"}, {"a", "One."}, {"b", "Two."}, {"b", "y"}}),
            "a* a b b*");
  // A note above the first item.
  EXPECT_EQ(Outline({{"", "It does not control:"}, {"a", "one;"}, {"b", "two."}, {"a", "x"}}),
            "a b a*");
  // What stands below a text is text.
  EXPECT_EQ(Outline({{"a", "x"}, {"", "Note:"}, {"a", "one."}, {"a.1", "sub"}, {"b", "y"}}),
            "a* a a.1 b*");
  // A note of whole sentences: the items have come to b only, so c and d are the note's.
  EXPECT_EQ(Outline({{"a", "x"},
                     {"", "One of three ways."},
                     {"a", "First:"},
                     {"", "(1) Either;"},
                     {"b", "Second."},
                     {"c", "Third."},
                     {"d", "Fourth."},
                     {"b", "y"},
                     {"b.1", "z"},
                     {"", "Technical note."},
                     {"a", "P."},
                     {"b", "Q."},
                     {"c", "R."},
                     {"d", "S."},
                     {"c", "w"}}),
            "a* a b c d b* b.1* a b c d c*");
  // Lists within a list: the outer one goes on behind the inner.
  EXPECT_EQ(Outline({{"a", "x"},
                     {"", "It does not apply to:"},
                     {"a", "A;"},
                     {"b", "B;"},
                     {"c", "C:"},
                     {"a", "in;"},
                     {"b", "in;"},
                     {"d", "D:"},
                     {"b", "y"}}),
            "a* a b c a b d b*");
  // The list of a note that stands above all items.
  EXPECT_EQ(Outline({{"", "As follows, provided:"},
                     {"a", "A;"},
                     {"b", "B."},
                     {"a", "x"},
                     {"b", "y"},
                     {"c", "z"}}),
            "a b a* b* c*");
  // Levels that the source left out, and letters that it skips.
  EXPECT_EQ(Outline({{"b", "x"}, {"b.1.a", "y"}, {"x", "parts"}}), "b* b.1.a* x*");
}

}  // namespace
}  // namespace comity
