#include "storage/log/roster_chain.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/strict.h"
#include "storage/merkle/hash.h"
#include "storage/signing/threshold.h"

namespace comity {
namespace {

constexpr int64_t kSoonMicros = int64_t{30} * 24 * 3600 * 1'000'000;

absl::Status Breaks(std::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition, v1::REASON_ROSTER_CHAIN,
                   absl::StrCat("roster: ", Absl(what)));
}

// The envelope with those signatures alone whose key id is one of `keys`.
v1::Envelope SignedBy(const v1::KeySet& keys, const v1::Envelope& envelope) {
  v1::Envelope part = envelope;
  part.clear_signatures();
  for (const v1::Signature& signature : envelope.signatures()) {
    const bool among = std::ranges::any_of(keys.keys(), [&](const v1::PublicKey& key) {
      return ToBytes(KeyId(key.name(), key.ed25519())) == signature.key_id();
    });
    if (among) *part.add_signatures() = signature;
  }
  return part;
}

// Both roots must agree, each by its own threshold, and nobody else has a say.
absl::Status VerifyBoth(const v1::KeySet& old_root, const v1::KeySet& new_root,
                        const v1::Envelope& envelope, uint64_t version) {
  if (Planted(Bug::kSkipRosterSignatures)) return absl::OkStatus();
  const std::string name = absl::StrCat("roster version ", version);
  const v1::Envelope by_old = SignedBy(old_root, envelope);
  const v1::Envelope by_new = SignedBy(new_root, envelope);
  for (const v1::Signature& signature : envelope.signatures()) {
    const auto same = [&](const v1::Signature& one) { return one.key_id() == signature.key_id(); };
    if (std::ranges::any_of(by_old.signatures(), same) ||
        std::ranges::any_of(by_new.signatures(), same)) {
      continue;
    }
    return MakeError(absl::StatusCode::kPermissionDenied, v1::REASON_UNKNOWN_KEY,
                     absl::StrCat(name, ": signed by key ", ToHex(signature.key_id()).substr(0, 16),
                                  "..., which is neither of its root nor of the one before"));
  }
  COMITY_RETURN_IF_ERROR(
      VerifyThreshold(old_root, old_root.threshold(), by_old,
                      absl::StrCat(name, ", by the root of version ", version - 1)));
  return VerifyThreshold(new_root, new_root.threshold(), by_new,
                         absl::StrCat(name, ", by its own root"));
}

absl::Status CheckRevocationsKept(const v1::Roster& before, const v1::Roster& after) {
  auto it = after.revocations().begin();
  for (const v1::Revocation& kept : before.revocations()) {
    while (it != after.revocations().end() &&
           std::tie(it->ed25519(), it->origin()) < std::tie(kept.ed25519(), kept.origin())) {
      ++it;
    }
    if (it == after.revocations().end() || it->ed25519() != kept.ed25519() ||
        it->origin() != kept.origin() || it->index() > kept.index()) {
      return Breaks(absl::StrCat("version ", after.version(), " takes back the revocation of key ",
                                 ToHex(kept.ed25519()).substr(0, 16),
                                 "...: what was revoked stays revoked"));
    }
  }
  // One that names a log counts in place of the one for all logs: it may not come after it to
  // say less.
  std::map<std::pair<std::string_view, std::string_view>, uint64_t> kept;
  for (const v1::Revocation& one : before.revocations()) {
    kept[{one.ed25519(), one.origin()}] = one.index();
  }
  for (const v1::Revocation& added : after.revocations()) {
    const auto general = kept.find({added.ed25519(), ""});
    if (general != kept.end() && added.index() > general->second &&
        !kept.contains({added.ed25519(), added.origin()})) {
      return Breaks(absl::StrCat("version ", after.version(), " lets key ",
                                 ToHex(added.ed25519()).substr(0, 16), "... count again in ",
                                 added.origin(), ": what was revoked stays revoked"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Roster>> Roster::LoadNext(
    std::string_view envelope_bytes, std::shared_ptr<const Roster> previous) {
  v1::Envelope envelope;
  COMITY_ASSIGN_OR_RETURN(std::unique_ptr<Roster> next, Parse(envelope_bytes, &envelope));
  const v1::Roster& before = previous->message();
  const v1::Roster& after = next->message();
  if (after.federation() != before.federation()) {
    return Breaks(absl::StrCat("version ", after.version(), " is of ", after.federation(),
                               ", this federation is ", before.federation()));
  }
  if (after.version() != before.version() + 1) {
    return Breaks(
        absl::StrCat("version ", after.version(), " does not follow version ", before.version()));
  }
  if (after.previous_digest() != ToBytes(previous->digest())) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, v1::REASON_ROSTER_CHAIN,
        absl::StrCat("roster: version ", after.version(), " follows another version ",
                     before.version(), " (", ToHex(after.previous_digest()).substr(0, 16),
                     "...) than the one that is held (", ToHex(previous->digest()).substr(0, 16),
                     "...): the chain forked, ask those who sign it"));
  }
  if (after.valid_from() < before.valid_from()) {
    return Breaks(absl::StrCat("version ", after.version(),
                               " is valid from an earlier instant than ", before.version()));
  }
  if (after.version() - previous->first_version() > kMaxRosterSteps) {
    return Breaks(absl::StrCat("more than ", kMaxRosterSteps, " versions after version ",
                               previous->first_version(), ": pin a newer one"));
  }
  COMITY_RETURN_IF_ERROR(CheckRevocationsKept(before, after));
  COMITY_RETURN_IF_ERROR(VerifyBoth(before.root(), after.root(), envelope, after.version()));
  next->first_version_ = previous->first_version();
  next->previous_ = std::move(previous);
  return std::shared_ptr<const Roster>(std::move(next));
}

absl::StatusOr<std::shared_ptr<const Roster>> LoadRosterChain(std::string_view file,
                                                              const Digest& pinned_digest) {
  v1::RosterChain chain;
  if (!ParseStrict(file, &chain).ok() || chain.rosters().empty()) {
    COMITY_ASSIGN_OR_RETURN(std::unique_ptr<Roster> one, Roster::Load(file, pinned_digest));
    return std::shared_ptr<const Roster>(std::move(one));
  }
  return LoadRosterChain(chain, pinned_digest);
}

absl::StatusOr<std::shared_ptr<const Roster>> LoadRosterChain(const v1::RosterChain& chain,
                                                              const Digest& pinned_digest) {
  if (chain.rosters().empty()) return absl::InvalidArgumentError("roster: no version of it");
  COMITY_ASSIGN_OR_RETURN(const v1::Envelope first, ParseEnvelope(chain.rosters(0)));
  COMITY_ASSIGN_OR_RETURN(std::unique_ptr<Roster> oldest,
                          Roster::Load(chain.rosters(0), Sha256(first.payload())));
  std::shared_ptr<const Roster> newest = std::move(oldest);
  bool pinned = newest->digest() == pinned_digest;
  for (int i = 1; i < chain.rosters_size(); ++i) {
    COMITY_ASSIGN_OR_RETURN(newest, Roster::LoadNext(chain.rosters(i), std::move(newest)));
    pinned = pinned || newest->digest() == pinned_digest;
  }
  if (pinned) return newest;
  return MakeError(absl::StatusCode::kFailedPrecondition, v1::REASON_WRONG_ROSTER,
                   absl::StrCat("roster: of its ", chain.rosters_size(),
                                " versions none has the digest of the pin, ", ToHex(pinned_digest),
                                ": check where the file came from"));
}

absl::StatusOr<std::shared_ptr<const Roster>> ExtendRosterChain(
    std::shared_ptr<const Roster> newest, const std::vector<std::string>& envelopes) {
  for (const std::string& bytes : envelopes) {
    COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(bytes));
    v1::Roster message;
    // Only for its place: what is taken in is read strictly.
    if (message.ParseFromString(envelope.payload()) && message.version() <= newest->version()) {
      if (message.version() < newest->first_version()) continue;
      const Roster* known = newest->FindVersion(message.version());
      if (known != nullptr && known->digest() == Sha256(envelope.payload())) continue;
      return Breaks(absl::StrCat("another version ", message.version(), " (",
                                 ToHex(Sha256(envelope.payload())).substr(0, 16),
                                 "...) than the one that is held: the chain forked, ask those who "
                                 "sign it"));
    }
    COMITY_ASSIGN_OR_RETURN(newest, Roster::LoadNext(bytes, std::move(newest)));
  }
  return newest;
}

v1::RosterChain RosterChainOf(const Roster& newest) {
  v1::RosterChain chain;
  bool more = false;
  for (std::string& one : RostersAfter(newest, 0, kMaxRosterChainBytes, &more)) {
    chain.add_rosters(std::move(one));
  }
  return chain;
}

std::string RosterChainFile(const Roster& newest) {
  return RosterChainOf(newest).SerializeAsString();
}

std::vector<std::string> RostersAfter(const Roster& newest, uint64_t after_version,
                                      size_t max_bytes, bool* more) {
  std::vector<const Roster*> versions;
  for (const Roster* one = &newest; one != nullptr && one->version() > after_version;
       one = one->previous()) {
    versions.push_back(one);
    if (Planted(Bug::kServeNewestRosterOnly)) break;
  }
  std::vector<std::string> envelopes;
  size_t bytes = 0;
  for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
    bytes += (*it)->envelope().size() + 16;
    if (!envelopes.empty() && bytes > max_bytes) break;
    envelopes.push_back((*it)->envelope());
  }
  *more = envelopes.size() < versions.size();
  return envelopes;
}

std::string ValidityAlarm(const Roster& newest, Instant now) {
  const v1::Roster& roster = newest.message();
  const std::string to = FormatInstant({roster.valid_to()});
  if (now.micros >= roster.valid_to()) {
    return absl::StrCat("roster version ", roster.version(), " expired at ", to,
                        " and stays in force until a newer one is signed");
  }
  if (now.micros < roster.valid_from()) {
    return absl::StrCat("roster version ", roster.version(), " is valid only from ",
                        FormatInstant({roster.valid_from()}));
  }
  if (roster.valid_to() - now.micros > kSoonMicros) return "";
  return absl::StrCat("roster version ", roster.version(), " expires at ", to,
                      ": have the next one signed");
}

const Roster* Roster::FindVersion(uint64_t version) const {
  const Roster* one = this;
  while (one != nullptr && one->version() > version) one = one->previous();
  return one != nullptr && one->version() == version ? one : nullptr;
}

bool Roster::Revokes(std::string_view public_key, const std::string& origin, uint64_t index) const {
  std::optional<uint64_t> from;
  for (const v1::Revocation& one : message_.revocations()) {
    if (one.ed25519() != public_key) continue;
    // The one that names the log is the one that counts.
    if (one.origin() == origin) return index >= one.index();
    if (one.origin().empty()) from = one.index();
  }
  return from.has_value() && index >= *from;
}

std::optional<uint64_t> Roster::RevokedFrom(const std::string& origin) const {
  std::optional<uint64_t> first;
  for (const v1::Revocation& one : message_.revocations()) {
    if (!one.origin().empty() && one.origin() != origin) continue;
    if (!first.has_value() || one.index() < *first) first = one.index();
  }
  return first;
}

}  // namespace comity
