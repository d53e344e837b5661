// The signed and computed bytes of one small history, held still: a change here is a
// change of format. COMITY_UPDATE_GOLDEN=1 rewrites the file; the difference is then
// read by a person.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "comity/v1/envelope.pb.h"
#include "storage/lists/replica.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;

TEST(GoldenTest, AHistoryHasTheBytesThatItHad) {
  testing::TestFederation federation;
  ManualClock clock(testing::kNow);
  MemoryStore store;
  const auto replica = federation.MakeReplica("us", &store, &clock);
  std::vector<v1::Entry> items;
  for (int i = 0; i < 25; ++i) items.push_back(Item(absl::StrCat("5A", 100 + i), "text"));
  ASSERT_TRUE(federation.Publish(*replica, Edition("us-bis/ccl", "2020-01-01", items)).ok());
  items[0] = Item("5A100", "“quoted”");
  items.pop_back();
  items.push_back(Item("0A977", "new"));
  DraftInput second = Edition("us-bis/ccl", "2020-10-06", items, "85 FR 63009");
  second.header.mutable_instrument()->set_published_on(18541);
  ASSERT_TRUE(federation.Publish(*replica, second).ok());

  std::string text = absl::StrCat("roster ", ToHex(federation.roster().digest()), "\n");
  const auto snapshot = replica->snapshot();
  for (uint64_t index = 0; index < 3; ++index) {
    const StoredLeaf leaf =
        *store.ReadLeaf(*Origin::Parse("test.example/us-bis/ccl/1"), LeafIndex{index});
    v1::Envelope envelope;
    ASSERT_TRUE(envelope.ParseFromString(leaf.envelope));
    absl::StrAppend(&text, "leaf ", index, " type ", envelope.payload_type(), "\n");
    if (index != 1)
      absl::StrAppend(&text, "leaf ", index, " payload ", ToHex(envelope.payload()), "\n");
    absl::StrAppend(&text, "leaf ", index, " hash ", ToHex(leaf.leaf_hash), "\n");
    absl::StrAppend(&text, "leaf ", index, " root ", ToHex(leaf.root_after), "\n");
    absl::StrAppend(&text, "leaf ", index, " state root ", ToHex(leaf.state_root_after), "\n");
    absl::StrAppend(&text, "leaf ", index, " first signature ",
                    ToHex(envelope.signatures(0).signature()), "\n");
  }
  absl::StrAppend(&text, "token ", snapshot->frontier().Token(), "\n");
  absl::StrAppend(&text, "frontier digest ", ToHex(snapshot->frontier().FrontierDigest()), "\n");
  absl::StrAppend(&text, "view digest ", ToHex(snapshot->view_digest()), "\n");
  absl::StrAppend(&text, "checkpoint\n", snapshot->lists().begin()->second->checkpoint);

  const std::string path = std::string(COMITY_TESTDATA) + "/golden/history.txt";
  if (std::getenv("COMITY_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ostringstream expected;
  expected << std::ifstream(path).rdbuf();
  EXPECT_EQ(text, expected.str());
}

}  // namespace
}  // namespace comity
