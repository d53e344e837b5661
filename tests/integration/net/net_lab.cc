#include "tests/integration/net/net_lab.h"

#include <chrono>

#include "client/internal/context.h"

namespace comity::integration {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kPort[] = ":7443";
constexpr std::chrono::seconds kPatience{120};

}  // namespace

testing::Wire* g_wire = nullptr;
bool g_not_run = false;

void NetLab::UpOnHosts(const std::vector<std::string>& authorities,
                       const std::map<std::string, std::string>& elsewhere) {
  std::vector<std::string> options = {"--no-start"};
  std::vector<std::string> all = authorities;
  for (const std::string& authority : authorities) {
    const std::string participant = ParticipantOf(authority);
    const int host = static_cast<int>(hosts_.size());
    ASSERT_LT(host, kObserver);
    hosts_[participant] = host;
    authority_of_[participant] = authority;
    participants_.push_back(participant);
    options.push_back("--address");
    options.push_back(participant + "=" + testing::Wire::AddressOf(host) + kPort);
  }
  for (const auto& [authority, address] : elsewhere) {
    all.push_back(authority);
    options.push_back("--address");
    options.push_back(ParticipantOf(authority) + "=" + address);
  }
  SetAll({});
  ASSERT_NO_FATAL_FAILURE(Up(all, options));
  for (const auto& [participant, host] : hosts_) {
    const Result started = Execute(
        {std::string(COMITY_BIN_DIR) + "/comity", "lab", "start", participant, "--dir", directory_},
        g_wire->NamespaceOf(host));
    ASSERT_EQ(started.exit, 0) << started.err;
  }
}

void NetLab::TearDown() {
  connections_.clear();
  LabTest::TearDown();
}

void NetLab::SetAll(const testing::Link& link) {
  for (int from = 0; from < kObserver; ++from) {
    for (int to = 0; to < kObserver; ++to) g_wire->Set(from, to, link);
  }
}

Connection& NetLab::ConnectionTo(const std::string& participant) {
  std::unique_ptr<Connection>& connection = connections_[participant];
  if (connection == nullptr) {
    auto context = LoadContext(directory_ + "/" + authority_of_.at(participant) + "/operator.yaml");
    EXPECT_TRUE(context.ok()) << context.status();
    connection = std::make_unique<Connection>(*context);
  }
  return *connection;
}

std::string NetLab::DigestOf(const std::string& participant) {
  Connection& connection = ConnectionTo(participant);
  const auto status = connection.Call(connection.status(), &v1::StatusService::Stub::GetStatus,
                                      v1::GetStatusRequest());
  return status.ok() ? status->view_digest() : "";
}

uint32_t NetLab::SizeAt(const std::string& participant, const std::string& list) {
  Connection& connection = ConnectionTo(participant);
  v1::GetListRequest request;
  request.set_list(list);
  const auto answer =
      connection.Call(connection.query(), &v1::QueryService::Stub::GetList, request);
  return answer.ok() ? answer->size() : 0;
}

double NetLab::SecondsUntilEqual(const std::vector<std::string>& participants) {
  const Clock::time_point start = Clock::now();
  const auto equal = [&] {
    const std::string first = DigestOf(participants[0]);
    for (const std::string& one : participants) {
      if (first.empty() || DigestOf(one) != first) return false;
    }
    return true;
  };
  while (!equal()) {
    if (Clock::now() - start > kPatience) {
      ADD_FAILURE() << "no convergence within two minutes";
      for (const std::string& one : participants) {
        ADD_FAILURE() << As(authority_of_.at(one) + "/operator", {"peer", "ls"}).out;
      }
      break;
    }
  }
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void NetLab::AwaitSigning() {
  for (const std::string& one : participants_) {
    Connection& connection = ConnectionTo(one);
    ASSERT_TRUE(Eventually([&] {
      const auto status = connection.Call(connection.status(), &v1::StatusService::Stub::GetStatus,
                                          v1::GetStatusRequest());
      return status.ok() && status->signing().state() == "ready";
    })) << one;
  }
}

void NetLab::PublishText(const std::string& authority, const std::string& text) {
  const Result published = Publish(authority, {{"5A001", text}}, "Act " + text);
  ASSERT_EQ(published.exit, 0) << published.err;
}

}  // namespace comity::integration
