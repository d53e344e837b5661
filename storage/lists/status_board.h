// The newest status of every participant, and what follows from them: which lists are fresh.
#ifndef COMITY_STORAGE_LISTS_STATUS_BOARD_H_
#define COMITY_STORAGE_LISTS_STATUS_BOARD_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/base/mutex.h"
#include "storage/base/types.h"
#include "storage/lists/store.h"
#include "storage/log/freshness.h"
#include "storage/log/participant_status.h"

namespace comity {

struct ListView;

// Thread-safe. Borrows the roster and the store. Every time is handed in.
class StatusBoard {
 public:
  struct Options {
    std::string participant;
    // Signs this participant's statuses; without it none are made. Moved in.
    std::optional<PrivateKey> key;
    // How often it says that nothing changed, and how soon after a change at the earliest;
    // microseconds.
    int64_t tick = 60'000'000;
    int64_t least_gap = 2'000'000;
  };
  using Lists = std::map<Origin, std::shared_ptr<const ListView>>;
  // Which status: participant, and audience as AudienceName writes it.
  using Name = std::pair<std::string, std::string>;

  // With what the store has; what does not verify (any more) is passed over.
  static absl::StatusOr<std::unique_ptr<StatusBoard>> Open(Options options, const Roster* roster,
                                                           Store* store);

  // The statuses of this participant that are due, signed: one for each audience of the lists
  // that it signs and holds signed to their end. Cheap if none is due.
  std::vector<ParticipantStatus> Tick(const Lists& lists, Instant now);
  // Takes others' in; gives those that were news. One that is more than five minutes ahead of
  // `now` is left out, as is one of an audience without this participant, or of a 65th audience
  // of its participant; one whose signature is bad ends it with its error.
  absl::StatusOr<std::vector<ParticipantStatus>> Take(const std::vector<std::string>& envelopes,
                                                      Instant now);

  // Those that `participant` may see, and of these the ones newer than what it has.
  std::vector<ParticipantStatus> For(std::string_view participant) const;
  std::vector<ParticipantStatus> NewerFor(std::string_view participant,
                                          const std::map<Name, Instant>& known) const;
  // SHA-256 over (participant, audience, stated_at) of those: equal digests, equal statuses.
  Digest DigestFor(std::string_view participant) const;

  // When the list was last known to be what is held here: the newest status of its participant
  // that states no more than that, or the instant of its newest revision. Unset for a list
  // whose participant has no statement key, and for this participant's own: nobody need tell.
  std::optional<Instant> CurrentAt(const ListView& list) const;
  // Grows with every change.
  uint64_t generation() const;
  const FreshnessLimits& limits() const { return limits_; }

 private:
  StatusBoard(Options options, const Roster* roster, Store* store);

  // Whether it replaces what is had of its name. One from the future is as none.
  bool IsNews(const ParticipantStatus& status, Instant now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Keep(const ParticipantStatus& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasKey(const std::string& participant) const;
  // Whether the status says that what is held of the list is all that there was.
  static bool Confirms(const ParticipantStatus& status, const ListView& list);

  const Options options_;
  const Roster* const roster_;
  Store* const store_;
  const FreshnessLimits limits_;
  mutable Mutex mutex_;
  std::map<Name, ParticipantStatus> newest_ ABSL_GUARDED_BY(mutex_);
  // The last one before it that stated other heads: what is held here may be as of then.
  std::map<Name, ParticipantStatus> before_ ABSL_GUARDED_BY(mutex_);
  uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_STATUS_BOARD_H_
