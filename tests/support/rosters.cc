#include "tests/support/rosters.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/merkle/hash.h"
#include "storage/signing/threshold.h"

namespace comity::testing {

v1::PublicKey PublicKeyOf(const std::string& name) {
  v1::PublicKey key;
  key.set_name(name);
  key.set_ed25519(SeededKey(name).public_key());
  return key;
}

v1::KeySet KeySetOf(const std::vector<std::string>& names, uint32_t threshold) {
  v1::KeySet set;
  set.set_threshold(threshold);
  for (const std::string& name : names) *set.add_keys() = PublicKeyOf(name);
  std::sort(set.mutable_keys()->begin(), set.mutable_keys()->end(),
            [](const v1::PublicKey& a, const v1::PublicKey& b) {
              return KeyId(a.name(), a.ed25519()) < KeyId(b.name(), b.ed25519());
            });
  return set;
}

std::shared_ptr<const Roster> FirstRoster(const TestFederation& federation) {
  return *Roster::Load(federation.roster_envelope(), federation.roster().digest());
}

std::string NextEnvelope(const Roster& before, const std::function<void(v1::Roster&)>& alter,
                         const std::vector<std::string>& signers) {
  v1::Roster roster = before.message();
  roster.set_version(before.version() + 1);
  roster.set_previous_digest(ToBytes(before.digest()));
  alter(roster);
  v1::Envelope envelope;
  envelope.set_payload_type(kRosterType);
  envelope.set_payload(roster.SerializeAsString());
  for (const std::string& name : signers) {
    AddSignature(&envelope, name, SeededKey(name)).IgnoreError();
  }
  return SerializeEnvelope(envelope);
}

std::shared_ptr<const Roster> NextRoster(std::shared_ptr<const Roster> before,
                                         const std::function<void(v1::Roster&)>& alter,
                                         const std::vector<std::string>& signers) {
  auto next = Roster::LoadNext(NextEnvelope(*before, alter, signers), before);
  if (!next.ok()) {
    std::fprintf(stderr, "test roster: %s\n", next.status().ToString().c_str());
    std::abort();
  }
  return *std::move(next);
}

}  // namespace comity::testing
