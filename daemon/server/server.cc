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
#include "daemon/access/audit_trail.h"
#include "daemon/access/gate.h"
#include "daemon/access/open_calls.h"
#include "daemon/access/server_tls.h"
#include "daemon/peer/driver.h"
#include "daemon/server/crash_only.h"
#include "daemon/server/disk_space.h"
#include "daemon/server/listener.h"
#include "daemon/server/memory_trimmer.h"
#include "daemon/server/scrubber.h"
#include "daemon/service/admin_service.h"
#include "daemon/service/audit_service.h"
#include "daemon/service/bundle_service.h"
#include "daemon/service/feed_service.h"
#include "daemon/service/proof_service.h"
#include "daemon/service/publish_service.h"
#include "daemon/service/query_service.h"
#include "daemon/service/roster_desk.h"
#include "daemon/service/status_service.h"
#include "daemon/service/sync_service.h"
#include "daemon/service/watch_hub.h"
#include "daemon/threads/ticker.h"
#include "daemon/threads/worker_pool.h"
#include "storage/base/errors.h"
#include "storage/base/version.h"
#include "storage/lists/audit_log.h"
#include "storage/lists/replica.h"
#include "storage/lists/roster_store.h"
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
constexpr int kMaxMetadataBytes = 16 * 1024;
constexpr std::chrono::minutes kIdle{5};
constexpr std::chrono::minutes kMaxAge{60};
constexpr std::chrono::minutes kMaxAgeGrace{5};
// Callers that are gone without a word, and what they held open, are let go.
constexpr std::chrono::seconds kKeepalive{20};
constexpr std::chrono::seconds kKeepaliveTimeout{10};
constexpr std::chrono::seconds kShutdownGrace{3};
// How often a full disk is looked at, and the heap.
constexpr std::chrono::seconds kSpaceEvery{2};
constexpr std::chrono::seconds kTrimEvery{10};

int MillisOf(std::chrono::milliseconds time) { return static_cast<int>(time.count()); }

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
    if (listener_ != nullptr) listener_->Stop();
    hub_.CloseAll();
    feeds_.CloseAll();
    if (status_ != nullptr) status_->Stop();
    if (grpc_ != nullptr) grpc_->Shutdown(std::chrono::system_clock::now() + kShutdownGrace);
    if (driver_ != nullptr) driver_->Stop();
    if (grpc_ != nullptr) grpc_->Wait();
    if (audit_ != nullptr && !read_only_) {
      LogIfFailed(audit_->Write(audit_->Make("daemon.stop", config_.message.node())));
    }
  }

  absl::Status Init() {
    const v1::DaemonConfig m = config_.message;
    RocksOptions options;
    options.directory = (std::filesystem::path(m.data_dir()) / "db").string();
    options.anchor_directory = m.data_dir();
    options.on_failure = [this](const absl::Status& error) { crash_only_.Fail(error); };
    options.free_bytes = [directory = m.data_dir()] { return FreeBytes(directory); };
    reserve_bytes_ = options.reserve_bytes;
    COMITY_RETURN_IF_ERROR(OpenStore(std::move(options)));
    COMITY_RETURN_IF_ERROR(OpenRoster());
    COMITY_RETURN_IF_ERROR(OpenAudit());
    COMITY_ASSIGN_OR_RETURN(const Frontier missing, store_->Missing());
    for (const auto& [origin, head] : missing.heads) {
      spdlog::error(
          "{}: {} leaves were acknowledged here and are not all there: an old copy was "
          "put back, or files were lost; they are fetched from peers",
          origin.name.ToString(), head.size.value);
    }
    Replica::Options replica;
    replica.participant = m.participant();
    replica.log_keys = std::move(config_.log_keys);
    replica.held_key = std::move(config_.held_key);
    replica.statement_key = std::move(config_.statement_key);
    replica.peers = config_.peers;
    COMITY_ASSIGN_OR_RETURN(
        replica_, Replica::Open(std::move(replica), config_.roster.get(), store_.get(), &clock_));
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

  absl::StatusOr<bool> Reload(const Config& file) override {
    if (read_only_ || roster_desk_->HasNewer()) return false;
    // The file knows its own roster only; this daemon may be further.
    COMITY_ASSIGN_OR_RETURN(const Config next, LoadConfig(file.path, config_.roster));
    if (!DiffersInCertificatesOnly(config_, next)) return false;
    // On a full disk too: nobody whose certificate was taken back stays because of it.
    LogIfFailed(audit_->Write(
        audit_->Make("daemon.reload", config_.message.node(),
                     absl::StrCat("certificate ", SerialOf(next.certificate_pem), ", ",
                                  next.revoked.size(), " certificates revoked"))));
    const bool other_certificate =
        next.certificate_pem != config_.certificate_pem || next.key_pem != config_.key_pem;
    if (other_certificate) {
      COMITY_RETURN_IF_ERROR(certificate_->Replace(next.certificate_pem, next.key_pem));
      config_.certificate_pem = next.certificate_pem;
      Cleanse(&config_.key_pem);
      config_.key_pem = next.key_pem;
    }
    if (other_certificate || next.revoked != config_.revoked) {
      driver_->SetIdentity(next.certificate_pem, next.key_pem, next.revoked);
      config_.revoked = next.revoked;
    }
    gate_->SetRevoked(next.revoked);
    const size_t ended = open_calls_->Recheck();
    spdlog::info("certificates were read anew: {} are revoked, {} open calls ended",
                 next.revoked.size(), ended);
    return true;
  }

 private:
  static void LogIfFailed(const absl::Status& status) {
    if (!status.ok()) spdlog::error("audit log: {}", std::string(status.message()));
  }

  // Before anything else is written. The head goes to the log of standard error, so that
  // whoever keeps that elsewhere can tell a log that was made anew.
  absl::Status OpenAudit() {
    if (!read_only_) {
      const absl::StatusOr<std::string> gap = NoteAuditGap(*store_, clock_.Now());
      if (!gap.ok()) COMITY_RETURN_IF_ERROR(UnlessFull(gap.status()));
      if (gap.ok() && !gap->empty()) spdlog::error("{}; this is noted in the audit log", *gap);
    }
    audit_ = std::make_unique<AuditTrail>(store_.get(), &clock_);
    COMITY_ASSIGN_OR_RETURN(const AuditHead head, store_->ReadAuditHead());
    spdlog::info("audit log: head {}", head.ToString());
    if (read_only_) return absl::OkStatus();
    return UnlessFull(audit_->Write(audit_->Make(
        "daemon.start", config_.message.node(),
        absl::StrCat("comityd ", kVersion, ", roster version ", config_.roster->version(), " ",
                     ToHex(config_.roster->digest())))));
  }

  // Reads go on when nothing can be written.
  static absl::Status UnlessFull(const absl::Status& status) {
    if (!absl::IsResourceExhausted(status)) return status;
    LogIfFailed(status);
    return absl::OkStatus();
  }

  // Finds the newest roster, and the keys and peers that it names.
  absl::Status OpenRoster() {
    COMITY_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> newest,
                            OpenRosters(config_.roster, store_.get()));
    COMITY_ASSIGN_OR_RETURN(config_, LoadConfig(std::string(config_.path), newest));
    roster_desk_ =
        std::make_unique<RosterDesk>(config_.roster, config_.message.participant(), config_.alarms,
                                     store_.get(), &clock_, [] { kill(getpid(), SIGHUP); });
    spdlog::info("roster version {} ({}) is in force", newest->version(), ToHex(newest->digest()));
    for (const std::string& alarm : roster_desk_->Alarms()) spdlog::error("roster: {}", alarm);
    return absl::OkStatus();
  }

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
    space_watcher_ = std::make_unique<Ticker>(kSpaceEvery, [directory, wanted = reserve_bytes_] {
      if (FreeBytes(directory) < wanted) return true;
      spdlog::info("the disk has space again: this daemon opens anew");
      kill(getpid(), SIGHUP);
      return false;
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
    options.revoked = config_.revoked;
    options.anti_entropy_micros = int64_t{config_.message.sync().anti_entropy_s()} * 1'000'000;
    options.backoff_max_micros = int64_t{config_.message.sync().backoff_max_s()} * 1'000'000;
    options.quarantine_micros = int64_t{config_.message.sync().quarantine_s()} * 1'000'000;
    options.jitter_seed = std::random_device()();
    options.participant = config_.message.participant();
    options.snapshot_from = config_.message.sync().snapshot_from_leaves();
    options.store = store_.get();
    options.states = states_.get();
    options.refused = [this](v1::AuditRecord record) { audit_->Refused(std::move(record)); };
    options.adopt_rosters = [this](const std::vector<std::string>& rosters) {
      return roster_desk_->Adopt(rosters);
    };
    return options;
  }

  absl::Status Listen() {
    const int threads = std::max(2u, std::thread::hardware_concurrency());
    pool_ = std::make_unique<WorkerPool>(threads, kMaxQueuedCalls);
    const std::string& participant = config_.message.participant();
    publish_pool_ = std::make_unique<WorkerPool>(kPublishThreads, kMaxQueuedPublications);
    publish_ =
        std::make_unique<PublishServiceImpl>(replica_.get(), publish_pool_.get(), audit_.get());
    admin_ = std::make_unique<AdminServiceImpl>(replica_.get(), driver_.get(), roster_desk_.get(),
                                                pool_.get(), audit_.get());
    audit_service_ = std::make_unique<AuditServiceImpl>(store_.get());
    bundle_ = std::make_unique<BundleServiceImpl>(participant, replica_.get());
    query_ = std::make_unique<QueryServiceImpl>(replica_.get(), pool_.get());
    feed_ = std::make_unique<FeedServiceImpl>(replica_.get(), &feeds_, pool_.get());
    proof_ = std::make_unique<ProofServiceImpl>(replica_.get(), pool_.get());
    sync_ = std::make_unique<SyncServiceImpl>(
        participant, replica_.get(), &hub_, states_.get(),
        [this](const std::string& caller) { driver_->OnKnock(caller); }, pool_.get());
    status_ = std::make_unique<StatusServiceImpl>(
        participant, replica_.get(), driver_.get(), [this] { return StorageNow(); },
        roster_desk_.get(), pool_.get());
    COMITY_ASSIGN_OR_RETURN(AccessPolicy policy, AccessPolicy::Default());
    gate_ = std::make_shared<Gate>(config_.roster.get(), participant, std::move(policy), &clock_,
                                   audit_.get());
    gate_->SetRevoked(config_.revoked);
    open_calls_ = std::make_unique<OpenCalls>(
        [this](const std::string& certificate, const std::string& path) {
          return gate_->Decide(certificate, path);
        });
    gate_->CountIn(open_calls_.get());
    COMITY_ASSIGN_OR_RETURN(certificate_,
                            CertificateFile::Create(config_.certificate_pem, config_.key_pem));

    const std::string& listen = config_.message.listen();
    const v1::LimitsConfig& limits = config_.message.limits();
    COMITY_ASSIGN_OR_RETURN(
        listener_, Listener::Open(listen, {limits.connections(), limits.connections_per_address(),
                                           limits.young_connections_per_address()}));

    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        MakeServerCredentials(*certificate_, gate_));
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> watchers;
    watchers.push_back(open_calls_->MakeFactory());
    builder.experimental().SetInterceptorCreators(std::move(watchers));
    builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
    builder.SetMaxSendMessageSize(kMaxMessageBytes);
    SetLimits(builder);
    builder.RegisterService(publish_.get());
    builder.RegisterService(query_.get());
    builder.RegisterService(feed_.get());
    builder.RegisterService(proof_.get());
    builder.RegisterService(sync_.get());
    builder.RegisterService(status_.get());
    builder.RegisterService(admin_.get());
    builder.RegisterService(audit_service_.get());
    builder.RegisterService(bundle_.get());
    grpc_ = builder.BuildAndStart();
    if (grpc_ == nullptr) return absl::InternalError("gRPC does not start");
    health_ = grpc_->GetHealthCheckService();
    address_ = absl::StrCat(listen.substr(0, listen.rfind(':')), ":", listener_->port());
    listener_->Start([this](int fd) { HandOver(fd); },
                     [this](const std::string& address, const std::string& why) {
                       v1::AuditRecord record;
                       if (!address.empty()) record.set_caller(absl::StrCat("address ", address));
                       record.set_action("tcp.accept");
                       record.set_decision(v1::AUDIT_DECISION_REFUSED);
                       record.set_reason(why);
                       audit_->Refused(std::move(record));
                     });
    return absl::OkStatus();
  }

  void HandOver(int fd) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.fd = fd;
    acceptor_->HandleNewConnection(&connection);
  }

  // Every default of gRPC 1.51 that is unbounded, or bounded by minutes.
  static void SetLimits(grpc::ServerBuilder& builder) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
    // TLS, and HTTP/2 up to the settings of the other side.
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, MillisOf(Listener::kYoung));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, MillisOf(kIdle));
    // So that those who connected with an old certificate come back with a new one.
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, MillisOf(kMaxAge));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, MillisOf(kMaxAgeGrace));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, MillisOf(kKeepalive));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, MillisOf(kKeepaliveTimeout));
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 2);
    // A compressed message may be a thousand times larger than what came.
    builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
    builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
    builder.SetResourceQuota(grpc::ResourceQuota("comityd").Resize(kMemoryQuotaBytes));
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
  std::unique_ptr<RosterDesk> roster_desk_;
  std::unique_ptr<AuditTrail> audit_;
  std::unique_ptr<Replica> replica_;
  std::unique_ptr<StateIndexCache> states_;
  std::unique_ptr<SyncDriver> driver_;
  std::unique_ptr<Scrubber> scrubber_;
  std::unique_ptr<Ticker> space_watcher_;
  Ticker heap_trimmer_{kTrimEvery, [returned = size_t{0}]() mutable {
                         TrimHeap(&returned);
                         return true;
                       }};
  std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<WorkerPool> publish_pool_;
  std::unique_ptr<PublishServiceImpl> publish_;
  std::unique_ptr<AdminServiceImpl> admin_;
  std::unique_ptr<AuditServiceImpl> audit_service_;
  std::unique_ptr<BundleServiceImpl> bundle_;
  std::unique_ptr<QueryServiceImpl> query_;
  std::unique_ptr<FeedServiceImpl> feed_;
  std::unique_ptr<ProofServiceImpl> proof_;
  std::unique_ptr<SyncServiceImpl> sync_;
  std::unique_ptr<StatusServiceImpl> status_;
  std::unique_ptr<CertificateFile> certificate_;
  std::shared_ptr<Gate> gate_;
  std::unique_ptr<OpenCalls> open_calls_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> grpc_;
  std::unique_ptr<Listener> listener_;
  std::string address_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(Config config) {
  auto server = std::make_unique<RunningServer>(std::move(config));
  COMITY_RETURN_IF_ERROR(server->Init());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace comity
