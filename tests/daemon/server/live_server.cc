#include "tests/daemon/server/live_server.h"

#include <grpcpp/generic/generic_stub.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/transport/channel.h"
#include "comity/v1/audit_service.grpc.pb.h"
#include "daemon/config/config.h"
#include "storage/audit/verifier.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/merkle/hash.h"
#include "storage/signing/threshold.h"

namespace comity::testing {
namespace {

constexpr int kDays = 10;
constexpr std::chrono::seconds kDeadline{20};

void Write(const std::string& path, const std::string& text, mode_t mode = 0600) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary) << text;
  chmod(path.c_str(), mode);
}

[[noreturn]] void Die(const absl::Status& status) {
  std::fprintf(stderr, "live server: %s\n", status.ToString().c_str());
  std::abort();
}

}  // namespace

LiveServer::LiveServer(const std::map<std::string, Certified>& cas)
    : federation_({"au-dec", "ca-gac", "de-bafa", "eu-com", "gb-ecju", "jp-meti", "no-mfa",
                   "us-bis", "us-ofac"}) {
  spdlog::set_level(spdlog::level::err);
  std::string name = std::filesystem::temp_directory_path() / "comity-live-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) Die(absl::UnavailableError("no directory"));
  directory_ = name;
  v1::Roster roster = federation_.roster().message();
  for (v1::Participant& participant : *roster.mutable_participants()) {
    const std::string& code = participant.code();
    participants_.push_back(code);
    const auto given = cas.find(code);
    auto ca = given == cas.end() ? CertificateAuthority::Create(code + " CA", kDays)
                                 : CertificateAuthority::FromPem(given->second);
    if (!ca.ok()) Die(ca.status());
    cas_.emplace(code, *std::move(ca));
    participant.set_ca_bundle_pem(cas_.at(code).pem().certificate_pem);
  }
  v1::Envelope envelope;
  envelope.set_payload_type(kRosterType);
  envelope.set_payload(roster.SerializeAsString());
  AddSignature(&envelope, "root-1", SeededKey("root-1")).IgnoreError();
  Write(directory_ + "/roster.envelope", SerializeEnvelope(envelope));
  digest_ = ToHex(Sha256(envelope.payload()));
  PutNodeCertificate(Issue("us", "peer", "us-1"));
  for (const char* authority : {"us-bis", "us-ofac"}) {
    const std::string key = absl::StrCat(directory_, "/", authority, "-log.key");
    WriteKeyFile(key, authority, SeededKey(absl::StrCat(authority, "/log"))).IgnoreError();
  }
  WriteKeyFile(directory_ + "/held.key", "us/held", SeededKey("us/held")).IgnoreError();
  WriteConfig({});
  auto config = LoadConfig(ConfigPath());
  if (!config.ok()) Die(config.status());
  auto server = Server::Start(*std::move(config));
  if (!server.ok()) Die(server.status());
  server_ = *std::move(server);
}

LiveServer::~LiveServer() {
  server_.reset();
  std::filesystem::remove_all(directory_);
}

void LiveServer::WriteConfig(const std::map<std::string, std::string>& crls) const {
  std::string text = absl::StrCat(
      "participant: us\nnode: us-1\ndata_dir: data\nlisten: 127.0.0.1:0\nroster:\n  file: "
      "roster.envelope\n  digest: ",
      digest_,
      "\ntls:\n  certificate: node.pem\n  key: node.key\nheld_key: held.key\nlog_keys:\n"
      "  - authority: us-bis\n    file: us-bis-log.key\n"
      "  - authority: us-ofac\n    file: us-ofac-log.key\npeers:\n  - \"no\"\n");
  if (!crls.empty()) absl::StrAppend(&text, "revocations:\n");
  for (const auto& [participant, crl] : crls) {
    Write(absl::StrCat(directory_, "/", participant, ".crl"), crl);
    absl::StrAppend(&text, "  - participant: \"", participant, "\"\n    file: ", participant,
                    ".crl\n");
  }
  Write(ConfigPath(), text);
}

Certified LiveServer::Issue(const std::string& participant, const std::string& role,
                            const std::string& name) const {
  const auto issued =
      cas_.at(participant)
          .Issue(absl::StrCat("spiffe://", participant, ".", kFederation, "/", role, "/", name),
                 "127.0.0.1", kDays);
  if (!issued.ok()) Die(issued.status());
  return *issued;
}

void LiveServer::PutNodeCertificate(const Certified& certificate) const {
  Write(directory_ + "/node.pem", certificate.certificate_pem);
  Write(directory_ + "/node.key", certificate.key_pem, 0400);
}

std::shared_ptr<grpc::Channel> LiveServer::Connect(const Certified& who) const {
  QuietGrpcLog();
  return MakeChannel(
      server_->address(),
      {who.certificate_pem, who.key_pem, "us", kFederation, cas_.at("us").pem().certificate_pem},
      "test");
}

absl::StatusOr<bool> LiveServer::Reload(const std::map<std::string, std::string>& crls) {
  WriteConfig(crls);
  auto config = LoadConfig(ConfigPath());
  if (!config.ok()) return config.status();
  return server_->Reload(*config);
}

grpc::Status LiveServer::Call(const std::shared_ptr<grpc::Channel>& channel,
                              const std::string& path, const std::string& request) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, path, &queue);
  void* tag = nullptr;
  bool ok = false;
  const auto next = [&] { return queue.Next(&tag, &ok) && ok; };
  call->StartCall(nullptr);
  next();
  const grpc::Slice slice(request);
  call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
  next();
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  const bool answered = next();
  if (answered) context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
  return answered ? grpc::Status::OK : status;
}

std::vector<v1::AuditRecord> LiveServer::Audit() const {
  const auto stub = v1::AuditService::NewStub(Connect(Issue("us", "admin", "auditor")));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  const auto stream = stub->ReadAudit(&context, v1::ReadAuditRequest());
  AuditVerifier verifier;
  std::vector<v1::AuditRecord> records;
  v1::ReadAuditResponse message;
  while (stream->Read(&message)) {
    for (const std::string& bytes : message.records()) {
      if (verifier.Take(records.size(), bytes)) records.push_back(verifier.record());
    }
  }
  if (const grpc::Status status = stream->Finish(); !status.ok()) {
    Die(absl::InternalError(status.error_message()));
  }
  if (const auto report = verifier.Finish(); !report.problems().empty()) {
    Die(absl::DataLossError(report.problems(0)));
  }
  return records;
}

bool Eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
  }
  return true;
}

}  // namespace comity::testing
