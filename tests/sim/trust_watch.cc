#include "tests/sim/trust_watch.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "storage/log/freshness.h"

namespace comity::sim {
namespace {

constexpr size_t kMaxStatements = 64;

}  // namespace

void TrustWatch::Accused(const DaemonFacts& daemon, const Origin& origin) {
  if (origin != fork_) {
    Invariants::Break(
        "no-false-accusation",
        absl::StrCat(daemon.name, " accuses an honest authority of ", origin.ToString()));
  }
  for (const VerifiedEvidence& evidence : daemon.replica.EvidenceFor("")) {
    const auto verified = VerifyEvidence(evidence.bytes, daemon.replica.roster());
    if (!verified.ok()) {
      Invariants::Break("no-false-accusation",
                        absl::StrCat(daemon.name, " has evidence that nobody can verify: ",
                                     verified.status().ToString()));
    }
  }
  const auto size = daemon.replica.SizeOf(origin);
  stopped_at_.try_emplace({daemon.number, origin}, size.ok() ? size->value : 0);
}

void TrustWatch::Committed(const DaemonFacts& daemon, const Origin& origin) const {
  const auto stopped = stopped_at_.find({daemon.number, origin});
  if (stopped == stopped_at_.end()) return;
  const auto size = daemon.replica.SizeOf(origin);
  if (size.ok() && size->value > stopped->second) {
    Invariants::Break("contested-stops",
                      absl::StrCat(daemon.name, " took leaf ", size->value - 1, " of ",
                                   origin.ToString(), " after evidence at ", stopped->second));
  }
}

void TrustWatch::CheckRemembered(const DaemonFacts& daemon) const {
  const auto lists = daemon.replica.snapshot()->lists();
  for (const auto& [where, size] : stopped_at_) {
    const auto view = lists.find(where.second);
    if (where.first != daemon.number || view == lists.end() || view->second->contested) continue;
    Invariants::Break("contested-remembered", daemon.name + " forgot evidence in a start");
  }
}

void TrustWatch::Forget(int daemon) {
  std::erase_if(stopped_at_, [&](const auto& one) { return one.first.first == daemon; });
}

bool TrustWatch::HoldsFork(const DaemonFacts& daemon) const {
  if (!fork_.has_value()) return false;
  const auto size = daemon.replica.SizeOf(*fork_);
  const auto head = daemon.replica.HeadOf(*fork_);
  return size.ok() && head.ok() && head->size.value > common_;
}

bool TrustWatch::HasEvidence(const DaemonFacts& daemon) const {
  const auto lists = daemon.replica.snapshot()->lists();
  const auto view = lists.find(*fork_);
  return view != lists.end() && view->second->contested && !daemon.replica.EvidenceFor("").empty();
}

void TrustWatch::Keep(Statements& statements, int daemon, const ParticipantStatus& status) {
  auto& known = statements[daemon][{status.participant, AudienceName(status.audience)}];
  const auto same = std::ranges::find(known, status.heads, &Statement::heads);
  if (same != known.end()) {
    same->stated_at = std::max(same->stated_at, status.stated_at);
  } else {
    known.push_back({status.stated_at, status.heads});
  }
  std::ranges::sort(known, {}, &Statement::stated_at);
  if (known.size() > kMaxStatements) known.erase(known.begin());
}

void TrustWatch::Heard(const DaemonFacts& daemon, const std::vector<std::string>& envelopes,
                       Instant now) {
  for (const std::string& envelope : envelopes) {
    const auto status = ReadStatus(envelope, daemon.replica.roster());
    if (!status.ok() || !VerifyStatus(*status, daemon.replica.roster()).ok()) continue;
    if (status->stated_at.micros > now.micros + kMaxStatusAheadMicros) continue;
    Keep(heard_, daemon.number, *status);
    Keep(ever_heard_, daemon.number, *status);
  }
}

Instant TrustWatch::CurrentAt(const Statements& statements, int daemon, const ListView& view,
                              bool* last_is) {
  Instant current = view.published_at;
  *last_is = false;
  const auto heard = statements.find(daemon);
  if (heard == statements.end()) return current;
  const auto known = heard->second.find(
      {ParticipantOf(view.origin.name.authority), AudienceName(view.audience)});
  if (known == heard->second.end()) return current;
  for (const Statement& one : known->second) {
    const auto stated = one.heads.find(view.origin);
    *last_is = stated != one.heads.end() && stated->second.size <= view.log_size;
    if (*last_is) current = std::max(current, one.stated_at);
  }
  return current;
}

void TrustWatch::CheckFreshness(const DaemonFacts& daemon, Instant now) {
  const FreshnessLimits limits = LimitsOf(daemon.replica.roster());
  const auto snapshot = daemon.replica.snapshot();
  const auto basis = snapshot->Basis(*snapshot->Resolve({}));
  for (const auto& [origin, head] : snapshot->frontier().heads) {
    if (ParticipantOf(origin.name.authority) == daemon.name) continue;
    const ListView& view = *snapshot->lists().at(origin);
    bool last_is = false;
    const Instant heard = CurrentAt(heard_, daemon.number, view, &last_is);
    bool unused = false;
    const Instant ever = CurrentAt(ever_heard_, daemon.number, view, &unused);
    bool said = false;
    for (const v1::ListFreshness& one : basis.not_fresh()) {
      said = said || one.list() == origin.name.ToString();
    }
    const int64_t age = now.micros - ever.micros;
    const bool silent = FreshnessAt(ever, now, limits) != Freshness::kFresh ||
                        (limits.late > 0 && age >= limits.late);
    const bool heard_lately = limits.late <= 0 || now.micros - heard.micros < limits.late;
    if (silent) {
      // Of two histories, who confirms the one says nothing of the other: not judged here.
      if (!said && origin.name.list != "rogue") {
        Invariants::Break(
            "silence-alarms",
            absl::StrCat(daemon.name, " calls ", origin.name.ToString(),
                         " FRESH, of which it heard nothing for ", age / 1'000'000, " s"));
      }
      Reach(TrustCase::kSilenceHeard);
    } else if (said && last_is && heard_lately && origin.name.list != "rogue") {
      Invariants::Break("no-false-alarm",
                        absl::StrCat(daemon.name, " says that ", origin.name.ToString(),
                                     " is old, which was confirmed ", (now.micros - heard.micros) / 1'000'000,
                                     " s ago"));
    }
  }
}

}  // namespace comity::sim
