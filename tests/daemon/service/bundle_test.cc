// What one daemon writes into a bundle and another takes out of it.
#include <gtest/gtest.h>

#include "daemon/service/bundle_export.h"
#include "daemon/service/bundle_import.h"
#include "storage/base/errors.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using testing::Edition;
using testing::Item;
using testing::kNow;
using testing::TestFederation;

const Origin kOrigin = *Origin::Parse("test.example/us-bis/ccl/1");

class BundleServiceTest : public ::testing::Test {
 protected:
  void Publish(const std::string& text) {
    const auto done = federation_.Publish(
        *us_, Edition("us-bis/ccl", "2020-01-01", {Item("5A001", text)}, "FR " + text));
    ASSERT_TRUE(done.ok()) << done.status();
  }
  std::string Export(const Replica& from, const std::string& made_for,
                     const std::string& since = "") {
    std::string file;
    const absl::Status status = ExportBundle(from, "us", made_for, since, [&](std::string bytes) {
      file += bytes;
      return true;
    });
    EXPECT_TRUE(status.ok()) << status;
    return file;
  }
  static absl::StatusOr<v1::ImportBundleResponse> Import(Replica& to, std::string_view file) {
    BundleImporter importer(&to);
    for (size_t at = 0; at < file.size(); at += 100) {
      if (absl::Status status = importer.Feed(file.substr(at, 100)); !status.ok()) return status;
    }
    return importer.Finish();
  }
  static uint64_t SizeAt(const Replica& at) {
    const auto size = at.SizeOf(kOrigin);
    return size.ok() ? size->value : 0;
  }
  // The same records with one of them changed, sealed again: what a forger can do.
  static std::string Resealed(const std::string& file,
                              const std::function<void(BundleRecord&)>& change) {
    BundleReader reader;
    reader.Feed(file);
    BundleWriter writer;
    std::string out = writer.Begin();
    for (;;) {
      auto record = reader.Next();
      if (!record.ok() || !record->has_value()) return out;
      change(**record);
      out += writer.Record((*record)->kind, (*record)->payload);
    }
  }

  TestFederation federation_{{"jp-meti", "no-mfa", "us-bis"}, /*quorum=*/2};
  ManualClock clock_{kNow};
  MemoryStore us_store_, no_store_, jp_store_;
  std::unique_ptr<Replica> us_ = federation_.MakeReplica("us", &us_store_, &clock_);
  std::unique_ptr<Replica> no_ = federation_.MakeReplica("no", &no_store_, &clock_);
  std::unique_ptr<Replica> jp_ = federation_.MakeReplica("jp", &jp_store_, &clock_);
};

TEST_F(BundleServiceTest, CarriesListsThereAndHeldBack) {
  Publish("one");
  Publish("two");
  const auto there = Import(*no_, Export(*us_, "no"));
  ASSERT_TRUE(there.ok()) << there.status();
  ASSERT_EQ(there->lists_size(), 1);
  EXPECT_EQ(there->lists(0).leaves(), 3u);
  EXPECT_EQ(there->lists(0).added(), 3u);
  EXPECT_EQ(there->lists(0).refused(), "");
  EXPECT_EQ(no_->HeadOf(kOrigin)->root, us_->HeadOf(kOrigin)->root);
  EXPECT_EQ((*us_->snapshot()->FindList("us-bis/ccl"))->common.value, 0u);

  const auto back = Import(*us_, Export(*no_, "us"));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->held(), 1u);
  EXPECT_EQ((*us_->snapshot()->FindList("us-bis/ccl"))->common.value, 3u);
}

TEST_F(BundleServiceTest, OnlyWhatIsNewWithSince) {
  Publish("one");
  ASSERT_TRUE(Import(*no_, Export(*us_, "no")).ok());
  const std::string token = no_->snapshot()->frontier().Token();
  Publish("two");
  const std::string part = Export(*us_, "no", token);
  const auto refused = Import(*jp_, part);
  ASSERT_TRUE(refused.ok()) << refused.status();
  EXPECT_NE(refused->lists(0).refused().find("begins at leaf 2, 0 are held"), std::string::npos)
      << refused->lists(0).refused();
  const auto taken = Import(*no_, part);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(taken->lists(0).added(), 1u);
  EXPECT_EQ(SizeAt(*no_), 3u);
}

TEST_F(BundleServiceTest, ABrokenOffImportIsSimplyDoneAgain) {
  Publish("one");
  Publish("two");
  const std::string file = Export(*us_, "no");
  for (size_t cut = 0; cut < file.size(); cut += 97) {
    MemoryStore store;
    const auto replica = federation_.MakeReplica("no", &store, &clock_);
    const auto broken = Import(*replica, std::string_view(file).substr(0, cut));
    EXPECT_EQ(broken.status().code(), absl::StatusCode::kInvalidArgument) << cut;
    const auto again = Import(*replica, file);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(SizeAt(*replica), 3u);
  }
}

TEST_F(BundleServiceTest, NeverCarriesARestrictedListToOthers) {
  Publish("one");
  ASSERT_TRUE(
      federation_.OpenRestricted(*us_, &us_store_, {"us-bis", "closed"}, {"jp", "us"}).ok());
  EXPECT_EQ(Export(*us_, "no").find("closed"), std::string::npos);
  const std::string for_jp = Export(*us_, "jp");
  EXPECT_NE(for_jp.find("closed"), std::string::npos);
  EXPECT_EQ(Import(*jp_, for_jp)->lists_size(), 2);
  // Handed to the wrong one all the same, it is not taken.
  const auto wrong = Import(*no_, for_jp);
  ASSERT_TRUE(wrong.ok()) << wrong.status();
  EXPECT_EQ(wrong->lists(0).refused(), "");
  EXPECT_NE(wrong->lists(1).refused().find("is not for \"no\""), std::string::npos);
  EXPECT_EQ(no_->HeadsFor("no").size(), 1u);
}

TEST_F(BundleServiceTest, AForgerGetsNothingIn) {
  Publish("one");
  const std::string file = Export(*us_, "no");
  int record = 0, forged = 0;
  for (bool more = true; more; ++record) {
    more = false;
    int at = 0;
    const std::string altered = Resealed(file, [&](BundleRecord& one) {
      if (at++ != record) return;
      more = true;
      if (one.payload.empty()) return;
      one.payload[one.payload.size() / 2] ^= 1;
    });
    if (!more) break;
    MemoryStore store;
    const auto replica = federation_.MakeReplica("no", &store, &clock_);
    const auto result = Import(*replica, altered);
    // Whatever came of it, what is held is a prefix of what was signed.
    if (SizeAt(*replica) == 2) {
      EXPECT_EQ(replica->HeadOf(kOrigin)->root, us_->HeadOf(kOrigin)->root);
    } else {
      EXPECT_EQ(SizeAt(*replica), 0u);
      EXPECT_TRUE(!result.ok() || result->lists_size() == 0 || !result->lists(0).refused().empty())
          << record;
      ++forged;
    }
  }
  EXPECT_GE(forged, 3) << "head, leaves and proof each stop it";
}

TEST_F(BundleServiceTest, OfAnotherFederationOrWithoutSenseIsRefused) {
  Publish("one");
  const std::string other = Resealed(Export(*us_, "no"), [](BundleRecord& one) {
    if (one.kind != BundleKind::kHeader) return;
    v1::BundleHeader header;
    header.ParseFromString(one.payload);
    header.set_federation("other.example");
    one.payload = header.SerializeAsString();
  });
  EXPECT_EQ(Import(*no_, other).status().code(), absl::StatusCode::kFailedPrecondition);
  const auto write = [](std::string) { return true; };
  EXPECT_EQ(ExportBundle(*us_, "us", "xx", "", write).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(ExportBundle(*us_, "us", "no", "rubbish", write).ok());
}

}  // namespace
}  // namespace comity
