#include "daemon/peer/driver.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace comity {
namespace {

constexpr int kWriters = 8;
// The engine has at most one range per peer under way.
constexpr size_t kMaxQueuedWrites = 1'000;

sync::EngineOptions ToEngineOptions(const SyncDriver::Options& options, const Roster& roster) {
  sync::EngineOptions engine;
  engine.peers = options.peers;
  engine.roster_version = roster.version();
  engine.roster_digest = roster.digest();
  engine.anti_entropy = options.anti_entropy_micros;
  engine.backoff_max = options.backoff_max_micros;
  engine.quarantine = options.backoff_max_micros;
  engine.jitter_seed = options.jitter_seed;
  return engine;
}

}  // namespace

SyncDriver::SyncDriver(Options options, Replica* replica)
    : replica_(replica),
      engine_(ToEngineOptions(options, replica->roster())),
      storage_(std::make_unique<WorkerPool>(kWriters, kMaxQueuedWrites)) {
  for (const std::string& name : options.peers) {
    const v1::Participant* participant = replica_->roster().FindParticipant(name);
    const ChannelIdentity identity{options.certificate_pem, options.key_pem, name,
                                   replica_->roster().federation(), participant->ca_bundle_pem()};
    links_[name] =
        std::make_unique<PeerLink>(name, participant->nodes(0).endpoint(), identity, replica_,
                                   [this](sync::Event event) { Deliver(std::move(event)); });
  }
  views_ = engine_.Peers();
}

void SyncDriver::Start() {
  for (const auto& [origin, view] : replica_->snapshot()->lists()) Deliver(LocalOf(origin));
  loop_ = std::thread([this] { Loop(); });
}

void SyncDriver::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
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
    if (stopping_) return;
    events_.push_back(std::move(event));
  }
  wake_.notify_all();
}

sync::LocalCommitted SyncDriver::LocalOf(const Origin& origin) const {
  sync::LocalCommitted event;
  event.origin = origin;
  if (const auto held = replica_->SizeOf(origin); held.ok()) event.held = *held;
  if (auto head = replica_->HeadOf(origin); head.ok()) event.head = *std::move(head);
  return event;
}

void SyncDriver::OnCommit(const News& news) {
  for (const LogHead& head : news.heads) Deliver(LocalOf(head.origin));
}

void SyncDriver::Loop() {
  Instant deadline{0};
  for (;;) {
    sync::Event event = sync::TimePassed{};
    {
      MutexLock lock(mutex_);
      while (!stopping_ && events_.empty() && SteadyNow() < deadline) {
        const int64_t micros = std::min<int64_t>(deadline.micros - SteadyNow().micros, 60'000'000);
        wake_.wait_for(mutex_, std::chrono::microseconds(std::max<int64_t>(micros, 0)));
      }
      if (stopping_) return;
      if (!events_.empty()) {
        event = std::move(events_.front());
        events_.pop_front();
      }
    }
    std::vector<sync::Effect> effects = engine_.Step(event, SteadyNow());
    deadline = engine_.NextDeadline();
    TakeViews();
    for (sync::Effect& effect : effects) Carry(std::move(effect));
  }
}

void SyncDriver::TakeViews() {
  std::vector<PeerView> views = engine_.Peers();
  MutexLock lock(mutex_);
  // Peers are the same throughout, so both stand in one order.
  for (size_t i = 0; i < views.size(); ++i) {
    if (views[i].state == views_[i].state) continue;
    // Catching up is the daily work; the rest an operator wants to find in the log.
    if (views[i].state == "current" || views[i].state == "catching-up") {
      if (views_[i].state == "current" || views_[i].state == "catching-up") continue;
      spdlog::info("peer {} is connected", views[i].name);
    } else {
      spdlog::warn("peer {} is {}: {}", views[i].name, views[i].state, views[i].detail);
    }
  }
  views_ = std::move(views);
}

void SyncDriver::Carry(sync::Effect effect) {
  if (const auto* hello = std::get_if<sync::CallHello>(&effect)) {
    links_.at(hello->peer)->Hello(engine_.HeadsDigest());
  } else if (const auto* heads = std::get_if<sync::CallHeads>(&effect)) {
    links_.at(heads->peer)->Heads();
  } else if (const auto* held = std::get_if<sync::CallHeld>(&effect)) {
    links_.at(held->peer)->Held();
  } else if (const auto* watch = std::get_if<sync::OpenWatch>(&effect)) {
    links_.at(watch->peer)->Watch();
  } else if (const auto* fetch = std::get_if<sync::FetchRevisions>(&effect)) {
    links_.at(fetch->peer)->Fetch(*fetch);
  } else if (auto* persist = std::get_if<sync::Persist>(&effect)) {
    const sync::PeerName peer = persist->peer;
    const Origin origin = persist->batch->origin;
    if (!storage_->Run([this, persist = std::move(*persist)] { PersistBatch(persist); })) {
      Deliver(
          sync::WriteCompleted{peer, origin, absl::ResourceExhaustedError("too many writes wait")});
    }
  } else if (const auto* report = std::get_if<sync::Report>(&effect)) {
    spdlog::warn("sync: did not take what peer {} sent: {}", report->peer,
                 std::string(report->status.message()));
  }
}

void SyncDriver::PersistBatch(const sync::Persist& persist) {
  const sync::Batch& batch = *persist.batch;
  const absl::Status status =
      replica_->Ingest(persist.target, batch.begin, batch.envelopes, batch.consistency);
  if (status.ok()) {
    spdlog::info("{}: leaves {} to {} taken from peer {}", batch.origin.name.ToString(),
                 batch.begin, batch.begin + batch.envelopes.size() - 1, persist.peer);
  }
  Deliver(sync::WriteCompleted{persist.peer, batch.origin, status});
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
  }
  return views;
}

}  // namespace comity
