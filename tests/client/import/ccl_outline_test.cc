// Which lettered lines are items, and which stand in the lists of notes.
#include "client/import/ccl_outline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace comity {
namespace {

using ::testing::ElementsAre;

// Lines as "PATH TEXT", those without a path as "- TEXT"; gives the paths of the items.
std::vector<std::string> ItemsOf(const std::vector<std::string>& texts) {
  std::vector<OutlineLine> lines;
  for (const std::string& text : texts) {
    OutlineLine& line = lines.emplace_back();
    const size_t space = text.find(' ');
    if (text[0] != '-') line.path = text.substr(0, space);
    line.text = text.substr(space + 1);
  }
  ReadOutline(&lines);
  std::vector<std::string> items;
  for (const OutlineLine& line : lines) {
    if (line.item) items.push_back(line.path);
  }
  return items;
}

TEST(CclOutlineTest, NumbersGoOnAfterANoteWithAListOfItsOwn) {
  EXPECT_THAT(ItemsOf({"a one", "b two:", "b.1 first;", "b.2 second;", "b.3 third.",
                       "- Note: 2.b.3 does not control any of the following:", "a this;",
                       "b that.", "b.4 fourth;", "b.5 fifth.", "c three"}),
              ElementsAre("a", "b", "b.1", "b.2", "b.3", "b.4", "b.5", "c"));
}

TEST(CclOutlineTest, NumbersOfANoteStayInIt) {
  EXPECT_THAT(ItemsOf({"a one", "b two:", "b.1 first.",
                       "- Note: 2.b.1 does not control any of the following:", "a this;",
                       "b that:", "b.1 small;", "b.2 large.", "c three"}),
              ElementsAre("a", "b", "b.1", "c"));
}

}  // namespace
}  // namespace comity
