// Two texts side by side.
#include "storage/match/word_diff.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "storage/match/typography.h"

namespace comity {
namespace {

using Kind = DiffPart::Kind;

// What words are compared by, put together.
std::string Folded(const std::string& text) {
  std::string folded = FoldTypography(text);
  std::erase_if(folded, [](char c) { return c == ' ' || c == '\n'; });
  return folded;
}

// All left parts and all right parts give both texts back, and the same parts are the same.
void ExpectWhole(const std::string& left, const std::string& right, const WordDiff& diff) {
  std::string a;
  std::string b;
  Kind before = Kind::kRight;
  for (const DiffPart& part : diff.parts) {
    a += part.left;
    b += part.right;
    switch (part.kind) {
      case Kind::kSame:
        EXPECT_EQ(Folded(part.left), Folded(part.right));
        break;
      case Kind::kLeft:
        EXPECT_TRUE(part.right.empty());
        break;
      case Kind::kRight:
        EXPECT_TRUE(part.left.empty());
        break;
    }
    EXPECT_FALSE(part.left.empty() && part.right.empty());
    if (&part != &diff.parts.front()) {
      EXPECT_NE(part.kind, before) << "runs are whole";
    }
    before = part.kind;
  }
  EXPECT_EQ(a, left);
  EXPECT_EQ(b, right);
}

WordDiff Diff(const std::string& left, const std::string& right) {
  WordDiff diff = DiffWords(left, right);
  ExpectWhole(left, right, diff);
  return diff;
}

std::vector<std::string> Changed(const WordDiff& diff) {
  std::vector<std::string> out;
  for (const DiffPart& part : diff.parts) {
    if (part.kind == Kind::kLeft) out.push_back("-" + part.left);
    if (part.kind == Kind::kRight) out.push_back("+" + part.right);
  }
  return out;
}

using Strings = std::vector<std::string>;

TEST(WordDiffTest, TellsWhatEachSaysAlone) {
  const WordDiff diff = Diff("lasers with a power of 10 W or more", "lasers with a power of 20 W");
  EXPECT_EQ(Changed(diff), (Strings{"-10 ", "+20 ", "-or more"}));
  EXPECT_EQ(diff.same, 6u);
  EXPECT_EQ(diff.left, 3u);
  EXPECT_EQ(diff.right, 1u);
  EXPECT_FALSE(diff.coarse);
}

TEST(WordDiffTest, TheDifferenceIsTheSmallest) {
  // The classic of Myers: ABCABBA to CBABAC takes five edits.
  const WordDiff diff = Diff("a b c a b b a", "c b a b a c");
  EXPECT_EQ(diff.same, 4u);
  EXPECT_EQ(diff.left + diff.right, 5u);
}

TEST(WordDiffTest, TypographyIsKeptAndIsNoDifference) {
  const WordDiff diff =
      Diff("\u201cLasers\u201d \u2013  of  Class\u00a04;\n", "\"lasers\" - of class 4;");
  EXPECT_EQ(Changed(diff), Strings{});
  EXPECT_EQ(diff.same, 4u);
}

TEST(WordDiffTest, NumbersUnitsAndCodesAreWords) {
  EXPECT_EQ(Changed(Diff("1.5 mm", "1,5 mm")), (Strings{"-1.5 ", "+1,5 "}));
  EXPECT_EQ(Changed(Diff("see 5A001.f.1, or", "see 5A001.f.2, or")),
            (Strings{"-5A001.f.1", "+5A001.f.2"}));
  EXPECT_EQ(Changed(Diff("fibre-optic; and", "fiber-optic, and")),
            (Strings{"-fibre-optic; ", "+fiber-optic, "}));
}

TEST(WordDiffTest, ScriptsWithoutSpacesAreReadCharacterByCharacter) {
  const WordDiff diff = Diff("通信装置であつて", "通信機器であつて");
  EXPECT_EQ(Changed(diff), (Strings{"-装置", "+機器"}));
  EXPECT_EQ(diff.same, 6u);
}

TEST(WordDiffTest, EmptyAndEqualTexts) {
  EXPECT_TRUE(Diff("", "").parts.empty());
  EXPECT_EQ(Diff("", "one word").right, 2u);
  EXPECT_EQ(Diff("one word", "").left, 2u);
  EXPECT_EQ(Diff("one word", "one word").same, 2u);
  EXPECT_EQ(Diff("  one", "one").left, 0u);
  Diff("\xff\xc3", "\xc3\x28 \xe2\x82");
}

TEST(WordDiffTest, BeyondItsBoundsItIsCoarseAndStillWhole) {
  std::string left = "begin ";
  std::string right = "begin ";
  for (int i = 0; i < 100; ++i) {
    left += "l" + std::to_string(i) + " ";
    right += "r" + std::to_string(i) + " ";
  }
  const WordDiff at_the_limit = DiffWords(left, right, 200);
  EXPECT_FALSE(at_the_limit.coarse);
  const WordDiff beyond = DiffWords(left, right, 199);
  ExpectWhole(left, right, beyond);
  EXPECT_TRUE(beyond.coarse);
  EXPECT_EQ(beyond.same, 1u) << "the common beginning";
  EXPECT_EQ(beyond.parts.size(), 3u);

  std::string half;
  for (size_t i = 0; i < kMaxDiffTokens / 2; ++i) half += "w ";
  EXPECT_FALSE(Diff(half, half).coarse);
  const WordDiff long_ones = Diff(half, half + "w");
  EXPECT_TRUE(long_ones.coarse);
  EXPECT_EQ(long_ones.same, 0u);
}

// Texts made of few words, marks and odd bytes, so that runs repeat and spaces fall anywhere.
TEST(WordDiffTest, AnyTwoTextsComeBackWhole) {
  const Strings pieces = {"a",  "b", "ab", " ",      "  ",     "\n",      ".",      ",",
                          "-",  "1", ".5", "\u2019", "A",      "\u00a0",  "\u201c", "通",
                          "\t", ";", "é",  "\xff",   "\u00ad", "5A001.a", "\u200b", "(b)"};
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    const auto make = [&] {
      std::string text;
      for (size_t n = random() % 30; n > 0; --n) text += pieces[random() % pieces.size()];
      return text;
    };
    const std::string left = make();
    const std::string right = make();
    const WordDiff diff = DiffWords(left, right);
    ExpectWhole(left, right, diff);
    const WordDiff back = DiffWords(right, left);
    ExpectWhole(right, left, back);
    EXPECT_EQ(diff.same + diff.left, back.same + back.right) << "the words of the left text";
    if (HasFailure()) FAIL() << "[" << left << "] [" << right << "]";
  }
}

TEST(TypographyTest, FoldsWhatIsNoWord) {
  const std::string plain = TypographyFreeForm("\"Lasers\" - of class 4");
  for (const char* text :
       {"\u201clasers\u201d \u2013 of class\u00a04.", "\"LASERS\"-of class 4;",
        "\"lasers\"\n- of class 4:", "\u00ablasers\u00bb \u2212 of\u200b cl\u00adass 4",
        "\"Ｌasers\" - of class 4"}) {
    EXPECT_EQ(TypographyFreeForm(text), plain) << text;
  }
  for (const char* text : {"'lasers' - of class 4", "lasers - of class 4", "\"lasers\" of class 4",
                           "\"lasers\" - of class 4.0", "\"lasers\" - of class; 4"}) {
    EXPECT_NE(TypographyFreeForm(text), plain) << text;
  }
  EXPECT_NE(TypographyFreeForm("0,5"), TypographyFreeForm("0.5"));
}

}  // namespace
}  // namespace comity
