#include "daemon/peer/driver.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daemon/peer/comparison.h"
#include "daemon/sync/local.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

constexpr int kWriters = 8;
// The engine has at most one range per peer under way.
constexpr size_t kMaxQueuedWrites = 1'000;

constexpr int64_t kStatusTick = 1'000'000;
constexpr int64_t kLagAfter = 300'000'000;

std::string PausedKey(const std::string& peer) { return absl::StrCat("paused/", peer); }

constexpr char kIngestAction[] = "sync.ingest";

v1::AuditRecord NotTaken(const sync::Report& report) {
  v1::AuditRecord record;
  record.set_caller(absl::StrCat("peer ", report.peer));
  record.set_action(kIngestAction);
  record.set_decision(v1::AUDIT_DECISION_FAILED);
  record.set_reason(std::string(report.status.message()));
  return record;
}

// What an operator finds in the log: exchanges as usual are not.
bool IsUsual(const std::string& state) {
  return state == "current" || state == "catching-up" || state == "behind";
}

// Unless an epoch that is held has taken the place of that one.
void SayContested(const Snapshot& held, const Origin& origin) {
  const auto current = held.FindList(origin.name.ToString());
  if (current.ok() && (*current)->origin.epoch > origin.epoch) return;
  spdlog::critical(
      "ALARM: {} is CONTESTED: {} signed two histories of it. It stays as it is here until a new "
      "epoch; `comity evidence ls`",
      origin.name.ToString(), origin.name.authority);
}

sync::EngineOptions ToEngineOptions(const SyncDriver::Options& options, const Roster& roster) {
  sync::EngineOptions engine;
  engine.peers = options.peers;
  engine.roster_version = roster.version();
  engine.roster_digest = roster.digest();
  engine.anti_entropy = options.anti_entropy_micros;
  engine.backoff_max = options.backoff_max_micros;
  engine.quarantine = options.quarantine_micros;
  engine.jitter_seed = options.jitter_seed;
  engine.participant = options.participant;
  engine.snapshot_from = options.snapshot_from;
  const int64_t late = LimitsOf(roster).late;
  engine.lag_after = late > 0 ? late : kLagAfter;
  return engine;
}

}  // namespace

SyncDriver::SyncDriver(Options options, Replica* replica)
    : replica_(replica),
      store_(options.store),
      states_(options.states),
      refused_(options.refused),
      engine_(ToEngineOptions(options, replica->roster())),
      storage_(std::make_unique<WorkerPool>(kWriters, kMaxQueuedWrites)) {
  for (const std::string& name : options.peers) {
    const v1::Participant* participant = replica_->roster().FindParticipant(name);
    links_[name] = std::make_unique<PeerLink>(
        name, participant->nodes(0).endpoint(),
        IdentityFor(name, options.certificate_pem, options.key_pem, options.revoked), replica_,
        [this](sync::Event event) { Deliver(std::move(event)); }, options.adopt_rosters);
  }
  views_ = engine_.Peers();
}

ChannelIdentity SyncDriver::IdentityFor(const std::string& peer, const std::string& certificate_pem,
                                        const std::string& key_pem,
                                        const RevokedCertificates& revoked) const {
  const v1::Participant* participant = replica_->roster().FindParticipant(peer);
  ChannelIdentity identity{certificate_pem,
                           key_pem,
                           peer,
                           replica_->roster().federation(),
                           participant->ca_bundle_pem(),
                           {},
                           revoked};
  for (const v1::Node& node : participant->nodes()) identity.nodes.push_back(node.name());
  return identity;
}

void SyncDriver::SetIdentity(const std::string& certificate_pem, const std::string& key_pem,
                             const RevokedCertificates& revoked) {
  for (const auto& [name, link] : links_) {
    link->SetIdentity(IdentityFor(name, certificate_pem, key_pem, revoked));
  }
}

void SyncDriver::Start() {
  for (const auto& [name, link] : links_) {
    if (store_ == nullptr) break;
    const auto reason = store_->GetMeta(PausedKey(name));
    if (!reason.ok()) spdlog::error("{}", std::string(reason.status().message()));
    if (reason.ok() && reason->has_value() && !(*reason)->empty()) {
      Deliver(sync::PeerPaused{name, true, **reason});
    }
  }
  for (const auto& [origin, view] : replica_->snapshot()->lists()) {
    Deliver(sync::LocalOf(*replica_, origin));
  }
  for (const Origin& origin : replica_->Bootstrapping()) Deliver(sync::LocalOf(*replica_, origin));
  const auto held = replica_->snapshot();
  for (const VerifiedEvidence& evidence : replica_->EvidenceFor("")) {
    SayContested(*held, evidence.origin);
  }
  loop_ = std::thread([this] { Loop(); });
}

void SyncDriver::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  taken_.notify_all();
  if (loop_.joinable()) loop_.join();
  for (auto& [name, link] : links_) link->Stop();
  storage_.reset();
}

Instant SyncDriver::SteadyNow() {
  return Instant{std::chrono::duration_cast<std::chrono::microseconds>(
                     std::chrono::steady_clock::now().time_since_epoch())
                     .count()};
}

void SyncDriver::Deliver(sync::Event event) {
  {
    MutexLock lock(mutex_);
    if (const auto* hint = std::get_if<sync::Hinted>(&event)) {
      while (!stopping_ && hinting_.contains(hint->peer)) taken_.wait(mutex_);
      hinting_.insert(hint->peer);
    }
    if (stopping_) return;
    events_.push_back(std::move(event));
  }
  wake_.notify_all();
}

void SyncDriver::OnCommit(const News& news) {
  std::set<Origin> changed(news.contested.begin(), news.contested.end());
  const auto held = replica_->snapshot();
  for (const Origin& origin : changed) SayContested(*held, origin);
  for (const LogHead& head : news.heads) changed.insert(head.origin);
  for (const HeldStatement& statement : news.held) changed.insert(statement.origin);
  for (const Origin& origin : changed) Deliver(sync::LocalOf(*replica_, origin));
}

void SyncDriver::TickStatuses(Instant now) {
  if (now < next_tick_ || ticking_.exchange(true)) return;
  next_tick_ = Instant{now.micros + kStatusTick};
  // Not on the loop's thread: what is signed is also stored.
  const bool started = storage_->Run([this] {
    replica_->TickStatuses();
    SayWhatTurned();
    ticking_ = false;
  });
  if (!started) ticking_ = false;
}

void SyncDriver::SayWhatTurned() {
  const auto held = replica_->snapshot();
  for (const auto& [origin, head] : held->frontier().heads) {
    const v1::ListFreshness now = held->FreshnessOf(*held->lists().at(origin));
    const auto [said, fresh] = said_.try_emplace(now.list(), "FRESH");
    if (said->second == now.freshness()) continue;
    said->second = now.freshness();
    if (now.freshness() == "FRESH") {
      spdlog::info("{} is FRESH again", now.list());
    } else {
      spdlog::error("ALARM: {} is {}: {} has not confirmed it since {}; it stays in force",
                    now.list(), now.freshness(), ParticipantOf(origin.name.authority),
                    now.current_at());
    }
  }
}

void SyncDriver::OnKnock(const std::string& participant) {
  if (!links_.contains(participant)) return;
  {
    MutexLock lock(mutex_);
    if (stopping_ || !knocking_.insert(participant).second) return;
    events_.push_back(sync::Knocked{participant});
  }
  wake_.notify_all();
}

void SyncDriver::Loop() {
  Instant deadline{0};
  for (;;) {
    sync::Event event = sync::TimePassed{};
    std::deque<std::packaged_task<Lines(const sync::Engine&)>> questions;
    {
      MutexLock lock(mutex_);
      while (!stopping_ && events_.empty() && questions_.empty() && SteadyNow() < deadline) {
        const int64_t micros = std::min<int64_t>(deadline.micros - SteadyNow().micros, 60'000'000);
        wake_.wait_for(mutex_, std::chrono::microseconds(std::max<int64_t>(micros, 0)));
      }
      questions = std::exchange(questions_, {});
      if (stopping_) break;
      if (!events_.empty()) {
        event = std::move(events_.front());
        events_.pop_front();
        if (const auto* knock = std::get_if<sync::Knocked>(&event)) knocking_.erase(knock->peer);
        if (const auto* hint = std::get_if<sync::Hinted>(&event)) {
          hinting_.erase(hint->peer);
          taken_.notify_all();
        }
      }
    }
    for (auto& question : questions) question(engine_);
    std::vector<sync::Effect> effects = engine_.Step(event, SteadyNow());
    TickStatuses(SteadyNow());
    deadline = std::min(engine_.NextDeadline(), next_tick_);
    TakeViews();
    for (sync::Effect& effect : effects) Carry(std::move(effect));
  }
}

SyncDriver::Lines SyncDriver::Ask(std::function<Lines(const sync::Engine&)> question) const {
  std::future<Lines> answer;
  {
    MutexLock lock(mutex_);
    if (stopping_) return {};
    questions_.emplace_back(std::move(question));
    answer = questions_.back().get_future();
  }
  wake_.notify_all();
  try {
    return answer.get();
  } catch (const std::future_error&) {
    return {};  // the driver stopped meanwhile
  }
}

std::vector<std::string> SyncDriver::ExplainList(const std::string& list) const {
  const absl::StatusOr<ListName> name = ListName::Parse(list);
  if (!name.ok()) return {};
  return Ask([name = *name](const sync::Engine& engine) { return engine.ExplainList(name); });
}

std::vector<std::string> SyncDriver::ExplainPeer(const std::string& peer) const {
  return Ask([peer](const sync::Engine& engine) { return engine.ExplainPeer(peer); });
}

absl::StatusOr<PeerLink*> SyncDriver::FindLink(const std::string& peer) const {
  if (const auto link = links_.find(peer); link != links_.end()) return link->second.get();
  std::vector<std::string> names;
  for (const auto& [name, link] : links_) names.push_back(name);
  return absl::NotFoundError(absl::StrCat("no peer \"", peer, "\"; this daemon exchanges with ",
                                          names.empty() ? "nobody" : absl::StrJoin(names, ", ")));
}

absl::Status SyncDriver::Compare(const std::string& peer, const std::string& list,
                                 const CompareStep& step) {
  COMITY_ASSIGN_OR_RETURN(PeerLink* const link, FindLink(peer));
  COMITY_ASSIGN_OR_RETURN(const std::vector<LogHead> theirs, link->AskHeads());
  std::set<Origin> origins;
  for (const LogHead& head : theirs) origins.insert(head.origin);
  for (const auto& [origin, view] : replica_->snapshot()->lists()) {
    if (replica_->MayHold(peer, origin)) origins.insert(origin);
  }
  if (!list.empty()) {
    std::erase_if(origins, [&](const Origin& one) { return one.name.ToString() != list; });
    if (origins.empty()) {
      return absl::NotFoundError(
          absl::StrCat("neither this daemon nor peer ", peer, " holds a list \"", list, "\""));
    }
  }
  if (!step(origins.size(), nullptr)) return absl::CancelledError("the caller went away");
  for (const Origin& origin : origins) {
    const ListComparison result = CompareList(
        origin, *states_,
        [link](const v1::StateNodesRequest& request) { return link->AskStateNodes(request); });
    if (!step(origins.size(), &result)) return absl::CancelledError("the caller went away");
  }
  return absl::OkStatus();
}

absl::Status SyncDriver::SetPaused(const std::string& peer, bool paused, const std::string& reason,
                                   std::span<const v1::AuditRecord> audit) {
  COMITY_RETURN_IF_ERROR(FindLink(peer).status());
  if (store_ != nullptr) {
    COMITY_RETURN_IF_ERROR(store_->PutMeta(PausedKey(peer), paused ? reason : "", audit));
  }
  Deliver(sync::PeerPaused{peer, paused, reason});
  return absl::OkStatus();
}

void SyncDriver::TakeViews() {
  std::vector<PeerView> views = engine_.Peers();
  MutexLock lock(mutex_);
  // Peers are the same throughout, so both stand in one order.
  for (size_t i = 0; i < views.size(); ++i) {
    if (views[i].state == views_[i].state) continue;
    if (IsUsual(views[i].state)) {
      if (!IsUsual(views_[i].state)) spdlog::info("peer {} is connected", views[i].name);
    } else {
      spdlog::warn("peer {} is {}: {}", views[i].name, views[i].state, views[i].detail);
    }
  }
  views_ = std::move(views);
}

void SyncDriver::Carry(sync::Effect effect) {
  if (const auto* hello = std::get_if<sync::CallHello>(&effect)) {
    links_.at(hello->peer)->Hello(engine_.HeadsDigest(hello->peer));
  } else if (const auto* heads = std::get_if<sync::CallHeads>(&effect)) {
    links_.at(heads->peer)->Heads();
  } else if (const auto* held = std::get_if<sync::CallHeld>(&effect)) {
    links_.at(held->peer)->Held();
  } else if (const auto* statements = std::get_if<sync::CallStatements>(&effect)) {
    links_.at(statements->peer)->Statements(statements->kind);
  } else if (const auto* consistency = std::get_if<sync::CallConsistency>(&effect)) {
    links_.at(consistency->peer)->Consistency(consistency->target, consistency->size);
  } else if (auto* meet = std::get_if<sync::MeetHead>(&effect)) {
    // Refused if too many writes wait: its peer shows it again.
    storage_->Run([this, head = std::move(meet->head)] { replica_->MeetHead(head).IgnoreError(); });
  } else if (const auto* rosters = std::get_if<sync::CallRosters>(&effect)) {
    links_.at(rosters->peer)->Rosters();
  } else if (const auto* watch = std::get_if<sync::OpenWatch>(&effect)) {
    links_.at(watch->peer)->Watch();
  } else if (const auto* close = std::get_if<sync::CloseWatch>(&effect)) {
    links_.at(close->peer)->CloseWatch();
  } else if (const auto* fetch = std::get_if<sync::FetchRevisions>(&effect)) {
    links_.at(fetch->peer)->Fetch(*fetch);
  } else if (auto* persist = std::get_if<sync::Persist>(&effect)) {
    const sync::PeerName peer = persist->peer;
    const Origin origin = persist->batch->origin;
    const sync::Lane lane = persist->batch->lane;
    if (!storage_->Run([this, persist = std::move(*persist)] { PersistBatch(persist); })) {
      Deliver(sync::WriteCompleted{peer, origin,
                                   absl::ResourceExhaustedError("too many writes wait"), lane});
    }
  } else if (const auto* report = std::get_if<sync::Report>(&effect)) {
    spdlog::warn("sync: did not take what peer {} sent: {}", report->peer,
                 std::string(report->status.message()));
    if (refused_) refused_(NotTaken(*report));
  }
}

void SyncDriver::PersistBatch(const sync::Persist& persist) {
  const sync::Batch& batch = *persist.batch;
  const bool parts = batch.lane == sync::Lane::kSnapshot;
  const Actor by{absl::StrCat("peer ", persist.peer), "", kIngestAction};
  const absl::Status status =
      parts ? replica_->IngestSnapshot(persist.target, batch.page, by)
            : replica_->Ingest(persist.target, batch.begin, batch.envelopes, batch.consistency, by);
  if (status.ok() && parts) {
    spdlog::info("{}: parts {} to {} of its snapshot of {} leaves taken from peer {}",
                 batch.origin.name.ToString(), batch.begin, batch.end() - 1,
                 persist.target.size.value, persist.peer);
  } else if (status.ok()) {
    spdlog::info("{}: leaves {} to {} taken from peer {}", batch.origin.name.ToString(),
                 batch.begin, batch.begin + batch.envelopes.size() - 1, persist.peer);
  }
  Deliver(sync::WriteCompleted{persist.peer, batch.origin, status, batch.lane});
}

std::vector<PeerView> SyncDriver::Peers() const {
  std::vector<PeerView> views;
  {
    MutexLock lock(mutex_);
    views = views_;
  }
  // The engine's times are steady; people want the wall clock.
  const int64_t offset = replica_->clock().Now().micros - SteadyNow().micros;
  for (PeerView& view : views) {
    if (view.last_exchange.micros != 0) view.last_exchange.micros += offset;
    if (view.last_attempt.micros != 0) view.last_attempt.micros += offset;
    if (view.next_attempt.micros != 0) view.next_attempt.micros += offset;
  }
  return views;
}

}  // namespace comity
