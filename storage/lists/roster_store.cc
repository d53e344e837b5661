#include "storage/lists/roster_store.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/log/roster_chain.h"

namespace comity {

absl::StatusOr<std::shared_ptr<const Roster>> ReadRosters(const Roster* pinned,
                                                          const Digest& digest,
                                                          const Store& store) {
  COMITY_ASSIGN_OR_RETURN(auto all, store.Rosters());
  for (const Roster* one = pinned; one != nullptr; one = one->previous()) {
    all.try_emplace(one->version(), one->envelope());
  }
  v1::RosterChain chain;
  for (auto& [version, envelope] : all) chain.add_rosters(std::move(envelope));
  absl::StatusOr<std::shared_ptr<const Roster>> newest =
      LoadRosterChain(chain.SerializeAsString(), digest);
  if (newest.ok()) return newest;
  return Annotate(newest.status(),
                  "the rosters kept in data_dir and the configured one are not one chain");
}

absl::StatusOr<std::shared_ptr<const Roster>> OpenRosters(std::shared_ptr<const Roster> pinned,
                                                          Store* store) {
  COMITY_ASSIGN_OR_RETURN(const auto stored, store->Rosters());
  COMITY_ASSIGN_OR_RETURN(std::shared_ptr<const Roster> newest,
                          ReadRosters(pinned.get(), pinned->digest(), *store));
  // In order, so that a crash leaves a chain.
  for (uint64_t version = newest->first_version(); version <= newest->version(); ++version) {
    if (stored.contains(version)) continue;
    const absl::Status kept = store->PutRoster(version, newest->FindVersion(version)->envelope());
    // On a full disk it is still in the configuration.
    if (!absl::IsResourceExhausted(kept)) COMITY_RETURN_IF_ERROR(kept);
  }
  return newest;
}

absl::StatusOr<std::shared_ptr<const Roster>> AdoptRosters(
    std::shared_ptr<const Roster> newest, const std::vector<std::string>& envelopes,
    const std::string& participant, Store* store) {
  const uint64_t held = newest->version();
  COMITY_ASSIGN_OR_RETURN(newest, ExtendRosterChain(std::move(newest), envelopes));
  if (newest->FindParticipant(participant) == nullptr) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, v1::REASON_ROSTER_CHAIN,
        absl::StrCat("roster version ", newest->version(), " leaves out \"", participant,
                     "\": this daemon goes on under version ", held, ", and its peers leave it"));
  }
  for (uint64_t version = held + 1; version <= newest->version(); ++version) {
    if (Planted(Bug::kRosterNotKept)) break;
    const Roster* const one = newest->FindVersion(version);
    if (one == nullptr) {
      return MakeError(absl::StatusCode::kFailedPrecondition, v1::REASON_ROSTER_CHAIN,
                       absl::StrCat("roster version ", version, " is missing before version ",
                                    newest->version()));
    }
    COMITY_RETURN_IF_ERROR(store->PutRoster(version, one->envelope()));
  }
  return newest;
}

}  // namespace comity
