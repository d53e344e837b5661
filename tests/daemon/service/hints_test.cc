#include "daemon/service/hints.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/transport/channel.h"

namespace comity {
namespace {

Origin List(int number) { return *Origin::Parse(absl::StrCat("f.example/us-bis/l", number, "/1")); }
LogHead Head(int list, uint64_t size, size_t note_bytes = 4) {
  return {List(list), TreeSize{size}, {}, std::string(note_bytes, 'n')};
}

TEST(HintsTest, KeepsTheNewestHeadOfEachOrigin) {
  Hints hints;
  EXPECT_TRUE(hints.empty());
  // However many come while the caller does not read.
  for (uint64_t size = 1; size <= 10'000; ++size) {
    hints.Add(Head(1, size));
    hints.Add(Head(2, 2 * size));
  }
  hints.Add(Head(1, 7));  // late
  v1::WatchResponse message;
  hints.TakeInto(&message);
  ASSERT_EQ(message.heads_size(), 2);
  EXPECT_EQ(message.heads(0).size(), 10'000u);
  EXPECT_EQ(message.heads(1).size(), 20'000u);
  EXPECT_TRUE(hints.empty());
}

TEST(HintsTest, KeepsTheNewestStatementOfEachParticipantAndList) {
  Hints hints;
  for (int i = 0; i < 1'000; ++i) {
    for (const char* who : {"jp", "no"}) {
      HeldStatement statement;
      statement.origin = List(1);
      statement.participant = who;
      statement.note = absl::StrCat("note ", i);
      hints.Add(statement);
    }
  }
  v1::WatchResponse message;
  hints.TakeInto(&message);
  ASSERT_EQ(message.held_size(), 2);
  EXPECT_EQ(message.held(0).note(), "note 999");
}

TEST(HintsTest, IsBoundedHoweverManyListsThereAre) {
  Hints hints;
  for (size_t i = 0; i < Hints::kMaxHeads + 100; ++i) hints.Add(Head(static_cast<int>(i), 1));
  size_t taken = 0;
  while (!hints.empty()) {
    v1::WatchResponse message;
    hints.TakeInto(&message);
    taken += static_cast<size_t>(message.heads_size());
  }
  EXPECT_EQ(taken, Hints::kMaxHeads);
}

TEST(HintsTest, NoMessageIsLargerThanOneMayBe) {
  Hints hints;
  for (int i = 0; i < 200; ++i) hints.Add(Head(i, 1, 64 << 10));  // 12.5 MiB
  int messages = 0, heads = 0;
  while (!hints.empty()) {
    v1::WatchResponse message;
    hints.TakeInto(&message);
    EXPECT_LT(message.ByteSizeLong(), static_cast<size_t>(kMaxMessageBytes));
    heads += message.heads_size();
    ++messages;
  }
  EXPECT_EQ(heads, 200);
  EXPECT_GT(messages, 3);
}

}  // namespace
}  // namespace comity
