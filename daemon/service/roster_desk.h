// Where newer rosters come in, from an admin or from peers.
#ifndef COMITY_DAEMON_SERVICE_ROSTER_DESK_H_
#define COMITY_DAEMON_SERVICE_ROSTER_DESK_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/admin_service.pb.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/lists/store.h"
#include "storage/log/roster.h"

namespace comity {

// Verifies, keeps, and has the server open anew: all that hangs on the roster (who may call,
// whom we call, whose signatures count) is built from one version and never changed under
// way. Thread-safe. Borrows store and clock.
class RosterDesk {
 public:
  // `alarms` is what is wrong with this daemon's own keys under `newest`; `reopen` asks the
  // process to open anew, and may be called again.
  RosterDesk(std::shared_ptr<const Roster> newest, std::string participant,
             std::vector<std::string> alarms, Store* store, const Clock* clock,
             std::function<void()> reopen)
      : participant_(std::move(participant)),
        alarms_(std::move(alarms)),
        store_(store),
        clock_(clock),
        reopen_(std::move(reopen)),
        opened_under_(newest->version()),
        newest_(std::move(newest)) {}

  // From a peer, who judges no clock. INVALID_ARGUMENT unless they bring a newer version than
  // the one that the server was opened under.
  absl::Status Adopt(const std::vector<std::string>& envelopes);
  // From an admin: it must be valid now, too. Check says what Submit would, and does nothing.
  absl::StatusOr<v1::SubmitRosterResponse> Check(const std::string& envelope) const;
  absl::StatusOr<v1::SubmitRosterResponse> Submit(const std::string& envelope);

  // A version after the one that the server was opened under was taken in.
  bool HasNewer() const;

  // What operators are told, with the roster's own validity.
  std::vector<std::string> Alarms() const;

 private:
  absl::Status AdoptLocked(const std::vector<std::string>& envelopes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::StatusOr<v1::SubmitRosterResponse> CheckLocked(const std::string& envelope) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string participant_;
  const std::vector<std::string> alarms_;
  Store* const store_;
  const Clock* const clock_;
  const std::function<void()> reopen_;
  const uint64_t opened_under_;
  mutable Mutex mutex_;
  std::shared_ptr<const Roster> newest_ ABSL_GUARDED_BY(mutex_);
  // Why rosters of peers were not taken the last time.
  std::string refused_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_ROSTER_DESK_H_
