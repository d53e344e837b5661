#include "daemon/server/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/transport/channel.h"
#include "daemon/access/gate.h"
#include "daemon/peer/driver.h"
#include "daemon/server/crash_only.h"
#include "daemon/server/disk_space.h"
#include "daemon/server/scrubber.h"
#include "daemon/service/admin_service.h"
#include "daemon/service/bundle_service.h"
#include "daemon/service/feed_service.h"
#include "daemon/service/proof_service.h"
#include "daemon/service/publish_service.h"
#include "daemon/service/query_service.h"
#include "daemon/service/status_service.h"
#include "daemon/service/sync_service.h"
#include "daemon/service/watch_hub.h"
#include "daemon/threads/worker_pool.h"
#include "storage/base/errors.h"
#include "storage/lists/replica.h"
#include "storage/rocks/rocks_store.h"

namespace comity {
namespace {

constexpr size_t kMaxQueuedCalls = 10'000;
// Publications wait for the disk: apart from queries, and several, so that they share a
// sync.
constexpr int kPublishThreads = 16;
constexpr size_t kMaxQueuedPublications = 256;
constexpr size_t kMemoryQuotaBytes = size_t{1} << 30;
constexpr int kMaxStreamsPerConnection = 256;
constexpr std::chrono::seconds kShutdownGrace{3};
constexpr int kServerKeepaliveMs = 20'000;
constexpr int kServerKeepaliveTimeoutMs = 10'000;

class SystemClock : public Clock {
 public:
  Instant Now() const override {
    return Instant{std::chrono::duration_cast<std::chrono::microseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count()};
  }
};

// The members stand in the order in which they come to be; they go in the reverse.
class RunningServer : public Server {
 public:
  explicit RunningServer(Config config) : config_(std::move(config)) {}

  ~RunningServer() override {
    hub_.CloseAll();
    feeds_.CloseAll();
    if (status_ != nullptr) status_->Stop();
    if (grpc_ != nullptr) grpc_->Shutdown(std::chrono::system_clock::now() + kShutdownGrace);
    if (driver_ != nullptr) driver_->Stop();
    if (grpc_ != nullptr) grpc_->Wait();
  }

  absl::Status Init() {
    const v1::DaemonConfig& m = config_.message;
    RocksOptions options;
    options.directory = (std::filesystem::path(m.data_dir()) / "db").string();
    options.anchor_directory = m.data_dir();
    options.on_failure = [this](const absl::Status& error) { crash_only_.Fail(error); };
    options.free_bytes = [directory = m.data_dir()] { return FreeBytes(directory); };
    reserve_bytes_ = options.reserve_bytes;
    COMITY_RETURN_IF_ERROR(OpenStore(std::move(options)));
    COMITY_ASSIGN_OR_RETURN(const Frontier missing, store_->Missing());
    for (const auto& [origin, head] : missing.heads) {
      spdlog::error(
          "{}: {} leaves were acknowledged here and are not all there: an old copy was "
          "put back, or files were lost; they are fetched from peers",
          origin.name.ToString(), head.size.value);
    }
    COMITY_ASSIGN_OR_RETURN(replica_, Replica::Open({m.participant(), std::move(config_.log_keys),
                                                     std::move(config_.held_key), config_.peers},
                                                    config_.roster.get(), store_.get(), &clock_));
    states_ = std::make_unique<StateIndexCache>(store_.get(), &clock_);
    driver_ = std::make_unique<SyncDriver>(DriverOptions(), replica_.get());
    replica_->OnCommit([this](const News& news) {
      driver_->OnCommit(news);
      hub_.Notify(news);
      feeds_.Notify(news);
    });
    COMITY_RETURN_IF_ERROR(Listen());
    driver_->Start();
    scrubber_ = std::make_unique<Scrubber>(store_.get(), config_.roster.get());
    return absl::OkStatus();
  }

  std::string address() const override { return address_; }

 private:
  // On a full disk for reading only, until there is space again.
  absl::Status OpenStore(RocksOptions options) {
    const std::string directory = config_.message.data_dir();
    // Opening writes a little itself.
    if (FreeBytes(directory) >= reserve_bytes_ / 2) {
      absl::StatusOr<std::unique_ptr<RocksStore>> store = RocksStore::Open(options);
      if (store.ok()) {
        store_ = *std::move(store);
        return absl::OkStatus();
      }
      if (!absl::IsResourceExhausted(store.status())) return store.status();
    }
    options.read_only = true;
    read_only_ = true;
    COMITY_ASSIGN_OR_RETURN(store_, RocksStore::Open(std::move(options)));
    spdlog::error(
        "the disk of {} is full: this daemon answers queries and stores nothing until {} MiB are "
        "free",
        directory, reserve_bytes_ >> 20);
    space_watcher_ = std::make_unique<DiskSpaceWatcher>(directory, reserve_bytes_, [] {
      spdlog::info("the disk has space again: this daemon opens anew");
      kill(getpid(), SIGHUP);
    });
    return absl::OkStatus();
  }

  v1::StorageStatus StorageNow() const {
    v1::StorageStatus status;
    const uint64_t free = FreeBytes(config_.message.data_dir());
    status.set_state(read_only_ ? "read-only" : free < reserve_bytes_ ? "low-space" : "ok");
    status.set_free_bytes(free);
    status.set_reserve_bytes(reserve_bytes_);
    return status;
  }

  SyncDriver::Options DriverOptions() const {
    SyncDriver::Options options;
    options.peers = config_.peers;
    options.certificate_pem = config_.certificate_pem;
    options.key_pem = config_.key_pem;
    options.anti_entropy_micros = int64_t{config_.message.sync().anti_entropy_s()} * 1'000'000;
    options.backoff_max_micros = int64_t{config_.message.sync().backoff_max_s()} * 1'000'000;
    options.quarantine_micros = int64_t{config_.message.sync().quarantine_s()} * 1'000'000;
    options.jitter_seed = std::random_device()();
    options.participant = config_.message.participant();
    options.snapshot_from = config_.message.sync().snapshot_from_leaves();
    options.store = store_.get();
    options.states = states_.get();
    return options;
  }

  absl::Status Listen() {
    const int threads = std::max(2u, std::thread::hardware_concurrency());
    pool_ = std::make_unique<WorkerPool>(threads, kMaxQueuedCalls);
    const std::string& participant = config_.message.participant();
    publish_pool_ = std::make_unique<WorkerPool>(kPublishThreads, kMaxQueuedPublications);
    publish_ = std::make_unique<PublishServiceImpl>(replica_.get(), publish_pool_.get());
    admin_ = std::make_unique<AdminServiceImpl>(replica_.get(), driver_.get(), pool_.get());
    bundle_ = std::make_unique<BundleServiceImpl>(participant, replica_.get());
    query_ = std::make_unique<QueryServiceImpl>(replica_.get(), pool_.get());
    feed_ = std::make_unique<FeedServiceImpl>(replica_.get(), &feeds_, pool_.get());
    proof_ = std::make_unique<ProofServiceImpl>(replica_.get(), pool_.get());
    sync_ = std::make_unique<SyncServiceImpl>(
        participant, replica_.get(), &hub_, states_.get(),
        [this](const std::string& caller) { driver_->OnKnock(caller); }, pool_.get());
    status_ = std::make_unique<StatusServiceImpl>(
        participant, replica_.get(), driver_.get(), [this] { return StorageNow(); }, pool_.get());
    COMITY_ASSIGN_OR_RETURN(AccessPolicy policy, AccessPolicy::Default());
    auto gate = std::make_shared<Gate>(config_.roster.get(), std::move(policy));

    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(config_.message.listen(),
                             MakeServerCredentials(config_.certificate_pem, config_.key_pem,
                                                   *config_.roster, std::move(gate)),
                             &port);
    builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
    builder.SetMaxSendMessageSize(kMaxMessageBytes);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
    // Callers that are gone without a word, and what they held open, are let go.
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kServerKeepaliveMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kServerKeepaliveTimeoutMs);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
    builder.SetResourceQuota(grpc::ResourceQuota("comityd").Resize(kMemoryQuotaBytes));
    builder.RegisterService(publish_.get());
    builder.RegisterService(query_.get());
    builder.RegisterService(feed_.get());
    builder.RegisterService(proof_.get());
    builder.RegisterService(sync_.get());
    builder.RegisterService(status_.get());
    builder.RegisterService(admin_.get());
    builder.RegisterService(bundle_.get());
    grpc_ = builder.BuildAndStart();
    if (grpc_ == nullptr || port == 0) {
      return absl::UnavailableError(absl::StrCat(
          config_.message.listen(), " cannot be listened on: is another daemon using the port?"));
    }
    health_ = grpc_->GetHealthCheckService();
    const std::string& listen = config_.message.listen();
    address_ = absl::StrCat(listen.substr(0, listen.rfind(':')), ":", port);
    return absl::OkStatus();
  }

  // Health turns to NOT_SERVING before the process ends.
  void NotReady() {
    grpc::HealthCheckServiceInterface* health = health_.load();
    if (health != nullptr) health->SetServingStatus(false);
  }

  Config config_;
  SystemClock clock_;
  std::atomic<grpc::HealthCheckServiceInterface*> health_{nullptr};
  CrashOnly crash_only_{[this] { NotReady(); }};
  // Peers' watches, and feeds: neither takes the other's place.
  WatchHub hub_;
  WatchHub feeds_;
  uint64_t reserve_bytes_ = 0;
  bool read_only_ = false;
  std::unique_ptr<RocksStore> store_;
  std::unique_ptr<Replica> replica_;
  std::unique_ptr<StateIndexCache> states_;
  std::unique_ptr<SyncDriver> driver_;
  std::unique_ptr<Scrubber> scrubber_;
  std::unique_ptr<DiskSpaceWatcher> space_watcher_;
  std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<WorkerPool> publish_pool_;
  std::unique_ptr<PublishServiceImpl> publish_;
  std::unique_ptr<AdminServiceImpl> admin_;
  std::unique_ptr<BundleServiceImpl> bundle_;
  std::unique_ptr<QueryServiceImpl> query_;
  std::unique_ptr<FeedServiceImpl> feed_;
  std::unique_ptr<ProofServiceImpl> proof_;
  std::unique_ptr<SyncServiceImpl> sync_;
  std::unique_ptr<StatusServiceImpl> status_;
  std::unique_ptr<grpc::Server> grpc_;
  std::string address_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(Config config) {
  auto server = std::make_unique<RunningServer>(std::move(config));
  COMITY_RETURN_IF_ERROR(server->Init());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace comity
