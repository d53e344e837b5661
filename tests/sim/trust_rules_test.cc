// Rules of trust that two ways lead to, or that no world is about: each broken on purpose.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "comity/v1/envelope.pb.h"
#include "daemon/sync/engine.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/signing/threshold.h"
#include "tests/support/federation.h"

namespace comity::sim {
namespace {

using testing::Edition;
using testing::Item;
using testing::kNow;
using testing::SeededKey;
using testing::TestFederation;

constexpr int64_t kSecond = 1'000'000;
const Origin kOrigin = *Origin::Parse("test.example/us-bis/ccl/1");
const Origin kNext = *Origin::Parse("test.example/us-bis/ccl/2");

// Two daemons of one authority that sign two histories, and a neighbour.
struct Place {
  Place() {
    Publish(*us, "one");
    Publish(*twin, "one");
    EXPECT_TRUE(Copy(*us, kOrigin, *no).ok());
  }
  void Publish(Replica& at, const std::string& text) {
    EXPECT_TRUE(
        federation
            .Publish(at, Edition("us-bis/ccl", "2020-01-01", {Item("5A001", text)}, "FR " + text))
            .ok());
  }
  static absl::Status Copy(const Replica& from, const Origin& origin, Replica& to) {
    const LogHead head = *from.HeadOf(origin);
    const uint64_t begin = to.SizeOf(origin).ok() ? to.SizeOf(origin)->value : 0;
    const auto range = from.ReadRange(origin, begin, head.size.value, head.size.value, 1 << 20);
    return to.Ingest(head, begin, range->envelopes, range->consistency);
  }
  bool Contested() { return no->snapshot()->lists().at(kOrigin)->contested; }
  std::vector<std::string> Statuses() {
    us->TickStatuses();
    std::vector<std::string> envelopes;
    for (const ParticipantStatus& one : us->statuses().For("no")) {
      envelopes.push_back(one.envelope);
    }
    return envelopes;
  }
  std::string Fresh() {
    return no->snapshot()->FreshnessOf(*no->snapshot()->lists().at(kOrigin)).freshness();
  }
  absl::Status Succeed(const std::string& type, const std::vector<std::string>& keys) {
    DraftInput input;
    input.header.set_list("us-bis/ccl");
    input.header.set_succession_size(2);
    input.header.mutable_instrument()->set_citation("Treaty");
    const auto draft = us->Draft(input);
    if (!draft.ok()) return draft.status();
    std::vector<std::string> envelopes = federation.Sign(*draft, "us-bis", {1, 2, 3});
    v1::Envelope genesis;
    genesis.set_payload_type(type);
    genesis.set_payload(draft->leaves(0).payload());
    for (const std::string& name : keys) {
      EXPECT_TRUE(AddSignature(&genesis, name, SeededKey(name)).ok());
    }
    envelopes[0] = SerializeEnvelope(genesis);
    return us->Submit(envelopes).status();
  }

  TestFederation federation{{"jp-meti", "no-mfa", "us-bis"}, 2, {60, 600, 6'000}};
  ManualClock clock{kNow};
  MemoryStore us_store, twin_store, no_store;
  std::unique_ptr<Replica> us = federation.MakeReplica("us", &us_store, &clock);
  std::unique_ptr<Replica> twin = federation.MakeReplica("us", &twin_store, &clock);
  std::unique_ptr<Replica> no = federation.MakeReplica("no", &no_store, &clock);
};

struct Rule {
  Bug bug;
  const char* name;
  // Whether the rule is broken.
  std::function<bool()> broken;
};

bool MissesASmallerFork() {
  Place place;
  place.Publish(*place.us, "two");
  place.Publish(*place.us, "three");
  place.Publish(*place.twin, "other");
  EXPECT_TRUE(Place::Copy(*place.us, kOrigin, *place.no).ok());
  EXPECT_TRUE(place.no->MeetHead(*place.twin->HeadOf(kOrigin)).ok());
  return !place.Contested();
}

bool AsksNobodyForProof() {
  sync::EngineOptions options;
  options.peers = {"jp"};
  sync::Engine engine(options);
  const LogHead ours{kOrigin, TreeSize{3}, {}, "note"};
  const LogHead theirs{kOrigin, TreeSize{5}, Digest{1}, "note"};
  engine.Step(sync::TimePassed{}, Instant{kSecond});
  engine.Step(sync::LocalCommitted{kOrigin, TreeSize{3}, ours, {}}, Instant{kSecond});
  engine.Step(sync::HelloAnswered{"jp", Digest{7}, 0, {}}, Instant{kSecond});
  engine.Step(sync::HeadsAnswered{"jp", {theirs}}, Instant{kSecond});
  auto batch = std::make_shared<sync::Batch>();
  batch->origin = kOrigin;
  batch->begin = 3;
  batch->envelopes = {"a", "b"};
  engine.Step(sync::RevisionsReceived{"jp", batch}, Instant{kSecond});
  const absl::Status wrong =
      MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_BAD_PROOF, "does not continue");
  for (const sync::Effect& effect :
       engine.Step(sync::WriteCompleted{"jp", kOrigin, wrong}, Instant{kSecond})) {
    if (std::holds_alternative<sync::CallConsistency>(effect)) return false;
  }
  return true;
}

bool TakesAContestedListOn() {
  Place place;
  place.Publish(*place.us, "two");
  place.Publish(*place.twin, "other");
  EXPECT_TRUE(Place::Copy(*place.us, kOrigin, *place.no).ok());
  EXPECT_TRUE(place.no->MeetHead(*place.twin->HeadOf(kOrigin)).ok());
  EXPECT_TRUE(place.Contested());
  place.Publish(*place.us, "three");
  return Place::Copy(*place.us, kOrigin, *place.no).ok();
}

bool TakesAnAlteredStatus() {
  Place place;
  std::vector<std::string> statuses = place.Statuses();
  v1::Envelope envelope;
  EXPECT_TRUE(envelope.ParseFromString(statuses.at(0)));
  envelope.mutable_payload()->back() ^= 1;
  return place.no->TakeStatuses({SerializeEnvelope(envelope)}).ok();
}

bool ConfirmsLessThanWasStated() {
  Place place;
  place.Publish(*place.us, "two");
  EXPECT_TRUE(place.no->TakeStatuses(place.Statuses()).ok());
  return place.Fresh() == "FRESH";
}

bool KeepsTheOldEpoch() {
  Place place;
  const absl::Status done =
      place.Succeed(kSuccessionType, {"us-bis/root-1", "jp/statement", "no/statement"});
  EXPECT_TRUE(done.ok()) << done;
  return !place.us->snapshot()->IsCurrent(kNext) || place.us->snapshot()->IsCurrent(kOrigin);
}

TEST(TrustRulesTest, EachIsBrokenByItsBugAndNotWithoutIt) {
  const std::vector<Rule> rules = {
      {Bug::kIgnoreForkOfOtherSize, "ignore-fork-of-other-size", MissesASmallerFork},
      {Bug::kNeverAskConsistency, "never-ask-consistency", AsksNobodyForProof},
      {Bug::kContestedGoesOn, "contested-goes-on", TakesAContestedListOn},
      {Bug::kSkipStatusSignature, "skip-status-signature", TakesAnAlteredStatus},
      {Bug::kStatusOfMoreCounts, "status-of-more-counts", ConfirmsLessThanWasStated},
      {Bug::kSuccessionWithoutQuorum, "succession-without-quorum",
       [] { return Place().Succeed(kSuccessionType, {"us-bis/root-1"}).ok(); }},
      {Bug::kSuccessionIgnored, "succession-ignored", KeepsTheOldEpoch},
  };
  for (const Rule& rule : rules) {
    planted_bug = Bug::kNone;
    EXPECT_FALSE(rule.broken()) << rule.name;
    planted_bug = rule.bug;
    EXPECT_TRUE(rule.broken()) << rule.name << " was not found";
    planted_bug = Bug::kNone;
  }
}

}  // namespace
}  // namespace comity::sim
