#include "tests/integration/net/rogue_peer.h"

#include <arpa/inet.h>
#include <grpcpp/grpcpp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "client/transport/channel.h"
#include "comity/v1/sync_service.grpc.pb.h"
#include "tests/integration/harness.h"

namespace comity::integration {
namespace {

using std::chrono::milliseconds;

constexpr int kHeldCalls = 12;  // of each kind and victim
constexpr int kGarbage = 10;    // connections a victim
constexpr milliseconds kDrip{100};

sockaddr_in Parse(const std::string& address) {
  const size_t colon = address.rfind(':');
  sockaddr_in parsed{};
  parsed.sin_family = AF_INET;
  parsed.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &parsed.sin_addr);
  return parsed;
}

}  // namespace

// Ends waits when it is over.
class Over {
 public:
  // False once it is over; else after `time`.
  bool Rest(milliseconds time) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, time, [&] { return over_; });
  }
  void Set() {
    std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
};

struct SilentPeer::Impl {
  int listener = -1;
  int stop[2] = {-1, -1};
  std::vector<int> accepted;
  std::thread thread;
};

SilentPeer::SilentPeer(const std::string& address) : impl_(std::make_unique<Impl>()) {
  impl_->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(impl_->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  const sockaddr_in where = Parse(address);
  if (bind(impl_->listener, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) != 0 ||
      listen(impl_->listener, 100) != 0 || pipe(impl_->stop) != 0) {
    std::abort();
  }
  impl_->thread = std::thread([this] {
    pollfd polled[] = {{impl_->listener, POLLIN, 0}, {impl_->stop[0], POLLIN, 0}};
    while (poll(polled, 2, -1) >= 0 && polled[1].revents == 0) {
      impl_->accepted.push_back(accept(impl_->listener, nullptr, nullptr));
      ++connections_;
    }
  });
}

SilentPeer::~SilentPeer() {
  close(impl_->stop[1]);
  impl_->thread.join();
  for (const int fd : impl_->accepted) close(fd);
  close(impl_->stop[0]);
  close(impl_->listener);
}

struct RoguePeer::Impl : public v1::SyncService::Service {
  RogueCounts counts;
  Over over;
  std::mutex mutex;
  std::map<std::string, v1::Head> heads;  // others', learnt
  uint64_t version = 0;                   // of `heads`
  std::unique_ptr<grpc::Server> server;
  std::vector<std::unique_ptr<v1::SyncService::Stub>> stubs;
  std::mutex contexts_mutex;
  std::vector<grpc::ClientContext*> contexts;
  bool ending = false;
  std::vector<std::thread> threads;

  // --- what it answers ---
  grpc::Status Hello(grpc::ServerContext*, const v1::HelloRequest* request,
                     v1::HelloResponse* response) override {
    const int number = ++counts.hellos;
    response->set_version(request->max_version());
    response->set_roster_version(request->roster_version());
    response->set_roster_digest(request->roster_digest());
    response->set_heads_digest(std::string(32, static_cast<char>(number)));
    response->set_held_digest(std::string(32, static_cast<char>(number)));
    return grpc::Status::OK;
  }
  grpc::Status Heads(grpc::ServerContext*, const v1::HeadsRequest*,
                     v1::HeadsResponse* response) override {
    std::lock_guard lock(mutex);
    for (const auto& [origin, head] : heads) *response->add_heads() = head;
    if (counts.hellos % 3 == 0 && response->heads_size() > 0) {
      ++counts.forged;
      response->mutable_heads(0)->set_size(1'000'000);
    }
    return grpc::Status::OK;
  }
  grpc::Status ExchangeHeld(grpc::ServerContext*, const v1::ExchangeHeldRequest*,
                            v1::ExchangeHeldResponse* response) override {
    ++counts.forged;
    response->add_statements()->set_note(std::string(60'000, 'x'));
    return grpc::Status::OK;
  }
  grpc::Status Watch(grpc::ServerContext* context, const v1::WatchRequest*,
                     grpc::ServerWriter<v1::WatchResponse>* writer) override {
    uint64_t told = 0;
    v1::WatchResponse empty;
    while (!context->IsCancelled()) {
      v1::WatchResponse response;
      {
        std::lock_guard lock(mutex);
        if (told != version) {
          for (const auto& [origin, head] : heads) *response.add_heads() = head;
          told = version;
        }
      }
      if (!writer->Write(response)) break;
      ++counts.hints;
    }
    return grpc::Status::OK;
  }
  grpc::Status FetchRevisions(grpc::ServerContext* context,
                              const v1::FetchRevisionsRequest* request,
                              grpc::ServerWriter<v1::FetchRevisionsResponse>* writer) override {
    ++counts.dripped;
    v1::FetchRevisionsResponse response;
    response.mutable_header()->set_begin(request->begin());
    bool open = writer->Write(response);
    response.mutable_chunk()->set_index(request->begin());
    response.mutable_chunk()->set_data("x");
    while (open && !context->IsCancelled() && over.Rest(kDrip)) open = writer->Write(response);
    return grpc::Status::OK;
  }

  // --- what it does to others ---
  // Registers a call so that it can be ended.
  bool Enter(grpc::ClientContext* context) {
    std::lock_guard lock(contexts_mutex);
    contexts.push_back(context);
    return !ending;
  }
  void Leave(grpc::ClientContext* context) {
    std::lock_guard lock(contexts_mutex);
    std::erase(contexts, context);
  }
  void LearnHeads(v1::SyncService::Stub& stub) {
    do {
      grpc::ClientContext context;
      if (!Enter(&context)) return Leave(&context);
      const auto stream = stub.Watch(&context, v1::WatchRequest());
      v1::WatchResponse response;
      while (stream->Read(&response)) {
        std::lock_guard lock(mutex);
        for (const v1::Head& head : response.heads()) {
          v1::Head& known = heads[head.origin()];
          if (head.size() > known.size()) known = head;
        }
        ++version;
      }
      stream->Finish();
      Leave(&context);
    } while (over.Rest(milliseconds(100)));
  }
  // Opens fetches and watches and reads nothing.
  void HoldOpen(v1::SyncService::Stub& stub) {
    do {
      std::vector<std::unique_ptr<grpc::ClientContext>> held;
      std::vector<std::unique_ptr<grpc::ClientReader<v1::FetchRevisionsResponse>>> fetches;
      std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchResponse>>> watches;
      v1::FetchRevisionsRequest request;
      {
        std::lock_guard lock(mutex);
        if (!heads.empty()) {
          request.set_origin(heads.begin()->first);
          request.set_end(heads.begin()->second.size());
          request.set_tree_size(request.end());
        }
      }
      for (int i = 0; i < kHeldCalls; ++i) {
        held.push_back(std::make_unique<grpc::ClientContext>());
        fetches.push_back(stub.FetchRevisions(held.back().get(), request));
        held.push_back(std::make_unique<grpc::ClientContext>());
        watches.push_back(stub.Watch(held.back().get(), v1::WatchRequest()));
        counts.held_open += 2;
      }
      const bool more = over.Rest(milliseconds(2'000));
      for (const auto& context : held) context->TryCancel();
      for (const auto& fetch : fetches) fetch->Finish();
      for (const auto& watch : watches) watch->Finish();
      if (!more) return;
    } while (over.Rest(milliseconds(50)));
  }
  // Connections that never get as far as TLS.
  void SendGarbage(const std::string& address) {
    const sockaddr_in where = Parse(address);
    std::vector<int> sockets;
    uint8_t byte = 1;
    while (over.Rest(kDrip)) {
      if (sockets.size() < kGarbage) {
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) == 0) {
          ++counts.garbage;
          sockets.push_back(fd);
        } else {
          close(fd);
        }
      }
      // Half begin as a TLS record of 16 KiB does, half with anything.
      for (size_t i = 0; i < sockets.size();) {
        const uint8_t drop = i % 2 == 0 ? 0x16 : byte++;
        if (send(sockets[i], &drop, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1) {
          ++i;
          continue;
        }
        close(sockets[i]);
        sockets.erase(sockets.begin() + static_cast<long>(i));
      }
    }
    for (const int fd : sockets) close(fd);
  }
};

RoguePeer::RoguePeer(const std::string& directory, const std::string& participant,
                     const std::string& address, const std::vector<std::string>& victims,
                     const std::vector<std::string>& victim_addresses)
    : impl_(std::make_unique<Impl>()) {
  const std::string own = directory + "/daemons/" + participant + "/tls/";
  const std::string certificate = ReadAll(own + "node.pem"), key = ReadAll(own + "node.key");
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  tls.pem_key_cert_pairs.push_back({key, certificate});
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::SslServerCredentials(tls));
  builder.RegisterService(impl_.get());
  impl_->server = builder.BuildAndStart();
  if (impl_->server == nullptr) std::abort();
  for (size_t i = 0; i < victims.size(); ++i) {
    const ChannelIdentity identity{certificate, key, victims[i], "lab.example",
                                   ReadAll(directory + "/daemons/" + victims[i] + "/tls/ca.pem")};
    impl_->stubs.push_back(
        v1::SyncService::NewStub(MakeChannel(victim_addresses[i], identity, "rogue")));
    v1::SyncService::Stub* stub = impl_->stubs.back().get();
    impl_->threads.emplace_back([this, stub] { impl_->LearnHeads(*stub); });
    impl_->threads.emplace_back([this, stub] { impl_->HoldOpen(*stub); });
    impl_->threads.emplace_back([this, where = victim_addresses[i]] { impl_->SendGarbage(where); });
  }
}

RoguePeer::~RoguePeer() {
  impl_->over.Set();
  {
    std::lock_guard lock(impl_->contexts_mutex);
    impl_->ending = true;
    for (grpc::ClientContext* context : impl_->contexts) context->TryCancel();
  }
  for (std::thread& thread : impl_->threads) thread.join();
  impl_->server->Shutdown(std::chrono::system_clock::now());
  impl_->server->Wait();
}

const RogueCounts& RoguePeer::counts() const { return impl_->counts; }

}  // namespace comity::integration
