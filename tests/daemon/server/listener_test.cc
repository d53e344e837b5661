// The accept loop: its limits, and that nothing keeps it from taking up its work again.
#include "daemon/server/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <set>

#include "absl/strings/str_cat.h"
#include "comity/v1/query_service.grpc.pb.h"
#include "daemon/access/open_calls.h"
#include "tests/daemon/server/live_server.h"

namespace comity {
namespace {

using testing::Eventually;
using ::testing::HasSubstr;
using testing::LiveServer;

// A connection from the given loopback address, or -1.
int ConnectFrom(const std::string& from, int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, from.c_str(), &address.sin_addr);
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (bound && connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
  close(fd);
  return -1;
}

// Whether the other end closes the connection within the time.
bool IsClosedWithin(int fd, std::chrono::milliseconds time) {
  pollfd one{fd, POLLIN | POLLRDHUP, 0};
  char byte;
  return poll(&one, 1, static_cast<int>(time.count())) == 1 &&
         recv(fd, &byte, 1, MSG_DONTWAIT) <= 0;
}

// Keeps what it is handed, as a server does whose clients stay.
class Keeper {
 public:
  explicit Keeper(ConnectionLimits limits) : listener_(*Listener::Open("127.0.0.1:0", limits)) {
    listener_->Start([this](int fd) { Keep(fd); },
                     [this](const std::string&, const std::string& why) {
                       MutexLock lock(mutex_);
                       why_ = why;
                       ++refused_;
                     });
  }
  ~Keeper() {
    listener_->Stop();
    CloseAll();
  }
  int port() const { return listener_->port(); }
  Listener& listener() { return *listener_; }
  size_t taken() {
    MutexLock lock(mutex_);
    return taken_;
  }
  size_t refused() {
    MutexLock lock(mutex_);
    return refused_;
  }
  std::string why() {
    MutexLock lock(mutex_);
    return why_;
  }
  void CloseAll() {
    MutexLock lock(mutex_);
    for (const int fd : kept_) close(fd);
    kept_.clear();
  }

 private:
  void Keep(int fd) {
    MutexLock lock(mutex_);
    kept_.push_back(fd);
    ++taken_;
  }
  Mutex mutex_;
  std::vector<int> kept_;
  size_t taken_ = 0;
  size_t refused_ = 0;
  std::string why_;
  std::unique_ptr<Listener> listener_;
};

TEST(ListenerTest, KeepsToItsLimits) {
  Keeper keeper({.total = 6, .per_address = 4, .young_per_address = 4});
  std::vector<int> open;
  for (int i = 0; i < 4; ++i) open.push_back(ConnectFrom("127.0.0.2", keeper.port()));
  ASSERT_TRUE(Eventually([&] { return keeper.taken() == 4; }));
  const int fifth = ConnectFrom("127.0.0.2", keeper.port());
  EXPECT_TRUE(IsClosedWithin(fifth, std::chrono::seconds(10))) << "of that address";
  EXPECT_THAT(keeper.why(), HasSubstr("4 connections of this address are open here"));
  open.push_back(ConnectFrom("127.0.0.3", keeper.port()));
  open.push_back(ConnectFrom("127.0.0.4", keeper.port()));
  ASSERT_TRUE(Eventually([&] { return keeper.taken() == 6; })) << "other addresses have room";
  const int seventh = ConnectFrom("127.0.0.5", keeper.port());
  EXPECT_TRUE(IsClosedWithin(seventh, std::chrono::seconds(10))) << "in all";
  EXPECT_EQ(keeper.refused(), 2u);
  // What was closed makes room.
  keeper.CloseAll();
  EXPECT_EQ(keeper.listener().open(), 0u);
  open.push_back(ConnectFrom("127.0.0.2", keeper.port()));
  EXPECT_TRUE(Eventually([&] { return keeper.taken() == 7; }));
  for (const int fd : {fifth, seventh}) close(fd);
  for (const int fd : open) close(fd);
}

// CVE-2023-4785: gRPC's own listener never accepts again after this.
TEST(ListenerTest, LivesThroughRunningOutOfDescriptors) {
  constexpr int kFlood = 200;
  Keeper keeper({.total = 10'000, .per_address = 10'000, .young_per_address = 10'000});
  // A process of its own floods, so that only the listener's descriptors run out.
  int go[2], done[2];
  ASSERT_EQ(pipe2(go, O_CLOEXEC) + pipe2(done, O_CLOEXEC), 0);
  const int port = keeper.port();
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < kFlood; ++i) ConnectFrom("127.0.0.2", port);
    (void)!write(done[1], "x", 1);
    char byte;
    (void)!read(go[0], &byte, 1);
    _exit(0);
  }
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const int highest = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(highest);
  const rlimit low{static_cast<rlim_t>(highest + 20), before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_TRUE(Eventually([&] { return keeper.refused() > 0; }));
  EXPECT_THAT(keeper.why(), HasSubstr("no file descriptors are left"));
  EXPECT_LT(keeper.taken(), static_cast<size_t>(kFlood));
  ASSERT_EQ(write(go[1], "x", 1), 1);
  int status = 0;
  waitpid(child, &status, 0);
  // Those that were kept go, with the limit as low as before.
  keeper.CloseAll();
  const size_t taken = keeper.taken();
  const auto since = std::chrono::steady_clock::now();
  const int honest = ConnectFrom("127.0.0.3", port);
  EXPECT_GE(honest, 0);
  EXPECT_TRUE(Eventually([&] { return keeper.taken() > taken; }));
  const auto took = std::chrono::steady_clock::now() - since;
  EXPECT_LT(took, std::chrono::seconds(1));
  setrlimit(RLIMIT_NOFILE, &before);
  close(honest);
  for (const int fd : {go[0], go[1], done[0], done[1]}) close(fd);
}

TEST(ListenerTest, SaysThatThePortIsTaken) {
  const auto first = Listener::Open("127.0.0.1:0", {});
  ASSERT_TRUE(first.ok());
  const auto second = Listener::Open(absl::StrCat("127.0.0.1:", (*first)->port()), {});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(second.status().ToString(), HasSubstr("cannot be listened on"));
  EXPECT_FALSE(Listener::Open("nowhere", {}).ok());
}

// --- A whole daemon under those who connect and do nothing good.

class HostileClientsTest : public ::testing::Test {
 protected:
  int port() {
    const std::string address = live_.server().address();
    return std::stoi(address.substr(address.rfind(':') + 1));
  }
  bool HonestCallGoesOn() {
    const auto channel = live_.Connect(live_.Issue("us", "screener", "somebody"));
    return LiveServer::Call(channel, "/grpc.health.v1.Health/Check").ok();
  }
  LiveServer live_;
};

TEST_F(HostileClientsTest, AFloodFromOneAddressLeavesRoomForOthers) {
  constexpr int kFlood = 400;
  std::vector<int> flood;
  for (int i = 0; i < kFlood; ++i) flood.push_back(ConnectFrom("127.0.0.2", port()));
  EXPECT_TRUE(HonestCallGoesOn());
  int closed = 0;
  for (const int fd : flood) closed += IsClosedWithin(fd, std::chrono::milliseconds(0)) ? 1 : 0;
  EXPECT_GE(closed, kFlood - 2 * static_cast<int>(ConnectionLimits().young_per_address));
  EXPECT_TRUE(HonestCallGoesOn());
  EXPECT_TRUE(Eventually([&] {
    for (const v1::AuditRecord& record : live_.Audit()) {
      if (record.action() == "tcp.accept" && record.caller() == "address 127.0.0.2") return true;
    }
    return false;
  }));
  for (const int fd : flood) close(fd);
}

TEST_F(HostileClientsTest, ThoseWhoSayNothingOrTooSlowlyAreCutOff) {
  // Nothing at all; garbage; the first bytes of a TLS record, one by one.
  std::vector<int> silent, slow;
  for (int i = 0; i < 20; ++i) silent.push_back(ConnectFrom("127.0.0.2", port()));
  for (int i = 0; i < 20; ++i) slow.push_back(ConnectFrom("127.0.0.3", port()));
  const int garbage = ConnectFrom("127.0.0.4", port());
  ASSERT_EQ(send(garbage, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
  const auto since = std::chrono::steady_clock::now();
  EXPECT_TRUE(IsClosedWithin(garbage, std::chrono::seconds(10)));
  const std::string hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  size_t sent = 0;
  std::set<int> open(slow.begin(), slow.end());
  open.insert(silent.begin(), silent.end());
  // One byte a second: the deadline is for the whole, not from byte to byte.
  while (!open.empty() && std::chrono::steady_clock::now() - since < std::chrono::seconds(15)) {
    for (const int fd : slow) {
      if (open.contains(fd)) send(fd, &hello[sent % hello.size()], 1, MSG_NOSIGNAL);
    }
    ++sent;
    EXPECT_TRUE(HonestCallGoesOn());
    IsClosedWithin(*open.begin(), std::chrono::seconds(1));
    std::erase_if(open, [](int fd) { return IsClosedWithin(fd, std::chrono::milliseconds(0)); });
  }
  EXPECT_TRUE(open.empty()) << open.size() << " are still open";
  std::printf("40 silent or slow connections closed after %.1f s\n",
              std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count());
  for (const int fd : silent) close(fd);
  for (const int fd : slow) close(fd);
  close(garbage);
}

TEST_F(HostileClientsTest, CompressedMessagesAreRefused) {
  const auto channel = live_.Connect(live_.Issue("us", "screener", "somebody"));
  const auto stub = v1::QueryService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  v1::GetItemRequest request;
  // A thousand times as large as what travels.
  request.set_code(std::string(1 << 20, 'A'));
  v1::GetItemResponse response;
  EXPECT_EQ(stub->GetItem(&context, request, &response).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(HostileClientsTest, TooManyOpenCallsOfOneCertificateAreRefused) {
  const Certified who = live_.Issue("us", "operator", "somebody");
  // Over several connections, so that no limit of one of them is reached.
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < 3; ++i) channels.push_back(live_.Connect(who));
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<grpc::GenericClientAsyncReaderWriter>> calls;
  grpc::Status status;
  constexpr size_t kCalls = OpenCalls::kMaxPerCaller + 40;
  void* tag = nullptr;
  bool ok = false;
  for (size_t i = 0; i < kCalls; ++i) {
    grpc::GenericStub stub(channels[i % channels.size()]);
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    contexts.back()->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    calls.push_back(
        stub.PrepareCall(contexts.back().get(), "/grpc.health.v1.Health/Watch", &queue));
    calls.back()->StartCall(nullptr);
    queue.Next(&tag, &ok);
    const grpc::Slice empty("");
    calls.back()->Write(grpc::ByteBuffer(&empty, 1), nullptr);
    queue.Next(&tag, &ok);
  }
  size_t served = 0, refused = 0;
  for (const auto& call : calls) {
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    queue.Next(&tag, &ok);
    if (ok) {
      ++served;
      continue;
    }
    call->Finish(&status, nullptr);
    queue.Next(&tag, &ok);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr("calls open here"));
    ++refused;
  }
  EXPECT_EQ(served + refused, kCalls);
  EXPECT_LE(served, OpenCalls::kMaxPerCaller + 8);
  EXPECT_GT(refused, 0u);
  for (const auto& context : contexts) context->TryCancel();
}

}  // namespace
}  // namespace comity
