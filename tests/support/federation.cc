#include "tests/support/federation.h"

#include <algorithm>
#include <set>
#include <utility>

#include "comity/v1/envelope.pb.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/lists/list_batch.h"
#include "storage/merkle/hash.h"
#include "storage/signing/threshold.h"

namespace comity::testing {
namespace {

constexpr char kFederation[] = "test.example";

v1::KeySet MakeKeySet(const std::string& prefix, int count, uint32_t threshold) {
  std::vector<v1::PublicKey> keys;
  for (int i = 1; i <= count; ++i) {
    const std::string name = prefix + "-" + std::to_string(i);
    v1::PublicKey key;
    key.set_name(name);
    key.set_ed25519(SeededKey(name).public_key());
    keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end(), [](const v1::PublicKey& a, const v1::PublicKey& b) {
    return KeyId(a.name(), a.ed25519()) < KeyId(b.name(), b.ed25519());
  });
  v1::KeySet set;
  for (const v1::PublicKey& key : keys) *set.add_keys() = key;
  set.set_threshold(threshold);
  return set;
}

v1::PublicKey MakePublicKey(const std::string& name) {
  v1::PublicKey key;
  key.set_name(name);
  key.set_ed25519(SeededKey(name).public_key());
  return key;
}

}  // namespace

PrivateKey SeededKey(const std::string& name) {
  return *PrivateKey::FromSeed(ToBytes(Sha256("test key " + name)));
}

TestFederation::TestFederation(std::vector<std::string> authorities, uint32_t quorum,
                               TestLimits limits)
    : authorities_(std::move(authorities)) {
  v1::Roster roster;
  roster.set_schema_level(1);
  roster.set_federation(kFederation);
  roster.set_version(1);
  roster.set_valid_from(1);
  roster.set_valid_to(kNow.micros * 2);
  *roster.mutable_root() = MakeKeySet("root", 1, 1);
  std::set<std::string> participants;
  for (const std::string& name : authorities_) participants.insert(ParticipantOf(name));
  for (const std::string& code : participants) {
    v1::Participant& participant = *roster.add_participants();
    participant.set_code(code);
    participant.set_name(code);
    *participant.mutable_held_key() = MakePublicKey(code + "/held");
    *participant.mutable_statement_key() = MakePublicKey(code + "/statement");
    v1::Node& node = *participant.add_nodes();
    node.set_name(code + "-1");
    node.set_endpoint("127.0.0.1:1");
  }
  for (const std::string& name : authorities_) {
    v1::Authority& authority = *roster.add_authorities();
    authority.set_name(name);
    *authority.mutable_officers() = MakeKeySet(name + "/officer", 3, 2);
    authority.set_guard_threshold(3);
    *authority.mutable_root() = MakeKeySet(name + "/root", 1, 1);
    authority.set_log_key_ed25519(SeededKey(name + "/log").public_key());
  }
  roster.mutable_policy()->set_quorum(quorum);
  roster.mutable_policy()->set_late_after_s(limits.late);
  roster.mutable_policy()->set_stale_after_s(limits.stale);
  roster.mutable_policy()->set_expire_after_s(limits.expired);
  roster.mutable_policy()->set_rule_set(1);
  v1::Envelope envelope;
  envelope.set_payload_type(kRosterType);
  envelope.set_payload(roster.SerializeAsString());
  AddSignature(&envelope, "root-1", SeededKey("root-1")).IgnoreError();
  roster_envelope_ = SerializeEnvelope(envelope);
  auto loaded = Roster::Load(roster_envelope_, Sha256(envelope.payload()));
  if (!loaded.ok()) {
    std::fprintf(stderr, "test roster: %s\n", loaded.status().ToString().c_str());
    std::abort();
  }
  roster_ = *std::move(loaded);
  for (const std::string& name : authorities_) {
    for (int number = 1; number <= 3; ++number) {
      NamedKey officer = Officer(name, number);
      officers_.emplace(std::move(officer.name), std::move(officer.key));
    }
  }
}

Replica::Options TestFederation::OptionsFor(const std::string& participant) const {
  Replica::Options options;
  options.participant = participant;
  options.held_key = SeededKey(participant + "/held");
  options.statement_key = SeededKey(participant + "/statement");
  for (const std::string& authority : authorities_) {
    if (ParticipantOf(authority) != participant) {
      options.peers.push_back(ParticipantOf(authority));
    } else {
      options.log_keys.emplace(authority, SeededKey(authority + "/log"));
    }
  }
  return options;
}

std::unique_ptr<Replica> TestFederation::MakeReplica(const std::string& participant, Store* store,
                                                     const Clock* clock, bool settled) const {
  auto replica = Replica::Open(OptionsFor(participant), roster_.get(), store, clock);
  if (!replica.ok()) {
    std::fprintf(stderr, "test replica: %s\n", replica.status().ToString().c_str());
    std::abort();
  }
  // Its memory is sound unless a test says otherwise.
  if (settled) (*replica)->ReleaseSigning();
  return *std::move(replica);
}

NamedKey TestFederation::Officer(const std::string& authority, int number) const {
  const std::string name = authority + "/officer-" + std::to_string(number);
  return {name, SeededKey(name)};
}

std::vector<std::string> TestFederation::Sign(const v1::DraftFile& draft,
                                              const std::string& authority,
                                              const std::vector<int>& officers) const {
  std::vector<std::string> envelopes;
  for (const v1::DraftLeaf& leaf : draft.leaves()) {
    v1::Envelope envelope;
    envelope.set_payload_type(leaf.payload_type());
    envelope.set_payload(leaf.payload());
    for (const int number : officers) {
      const std::string name = authority + "/officer-" + std::to_string(number);
      // Those of the first roster are at hand, later ones are made.
      const auto known = officers_.find(name);
      if (known != officers_.end()) {
        AddSignature(&envelope, name, known->second).IgnoreError();
      } else {
        AddSignature(&envelope, name, SeededKey(name)).IgnoreError();
      }
    }
    envelopes.push_back(SerializeEnvelope(envelope));
  }
  return envelopes;
}

absl::StatusOr<Submitted> TestFederation::Publish(Replica& replica, const DraftInput& input) const {
  absl::StatusOr<v1::DraftFile> draft = replica.Draft(input);
  if (!draft.ok()) return draft.status();
  std::vector<int> officers = {1, 2};
  if (draft->signatures_needed() > 2) officers.push_back(3);
  const std::string authority = input.header.list().substr(0, input.header.list().find('/'));
  return replica.Submit(Sign(*draft, authority, officers));
}

absl::StatusOr<Submitted> TestFederation::OpenRestricted(Replica& replica, Store* store,
                                                         const ListName& list,
                                                         const std::vector<std::string>& audience,
                                                         Instant published_at) const {
  v1::Genesis genesis;
  genesis.set_kind(v1::LIST_KIND_ITEMS);
  genesis.set_title(list.list);
  for (const std::string& name : audience) genesis.add_audience(name);
  genesis.set_time_zone("UTC");
  genesis.set_published_at(published_at.micros);
  ListBatch batch(roster_.get(), store, Origin{roster_->federation(), list, 1}, std::nullopt);
  absl::StatusOr<v1::DraftLeaf> leaf = batch.AppendDraft(std::move(genesis));
  if (!leaf.ok()) return leaf.status();
  v1::DraftFile draft;
  *draft.add_leaves() = *std::move(leaf);
  return replica.Submit(Sign(draft, list.authority));
}

v1::Entry Item(const std::string& code, const std::string& text) {
  v1::Entry entry;
  entry.set_key(code);
  entry.set_lang("en");
  entry.mutable_item()->set_code(code);
  entry.mutable_item()->set_heading(text);
  entry.mutable_item()->set_text(text);
  return entry;
}

DraftInput Edition(const std::string& list, const std::string& day,
                   const std::vector<v1::Entry>& entries, const std::string& citation) {
  DraftInput input;
  input.header.set_list(list);
  input.header.set_kind(v1::LIST_KIND_ITEMS);
  input.header.set_title(list);
  input.header.set_time_zone("UTC");
  input.header.mutable_instrument()->set_citation(citation);
  input.header.set_effective_from(day);
  input.header.set_published_at(day);
  input.header.set_mode(v1::REVISION_MODE_FULL);
  for (const v1::Entry& entry : entries) input.entries.push_back(entry.SerializeAsString());
  return input;
}

DraftInput Changes(const std::string& list, std::vector<v1::Change> changes) {
  DraftInput input = Edition(list, "2023-01-01", {});
  input.header.set_mode(v1::REVISION_MODE_CHANGES);
  input.changes = std::move(changes);
  return input;
}

}  // namespace comity::testing
