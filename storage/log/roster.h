// The federation's trust root, verified and indexed for lookup.
#ifndef COMITY_STORAGE_LOG_ROSTER_H_
#define COMITY_STORAGE_LOG_ROSTER_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "comity/v1/envelope.pb.h"
#include "comity/v1/roster.pb.h"
#include "storage/base/types.h"
#include "storage/log/origin.h"

namespace comity {

// The largest roster, serialised: 200 governments with CA bundles of 8 KiB and 400 authorities
// take about 2 MiB; it must fit into one message.
inline constexpr size_t kMaxRosterBytes = 3 << 20;
// Versions after the first that is known.
inline constexpr uint64_t kMaxRosterSteps = 1'024;

// One version, and through it all before it that are known. Immutable, so safe to share
// between threads.
class Roster {
 public:
  // Reads a serialised Envelope: its payload must hash to `pinned_digest`, be
  // canonical, obey the rules of names and order, carry only good keys and be
  // signed by its own root threshold. FAILED_PRECONDITION if the digest differs,
  // INVALID_ARGUMENT or PERMISSION_DENIED otherwise.
  static absl::StatusOr<std::unique_ptr<Roster>> Load(std::string_view envelope_bytes,
                                                      const Digest& pinned_digest);

  // Reads the version after `previous`: exactly one more, of the same federation, naming the
  // digest of `previous`, signed by enough distinct keys of both roots and by nobody else,
  // valid from no earlier day, and with every revocation of it. FAILED_PRECONDITION with
  // REASON_ROSTER_CHAIN or REASON_WRONG_ROSTER, PERMISSION_DENIED, INVALID_ARGUMENT.
  static absl::StatusOr<std::shared_ptr<const Roster>> LoadNext(
      std::string_view envelope_bytes, std::shared_ptr<const Roster> previous);

  // The version before; null for the first that is known.
  const Roster* previous() const { return previous_.get(); }
  uint64_t first_version() const { return first_version_; }
  // This version or one before it; null if it is not known.
  const Roster* FindVersion(uint64_t version) const;

  const v1::Roster& message() const { return message_; }
  const Digest& digest() const { return digest_; }
  // The serialised Envelope that it was loaded from.
  const std::string& envelope() const { return envelope_; }
  const std::string& federation() const { return message_.federation(); }
  uint64_t version() const { return message_.version(); }

  // Null if the roster has none of that name.
  const v1::Participant* FindParticipant(std::string_view code) const;
  const v1::Authority* FindAuthority(std::string_view name) const;

  // Whether a signature by `public_key` on what concerns the leaf `index` of `origin` counts
  // no more.
  bool Revokes(std::string_view public_key, const std::string& origin, uint64_t index) const;
  // The first leaf of `origin` that a revocation may concern; unset: none does.
  std::optional<uint64_t> RevokedFrom(const std::string& origin) const;

  // The share, in thousandths, above which removals need the guard.
  uint32_t RemovalGuardPerMille() const;

 private:
  Roster() = default;
  // All but its signatures and its place in the chain.
  static absl::StatusOr<std::unique_ptr<Roster>> Parse(std::string_view envelope_bytes,
                                                       v1::Envelope* envelope);

  std::shared_ptr<const Roster> previous_;
  uint64_t first_version_ = 0;
  v1::Roster message_;
  std::string envelope_;
  Digest digest_{};
  std::map<std::string, const v1::Participant*, std::less<>> participants_;
  std::map<std::string, const v1::Authority*, std::less<>> authorities_;
};

}  // namespace comity

#endif  // COMITY_STORAGE_LOG_ROSTER_H_
