// A whole federation in memory: roster, officers, log keys, all from fixed seeds.
#ifndef COMITY_TESTS_SUPPORT_FEDERATION_H_
#define COMITY_TESTS_SUPPORT_FEDERATION_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/lists/draft.h"
#include "storage/lists/memory_store.h"
#include "storage/lists/replica.h"
#include "storage/log/roster.h"
#include "storage/signing/ed25519.h"

namespace comity::testing {

// The instant at which tests happen: 2024-01-01T00:00:00Z.
inline constexpr Instant kNow{1'704'067'200'000'000};

// When lists are LATE, STALE, EXPIRED, in seconds; 0: never.
struct TestLimits {
  uint32_t late = 0;
  uint32_t stale = 0;
  uint32_t expired = 0;
};

class TestFederation {
 public:
  // Authorities sorted; 2 of 3 officers each, 3 above the removal guard.
  explicit TestFederation(std::vector<std::string> authorities = {"jp-meti", "no-mfa", "us-bis"},
                          uint32_t quorum = 1, TestLimits limits = {});

  const Roster& roster() const { return *roster_; }
  const std::string& roster_envelope() const { return roster_envelope_; }

  // With the log keys of the participant's authorities. Unless `settled`, it signs only
  // once it heard from its peers.
  Replica::Options OptionsFor(const std::string& participant) const;
  std::unique_ptr<Replica> MakeReplica(const std::string& participant, Store* store,
                                       const Clock* clock, bool settled = true) const;

  NamedKey Officer(const std::string& authority, int number) const;
  // Signed envelopes of the draft's leaves by these officers.
  std::vector<std::string> Sign(const v1::DraftFile& draft, const std::string& authority,
                                const std::vector<int>& officers = {1, 2}) const;
  // Drafts, signs with as many officers as needed, submits.
  absl::StatusOr<Submitted> Publish(Replica& replica, const DraftInput& input) const;
  // Opens `list`, which only `audience` (sorted) may hold. `store` is the replica's.
  absl::StatusOr<Submitted> OpenRestricted(Replica& replica, Store* store, const ListName& list,
                                           const std::vector<std::string>& audience,
                                           Instant published_at = kNow) const;

 private:
  std::vector<std::string> authorities_;
  std::string roster_envelope_;
  std::unique_ptr<Roster> roster_;
  // By name: making a key costs more than signing with it.
  std::map<std::string, PrivateKey> officers_;
};

// An item whose key is its code.
v1::Entry Item(const std::string& code, const std::string& text);
// A full edition of an items list.
DraftInput Edition(const std::string& list, const std::string& day,
                   const std::vector<v1::Entry>& entries, const std::string& citation = "1 FR 1");
// Explicit changes.
DraftInput Changes(const std::string& list, std::vector<v1::Change> changes);

// A key that is a function of its name.
PrivateKey SeededKey(const std::string& name);

}  // namespace comity::testing

#endif  // COMITY_TESTS_SUPPORT_FEDERATION_H_
