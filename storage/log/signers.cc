#include "storage/log/signers.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/signing/threshold.h"

namespace comity {
namespace {

uint32_t ThresholdOf(const v1::Authority& authority, bool guarded) {
  return guarded ? authority.guard_threshold() : authority.officers().threshold();
}

}  // namespace

absl::StatusOr<const Roster*> NamedRoster(const Roster& newest, uint64_t version,
                                          std::string_view digest, const Origin& origin) {
  const Roster* named = newest.FindVersion(version);
  if (named != nullptr && digest == ToBytes(named->digest())) return named;
  const bool to_come = version > newest.version();
  return MakeError(to_come ? absl::StatusCode::kUnavailable : absl::StatusCode::kFailedPrecondition,
                   v1::REASON_WRONG_ROSTER,
                   absl::StrCat(origin.name.ToString(), ": signed under roster version ", version,
                                " (", ToHex(digest.substr(0, 8)), "...), this daemon has version ",
                                newest.version(), " (", ToHex(newest.digest()).substr(0, 16),
                                "...)", to_come ? ": the roster comes first" : ""),
                   origin.ToString());
}

absl::Status CheckNotRevoked(const Roster& newest, const Roster& named, const Origin& origin,
                             uint64_t index, bool guarded, const v1::Envelope& envelope) {
  const std::string name = origin.ToString();
  const v1::Authority* authority = named.FindAuthority(origin.name.authority);
  if (newest.message().revocations().empty() || authority == nullptr) return absl::OkStatus();
  std::set<std::string> count;
  std::string revoked;
  for (const v1::Signature& signature : envelope.signatures()) {
    for (const v1::PublicKey& key : authority->officers().keys()) {
      if (ToBytes(KeyId(key.name(), key.ed25519())) != signature.key_id()) continue;
      if (newest.Revokes(key.ed25519(), name, index)) {
        revoked = key.name();
      } else {
        count.insert(key.ed25519());
      }
    }
  }
  const uint32_t threshold = ThresholdOf(*authority, guarded);
  if (revoked.empty() || count.size() >= threshold) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kPermissionDenied, v1::REASON_KEY_REVOKED,
      absl::StrCat(origin.name.ToString(), ": leaf ", index, " needs the signature of ", revoked,
                   ", whose key is revoked from a leaf before it: ", count.size(), " of the ",
                   threshold, " that it needs still count"),
      name);
}

absl::Status VerifyOfficers(const Roster& newest, const Roster& named, const Origin& origin,
                            uint64_t index, bool guarded, const v1::Envelope& envelope) {
  const v1::Authority* authority = named.FindAuthority(origin.name.authority);
  if (authority == nullptr) {
    return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_WRONG_ORIGIN,
                     absl::StrCat("the roster has no authority ", origin.name.authority,
                                  " in version ", named.version()),
                     origin.ToString());
  }
  COMITY_RETURN_IF_ERROR(VerifyThreshold(authority->officers(), ThresholdOf(*authority, guarded),
                                         envelope, origin.name.ToString()));
  if (Planted(Bug::kVoidLeavesServed)) return absl::OkStatus();
  return CheckNotRevoked(newest, named, origin, index, guarded, envelope);
}

absl::StatusOr<Checkpoint> VerifyLogNote(std::string_view note, const Origin& origin,
                                         const Roster& newest) {
  const std::string name = origin.ToString();
  absl::Status first;
  std::set<std::string> tried;
  for (const Roster* one = &newest; one != nullptr; one = one->previous()) {
    const v1::Authority* authority = one->FindAuthority(origin.name.authority);
    if (authority == nullptr || origin.federation != one->federation()) continue;
    const std::string& key = authority->log_key_ed25519();
    if (!tried.insert(key).second) continue;
    absl::StatusOr<Checkpoint> checkpoint = VerifyCheckpointNote(note, name, key);
    if (!checkpoint.ok()) {
      first.Update(checkpoint.status());
      continue;
    }
    if (checkpoint->size > 0 && newest.Revokes(key, name, checkpoint->size - 1)) {
      return MakeError(absl::StatusCode::kPermissionDenied, v1::REASON_KEY_REVOKED,
                       absl::StrCat(name, ": the checkpoint of size ", checkpoint->size,
                                    " is signed by a log key that is revoked below it"),
                       name);
    }
    return checkpoint;
  }
  if (!first.ok()) return first;
  return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_WRONG_ORIGIN,
                   absl::StrCat("the roster has no authority for ", name), name);
}

}  // namespace comity
