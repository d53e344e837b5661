#include "storage/match/text_search.h"

#include <gtest/gtest.h>

namespace comity {
namespace {

TEST(TextSearchTest, WordsAreFoldedAndOnceEach) {
  EXPECT_EQ(SearchWords("Facial  recognition, FACIAL!"),
            (std::vector<std::string>{"facial", "recognition"}));
  EXPECT_EQ(SearchWords("5A001.f.1"), (std::vector<std::string>{"5a001", "f", "1"}));
  EXPECT_EQ(SearchWords("ÉCOUTE"), (std::vector<std::string>{"écoute"}));
  EXPECT_TRUE(SearchWords(" ,.- ").empty());
  std::string many;
  for (int i = 0; i < 100; ++i) many += "w" + std::to_string(i) + " ";
  EXPECT_EQ(SearchWords(many).size(), kMaxSearchWords);
}

TEST(TextSearchTest, AWordIsFoundWhereOneBegins) {
  EXPECT_EQ(FindWord("intercept", "lawful interception"), 7u);
  EXPECT_EQ(FindWord("ception", "lawful interception"), std::nullopt);
  EXPECT_EQ(FindWord("a", "ba-a"), 3u);
  EXPECT_EQ(FindWord("認証", "顔認証"), 3u);
  EXPECT_EQ(FindWord("", "x"), std::nullopt);
  EXPECT_TRUE(HasWords({"water", "cannon"}, "cannons that throw water"));
  EXPECT_FALSE(HasWords({"water", "gun"}, "cannons that throw water"));
}

TEST(TextSearchTest, PluralsAndTheirWordsFindEachOther) {
  using Strings = std::vector<std::string>;
  EXPECT_EQ(SearchWords("missiles missile"), Strings{"missile"});
  EXPECT_EQ(SearchWords("glass gas lens 5A001s"), (Strings{"glass", "gas", "lens", "5a001"}));
  for (const auto& [one, many] :
       std::vector<std::pair<const char*, const char*>>{{"missile", "missiles"},
                                                        {"technology", "technologies"},
                                                        {"body", "bodies"},
                                                        {"process", "processes"},
                                                        {"disease", "diseases"},
                                                        {"switch", "switches"},
                                                        {"series", "series"},
                                                        {"apparatus", "apparatus"},
                                                        {"énergies", "énergies"}}) {
    EXPECT_TRUE(HasWords(SearchWords(one), std::string("the ") + many + " of it")) << one;
    EXPECT_TRUE(HasWords(SearchWords(many), std::string("the ") + one + " of it")) << many;
    EXPECT_TRUE(HasWords(SearchWords(many), std::string("the ") + many + " of it")) << many;
  }
  EXPECT_EQ(FindWord("body", "bodies and a body"), 0u);
  EXPECT_FALSE(HasWords(SearchWords("series"), "services"));
}

TEST(TextSearchTest, AnExcerptIsOneLineOfWholeCharacters) {
  EXPECT_EQ(Excerpt("short\ntext", 0, 100), "short text");
  std::string text(300, 'x');
  text += "日本語" + std::string(300, 'y');
  const std::string cut = Excerpt(text, 300, 60);
  EXPECT_LE(cut.size(), 60u);
  EXPECT_EQ(cut.substr(0, 3), "...");
  EXPECT_NE(cut.find("日本語"), std::string::npos);
  for (size_t max = 7; max < 40; ++max) {
    const std::string piece = Excerpt("日本語日本語日本語日本語", 9, max);
    // No cut character: every lead byte has its two followers.
    for (size_t i = 0; i < piece.size(); ++i) {
      if (static_cast<unsigned char>(piece[i]) == 0xE6) {
        ASSERT_LT(i + 2, piece.size());
      }
    }
  }
}

}  // namespace
}  // namespace comity
