#include "storage/lists/status_board.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/canonical/encoder.h"
#include "storage/lists/snapshot.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

// As many statuses of one participant are kept, one for each audience that it names.
constexpr std::ptrdiff_t kMaxAudiences = 64;

StatusBoard::Name NameOf(const ParticipantStatus& status) {
  return {status.participant, AudienceName(status.audience)};
}

// Outside of every lock: readers ask the board, and a write may wait for the disk.
void Save(Store& store, const std::vector<ParticipantStatus>& statuses) {
  for (const ParticipantStatus& status : statuses) {
    const std::string name = absl::StrCat(status.participant, "/", AudienceName(status.audience));
    // Lost, it comes again.
    store.PutStatement(StatementKind::kStatus, name, status.envelope).IgnoreError();
  }
}

}  // namespace

StatusBoard::StatusBoard(Options options, const Roster* roster, Store* store)
    : options_(std::move(options)), roster_(roster), store_(store), limits_(LimitsOf(*roster)) {}

absl::StatusOr<std::unique_ptr<StatusBoard>> StatusBoard::Open(Options options,
                                                               const Roster* roster, Store* store) {
  auto board = std::unique_ptr<StatusBoard>(new StatusBoard(std::move(options), roster, store));
  COMITY_ASSIGN_OR_RETURN(const auto stored, store->ReadStatements(StatementKind::kStatus));
  MutexLock lock(board->mutex_);
  for (const auto& [name, bytes] : stored) {
    absl::StatusOr<ParticipantStatus> status = ReadStatus(bytes, *roster);
    if (!status.ok() || !VerifyStatus(*status, *roster).ok()) continue;
    board->newest_[NameOf(*status)] = *std::move(status);
  }
  return board;
}

bool StatusBoard::HasKey(const std::string& participant) const {
  const v1::Participant* found = roster_->FindParticipant(participant);
  return found != nullptr && !found->statement_key().ed25519().empty();
}

bool StatusBoard::IsNews(const ParticipantStatus& status, Instant now) const {
  const int64_t horizon = now.micros + kMaxStatusAheadMicros;
  const bool future = status.stated_at.micros > horizon;
  if (future && !Planted(Bug::kStatusFromTheFuture)) return false;
  const auto known = newest_.find(NameOf(status));
  if (known == newest_.end()) {
    // Audiences cost nothing to make up.
    const auto first = newest_.lower_bound(Name{status.participant, ""});
    const auto of_others = std::find_if(first, newest_.end(), [&](const auto& one) {
      return one.first.first != status.participant;
    });
    return std::distance(first, of_others) < kMaxAudiences;
  }
  return status.stated_at > known->second.stated_at || known->second.stated_at.micros > horizon;
}

void StatusBoard::Keep(const ParticipantStatus& status) {
  const Name name = NameOf(status);
  if (const auto known = newest_.find(name);
      known != newest_.end() && known->second.heads != status.heads) {
    before_[name] = std::move(known->second);
  }
  newest_[name] = status;
  ++generation_;
}

std::vector<ParticipantStatus> StatusBoard::Tick(const Lists& lists, Instant now) {
  std::vector<ParticipantStatus> fresh;
  if (!options_.key.has_value() || Planted(Bug::kStatusNeverSigned)) return fresh;
  std::map<std::string, ParticipantStatus> due;
  for (const auto& [origin, view] : lists) {
    if (ParticipantOf(origin.name.authority) != options_.participant) continue;
    // What is held and not signed for yet would be said to be lacking.
    if (view->checkpoint_size != view->log_size || !view->stopped.empty()) continue;
    ParticipantStatus& status = due[AudienceName(view->audience)];
    status.participant = options_.participant;
    status.audience = view->audience;
    status.stated_at = now;
    status.heads[origin] = {view->size, view->root};
  }
  {
    MutexLock lock(mutex_);
    for (auto& [audience, status] : due) {
      const auto last = newest_.find(Name{options_.participant, audience});
      if (last != newest_.end()) {
        const int64_t age = now.micros - last->second.stated_at.micros;
        // A clock that was set back does not silence it.
        const int64_t wait =
            last->second.heads == status.heads ? options_.tick : options_.least_gap;
        if (age >= 0 && age < wait) continue;
      }
      absl::StatusOr<ParticipantStatus> made =
          SignStatus(std::move(status), *options_.key, *roster_);
      if (!made.ok()) continue;  // a key that is not the roster's: LoadConfig saw to it
      Keep(*made);
      fresh.push_back(*std::move(made));
    }
  }
  Save(*store_, fresh);
  return fresh;
}

absl::StatusOr<std::vector<ParticipantStatus>> StatusBoard::Take(
    const std::vector<std::string>& envelopes, Instant now) {
  std::vector<ParticipantStatus> fresh;
  for (const std::string& envelope : envelopes) {
    COMITY_ASSIGN_OR_RETURN(const ParticipantStatus status, ReadStatus(envelope, *roster_));
    if (!InAudience(status.audience, options_.participant)) continue;
    // Nobody need tell this daemon of its own; an old copy of its data signs on all the same.
    if (status.participant == options_.participant && options_.key.has_value()) continue;
    {
      MutexLock lock(mutex_);
      if (!IsNews(status, now)) continue;
    }
    COMITY_RETURN_IF_ERROR(VerifyStatus(status, *roster_));
    MutexLock lock(mutex_);
    if (!IsNews(status, now)) continue;
    Keep(status);
    fresh.push_back(status);
  }
  Save(*store_, fresh);
  return fresh;
}

std::vector<ParticipantStatus> StatusBoard::NewerFor(std::string_view participant,
                                                     const std::map<Name, Instant>& known) const {
  std::vector<ParticipantStatus> newer;
  MutexLock lock(mutex_);
  for (const auto& [name, status] : newest_) {
    if (!InAudience(status.audience, participant)) continue;
    const auto had = known.find(name);
    if (had == known.end() || had->second < status.stated_at) newer.push_back(status);
  }
  return newer;
}

std::vector<ParticipantStatus> StatusBoard::For(std::string_view participant) const {
  return NewerFor(participant, {});
}

Digest StatusBoard::DigestFor(std::string_view participant) const {
  Encoder encoder;
  encoder.Raw("comity statuses v1\n");
  MutexLock lock(mutex_);
  for (const auto& [name, status] : newest_) {
    if (!InAudience(status.audience, participant)) continue;
    encoder.Bytes(name.first);
    encoder.Bytes(name.second);
    encoder.I64(status.stated_at.micros);
  }
  return Sha256(encoder.Take());
}

bool StatusBoard::Confirms(const ParticipantStatus& status, const ListView& list) {
  const auto stated = status.heads.find(list.origin);
  if (stated == status.heads.end()) return false;
  // More than is held here: what is held was current once, and is not now.
  if (stated->second.size > list.log_size && !Planted(Bug::kStatusOfMoreCounts)) return false;
  return stated->second.size != list.size || stated->second.root == list.root;
}

std::optional<Instant> StatusBoard::CurrentAt(const ListView& list) const {
  const std::string participant = ParticipantOf(list.origin.name.authority);
  if (participant == options_.participant || !HasKey(participant)) return std::nullopt;
  Instant current = list.published_at;
  const Name name{participant, AudienceName(list.audience)};
  MutexLock lock(mutex_);
  for (const auto* statuses : {&newest_, &before_}) {
    const auto status = statuses->find(name);
    if (status == statuses->end() || !Confirms(status->second, list)) continue;
    current = std::max(current, status->second.stated_at);
  }
  return current;
}

uint64_t StatusBoard::generation() const {
  MutexLock lock(mutex_);
  return generation_;
}

}  // namespace comity
