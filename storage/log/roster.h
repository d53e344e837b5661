// The federation's trust root, verified and indexed for lookup.
#ifndef COMITY_STORAGE_LOG_ROSTER_H_
#define COMITY_STORAGE_LOG_ROSTER_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "comity/v1/roster.pb.h"
#include "storage/base/types.h"
#include "storage/log/origin.h"

namespace comity {

// Immutable, so safe to share between threads.
class Roster {
 public:
  // Reads a serialised Envelope: its payload must hash to `pinned_digest`, be
  // canonical, obey the rules of names and order, carry only good keys and be
  // signed by its own root threshold. FAILED_PRECONDITION if the digest differs,
  // INVALID_ARGUMENT or PERMISSION_DENIED otherwise.
  static absl::StatusOr<std::unique_ptr<Roster>> Load(std::string_view envelope_bytes,
                                                      const Digest& pinned_digest);

  const v1::Roster& message() const { return message_; }
  const Digest& digest() const { return digest_; }
  // The serialised Envelope that it was loaded from.
  const std::string& envelope() const { return envelope_; }
  const std::string& federation() const { return message_.federation(); }
  uint64_t version() const { return message_.version(); }

  // Null if the roster has none of that name.
  const v1::Participant* FindParticipant(std::string_view code) const;
  const v1::Authority* FindAuthority(std::string_view name) const;

  // The share, in thousandths, above which removals need the guard.
  uint32_t RemovalGuardPerMille() const;

 private:
  Roster() = default;

  v1::Roster message_;
  std::string envelope_;
  Digest digest_{};
  std::map<std::string, const v1::Participant*, std::less<>> participants_;
  std::map<std::string, const v1::Authority*, std::less<>> authorities_;
};

}  // namespace comity

#endif  // COMITY_STORAGE_LOG_ROSTER_H_
