#include "daemon/service/roster_desk.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/canonical/envelope.h"
#include "storage/lists/draft.h"
#include "storage/lists/roster_store.h"
#include "storage/log/roster_chain.h"
#include "storage/merkle/hash.h"

namespace comity {

absl::Status RosterDesk::AdoptLocked(const std::vector<std::string>& envelopes) {
  const uint64_t before = newest_->version();
  COMITY_ASSIGN_OR_RETURN(newest_, AdoptRosters(newest_, envelopes, participant_, store_));
  if (newest_->version() != before) {
    spdlog::info("roster version {} ({}) was verified and kept: this daemon opens anew",
                 newest_->version(), ToHex(newest_->digest()));
  }
  return absl::OkStatus();
}

absl::Status RosterDesk::Adopt(const std::vector<std::string>& envelopes) {
  absl::Status status;
  {
    MutexLock lock(mutex_);
    status = AdoptLocked(envelopes);
    // Opening anew for what is in force already would be at the peer's pleasure.
    if (status.ok() && newest_->version() <= opened_under_) {
      status = MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_ROSTER_CHAIN,
                         absl::StrCat("it promised a newer roster than version ", opened_under_,
                                      " and gave none"));
    }
    refused_ = std::string(status.message());
  }
  // Again, too, if it was kept before: opening anew may have failed.
  if (status.ok() && !Planted(Bug::kOldEngineGoesOn)) reopen_();
  return status;
}

absl::StatusOr<v1::SubmitRosterResponse> RosterDesk::CheckLocked(
    const std::string& envelope) const {
  COMITY_ASSIGN_OR_RETURN(const v1::Envelope read, ParseEnvelope(envelope));
  COMITY_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> next,
                          ExtendRosterChain(newest_, {envelope}));
  const v1::Roster& message = next->message();
  const int64_t now = clock_->Now().micros;
  if (next != newest_ &&
      (message.valid_to() <= now || message.valid_from() > now + kMaxAheadMicros)) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, v1::REASON_ROSTER_CHAIN,
        absl::StrCat("roster version ", message.version(), " is valid from ",
                     FormatInstant({message.valid_from()}), " to ",
                     FormatInstant({message.valid_to()}), ", it is ", FormatInstant({now}),
                     " now: submit it then, or have another one signed"));
  }
  v1::Roster shown;
  shown.ParseFromString(read.payload());
  v1::SubmitRosterResponse response;
  response.set_already_present(next == newest_);
  response.set_version(static_cast<uint32_t>(shown.version()));
  response.set_digest(ToHex(Sha256(read.payload())));
  return response;
}

absl::StatusOr<v1::SubmitRosterResponse> RosterDesk::Check(const std::string& envelope) const {
  MutexLock lock(mutex_);
  return CheckLocked(envelope);
}

absl::StatusOr<v1::SubmitRosterResponse> RosterDesk::Submit(const std::string& envelope) {
  v1::SubmitRosterResponse response;
  {
    MutexLock lock(mutex_);
    COMITY_ASSIGN_OR_RETURN(response, CheckLocked(envelope));
    COMITY_RETURN_IF_ERROR(AdoptLocked({envelope}));
  }
  reopen_();
  return response;
}

std::vector<std::string> RosterDesk::Alarms() const {
  std::vector<std::string> alarms = alarms_;
  MutexLock lock(mutex_);
  if (std::string validity = ValidityAlarm(*newest_, clock_->Now()); !validity.empty()) {
    alarms.push_back(std::move(validity));
  }
  if (!refused_.empty()) alarms.push_back("a peer's newer roster was not taken: " + refused_);
  return alarms;
}

bool RosterDesk::HasNewer() const {
  MutexLock lock(mutex_);
  return newest_->version() > opened_under_;
}

}  // namespace comity
