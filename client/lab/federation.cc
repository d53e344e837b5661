#include "client/lab/federation.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/lab/pki.h"
#include "comity/v1/envelope.pb.h"
#include "comity/v1/roster.pb.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/identity/spiffe.h"
#include "storage/log/origin.h"
#include "storage/log/roster.h"
#include "storage/merkle/hash.h"
#include "storage/signing/ed25519.h"
#include "storage/signing/threshold.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

namespace fs = std::filesystem;

constexpr int kCaDays = 3650;
constexpr int kCertificateDays = 825;
constexpr int kOfficers = 3;
constexpr int kOfficersNeeded = 2;
constexpr int kRootKeys = 3;
constexpr int kRootNeeded = 2;
constexpr int64_t kMicros = 1'000'000;
constexpr int64_t kRosterValidMicros = int64_t{3650} * 24 * 60 * 60 * kMicros;

absl::Status WriteFile(const std::string& path, std::string_view bytes, mode_t mode) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    return absl::UnavailableError(absl::StrCat(path, " cannot be written: ", strerror(errno)));
  }
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t wrote = write(fd, bytes.data() + done, bytes.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) break;
    done += static_cast<size_t>(wrote);
  }
  const bool closed = close(fd) == 0;
  if (done == bytes.size() && closed) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(path, " cannot be written: is the disk full?"));
}

// A loopback port that was free a moment ago. All are held until the last is chosen,
// so that they differ.
class FreePorts {
 public:
  ~FreePorts() {
    for (const int fd : sockets_) close(fd);
  }
  absl::StatusOr<int> Next() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      if (fd >= 0) close(fd);
      return absl::UnavailableError("no free loopback port");
    }
    sockets_.push_back(fd);
    return ntohs(address.sin_port);
  }

 private:
  std::vector<int> sockets_;
};

// The numeric host of "IP:PORT" or "[IPV6]:PORT"; empty if it is no such address.
std::string HostOf(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return "";
  int port = 0;
  if (!absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 1 || port > 65535) return "";
  std::string host = address.substr(0, colon);
  unsigned char bytes[sizeof(in6_addr)];
  if (inet_pton(AF_INET, host.c_str(), bytes) == 1) return host;
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return "";
  host = host.substr(1, host.size() - 2);
  return inet_pton(AF_INET6, host.c_str(), bytes) == 1 ? host : "";
}

class Maker {
 public:
  explicit Maker(const FederationPlan& plan) : plan_(plan), root_(plan.directory) {}

  absl::StatusOr<v1::LabStatus> Make() {
    std::error_code error;
    if (fs::exists(root_ / "lab.json", error)) {
      return absl::AlreadyExistsError(absl::StrCat(
          plan_.directory, " holds a lab already: `comity lab start --dir ", plan_.directory,
          "` starts it, `comity lab down --dir ", plan_.directory, "` ends it"));
    }
    fs::create_directories(root_, error);
    if (error) {
      return absl::UnavailableError(absl::StrCat(plan_.directory, ": ", error.message()));
    }
    fs::permissions(root_, fs::perms::owner_all, error);
    COMITY_RETURN_IF_ERROR(PlanDaemons());
    COMITY_RETURN_IF_ERROR(MakeRoster());
    for (const v1::LabDaemon& daemon : lab_.daemons()) COMITY_RETURN_IF_ERROR(WriteDaemon(daemon));
    for (const std::string& authority : plan_.authorities) {
      COMITY_RETURN_IF_ERROR(WriteContexts(authority));
    }
    COMITY_RETURN_IF_ERROR(WriteLab(plan_.directory, lab_));
    return lab_;
  }

 private:
  fs::path DaemonDir(const std::string& participant) const {
    return root_ / "daemons" / participant;
  }

  absl::Status PlanDaemons() {
    lab_.set_federation(plan_.federation);
    std::map<std::string, std::vector<std::string>> by_participant;
    for (const std::string& authority : plan_.authorities) {
      by_participant[ParticipantOf(authority)].push_back(authority);
    }
    for (const auto& [participant, address] : plan_.addresses) {
      if (!by_participant.contains(participant)) {
        return absl::InvalidArgumentError(absl::StrCat(
            "address of \"", participant, "\": no authority of that participant is given"));
      }
      if (HostOf(address).empty()) {
        return absl::InvalidArgumentError(
            absl::StrCat("address of \"", participant, "\": \"", address,
                         "\" is not IP:PORT, such as 192.0.2.1:7443"));
      }
    }
    FreePorts ports;
    for (const auto& [participant, authorities] : by_participant) {
      v1::LabDaemon& daemon = *lab_.add_daemons();
      daemon.set_participant(participant);
      for (const std::string& authority : authorities) daemon.add_authorities(authority);
      daemon.set_state("stopped");
      if (const auto given = plan_.addresses.find(participant); given != plan_.addresses.end()) {
        daemon.set_address(given->second);
      } else {
        COMITY_ASSIGN_OR_RETURN(const int port, ports.Next());
        daemon.set_address(absl::StrCat("127.0.0.1:", port));
      }
      daemon.set_data_dir((DaemonDir(participant) / "data").string());
      COMITY_ASSIGN_OR_RETURN(
          auto ca, CertificateAuthority::Create(absl::StrCat(participant, " lab CA"), kCaDays));
      cas_.emplace(participant, std::move(ca));
    }
    return absl::OkStatus();
  }

  // A new key in a file, and its public half.
  absl::StatusOr<v1::PublicKey> MakeKey(const fs::path& path, const std::string& name) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    COMITY_ASSIGN_OR_RETURN(const PrivateKey key, PrivateKey::Generate());
    COMITY_RETURN_IF_ERROR(WriteKeyFile(path.string(), name, key));
    v1::PublicKey made;
    made.set_name(name);
    made.set_ed25519(key.public_key());
    return made;
  }

  absl::StatusOr<v1::KeySet> MakeKeySet(const fs::path& directory, const std::string& prefix,
                                        const std::string& kind, int count, int threshold) {
    std::vector<v1::PublicKey> keys;
    for (int i = 1; i <= count; ++i) {
      COMITY_ASSIGN_OR_RETURN(keys.emplace_back(),
                              MakeKey(directory / absl::StrCat(kind, "-", i, ".key"),
                                      absl::StrCat(prefix, "/", kind, "-", i)));
    }
    std::sort(keys.begin(), keys.end(), [](const v1::PublicKey& a, const v1::PublicKey& b) {
      return KeyId(a.name(), a.ed25519()) < KeyId(b.name(), b.ed25519());
    });
    v1::KeySet set;
    for (v1::PublicKey& key : keys) *set.add_keys() = std::move(key);
    set.set_threshold(static_cast<uint32_t>(threshold));
    return set;
  }

  absl::Status AddParticipant(const v1::LabDaemon& daemon, v1::Roster& roster) {
    const std::string& code = daemon.participant();
    v1::Participant& participant = *roster.add_participants();
    participant.set_code(code);
    participant.set_name(code);
    participant.set_ca_bundle_pem(cas_.at(code).pem().certificate_pem);
    const fs::path keys = DaemonDir(code) / "keys";
    COMITY_ASSIGN_OR_RETURN(*participant.mutable_held_key(),
                            MakeKey(keys / "held.key", absl::StrCat(code, "/held")));
    COMITY_ASSIGN_OR_RETURN(*participant.mutable_statement_key(),
                            MakeKey(keys / "statement.key", absl::StrCat(code, "/statement")));
    v1::Node& node = *participant.add_nodes();
    node.set_name(NodeName(code));
    node.set_endpoint(daemon.address());
    return absl::OkStatus();
  }

  absl::Status AddAuthority(const std::string& name, v1::Roster& roster) {
    v1::Authority& authority = *roster.add_authorities();
    authority.set_name(name);
    authority.set_title(name);
    COMITY_ASSIGN_OR_RETURN(
        *authority.mutable_officers(),
        MakeKeySet(root_ / name / "officers", name, "officer", kOfficers, kOfficersNeeded));
    authority.set_guard_threshold(kOfficers);
    COMITY_ASSIGN_OR_RETURN(*authority.mutable_root(),
                            MakeKeySet(root_ / name / "root", name, "root", 1, 1));
    COMITY_ASSIGN_OR_RETURN(
        const v1::PublicKey log,
        MakeKey(DaemonDir(ParticipantOf(name)) / "keys" / absl::StrCat(name, "-log.key"),
                absl::StrCat(name, "/log")));
    authority.set_log_key_ed25519(log.ed25519());
    return absl::OkStatus();
  }

  absl::Status MakeRoster() {
    const int64_t now = std::chrono::duration_cast<std::chrono::microseconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count();
    v1::Roster roster;
    roster.set_schema_level(1);
    roster.set_federation(plan_.federation);
    roster.set_version(1);
    roster.set_valid_from(now);
    roster.set_valid_to(now + kRosterValidMicros);
    COMITY_ASSIGN_OR_RETURN(*roster.mutable_root(), MakeKeySet(root_ / "root", plan_.federation,
                                                               "root", kRootKeys, kRootNeeded));
    for (const v1::LabDaemon& daemon : lab_.daemons()) {
      COMITY_RETURN_IF_ERROR(AddParticipant(daemon, roster));
    }
    for (const std::string& authority : plan_.authorities) {
      COMITY_RETURN_IF_ERROR(AddAuthority(authority, roster));
    }
    for (const v1::Arrangement& one : plan_.arrangements) *roster.add_arrangements() = one;
    v1::Policy& policy = *roster.mutable_policy();
    policy.set_quorum(static_cast<uint32_t>(lab_.daemons_size() / 2 + 1));
    policy.set_late_after_s(60 * 60);
    policy.set_stale_after_s(24 * 60 * 60);
    policy.set_expire_after_s(7 * 24 * 60 * 60);
    policy.set_rule_set(1);

    v1::Envelope envelope;
    envelope.set_payload_type(kRosterType);
    envelope.set_payload(roster.SerializeAsString());
    for (int i = 1; i <= kRootNeeded; ++i) {
      COMITY_ASSIGN_OR_RETURN(
          const NamedKey key,
          ReadKeyFile((root_ / "root" / absl::StrCat("root-", i, ".key")).string()));
      COMITY_RETURN_IF_ERROR(AddSignature(&envelope, key.name, key.key));
    }
    const std::string bytes = SerializeEnvelope(envelope);
    const Digest digest = Sha256(envelope.payload());
    // What is written is what daemons will accept.
    COMITY_RETURN_IF_ERROR(Roster::Load(bytes, digest).status());
    roster_digest_ = ToHex(digest);
    return WriteFile((root_ / "roster.envelope").string(), bytes, 0644);
  }

  absl::Status WriteTls(const fs::path& stem, const std::string& participant,
                        const std::string& uri) {
    std::string address;
    for (const v1::LabDaemon& daemon : lab_.daemons()) {
      if (daemon.participant() == participant) address = daemon.address();
    }
    COMITY_ASSIGN_OR_RETURN(const Certified issued,
                            cas_.at(participant).Issue(uri, HostOf(address), kCertificateDays));
    COMITY_RETURN_IF_ERROR(WriteFile(stem.string() + ".pem", issued.certificate_pem, 0644));
    return WriteFile(stem.string() + ".key", issued.key_pem, 0600);
  }

  static std::string NodeName(const std::string& participant) { return participant + "-1"; }

  std::string Uri(const std::string& participant, v1::Role role, const std::string& name) const {
    return SpiffeId{participant, plan_.federation, role, name}.ToString();
  }

  absl::Status WriteDaemon(const v1::LabDaemon& daemon) {
    const std::string& code = daemon.participant();
    const fs::path directory = DaemonDir(code);
    COMITY_RETURN_IF_ERROR(
        WriteTls(directory / "tls" / "node", code, Uri(code, v1::ROLE_PEER, NodeName(code))));
    COMITY_RETURN_IF_ERROR(WriteFile((directory / "tls" / "ca.pem").string(),
                                     cas_.at(code).pem().certificate_pem, 0644));
    COMITY_RETURN_IF_ERROR(
        WriteFile((directory / "tls" / "ca.key").string(), cas_.at(code).pem().key_pem, 0600));
    std::string yaml =
        absl::StrCat("participant: ", code, "\nnode: ", NodeName(code),
                     "\ndata_dir: data\nlisten: ", daemon.address(),
                     "\nroster:\n  file: ../../roster.envelope\n  digest: ", roster_digest_,
                     "\ntls:\n  certificate: tls/node.pem\n  key: tls/node.key\nheld_key: "
                     "keys/held.key\nstatement_key: keys/statement.key\nlog_keys:\n");
    for (const std::string& authority : daemon.authorities()) {
      absl::StrAppend(&yaml, "  - authority: ", authority, "\n    file: keys/", authority,
                      "-log.key\n");
    }
    if (const auto peers = plan_.peers.find(code); peers != plan_.peers.end()) {
      absl::StrAppend(&yaml, "peers:\n");
      for (const std::string& peer : peers->second) absl::StrAppend(&yaml, "  - ", peer, "\n");
    }
    // On one machine nothing is far away: shorter pauses than the defaults.
    absl::StrAppend(&yaml, "sync:\n  anti_entropy_s: 10\n  quarantine_s: 2\n");
    return WriteFile((directory / "comityd.yaml").string(), yaml, 0644);
  }

  absl::Status WriteContexts(const std::string& authority) {
    const std::string participant = ParticipantOf(authority);
    const fs::path directory = root_ / authority;
    std::string address;
    for (const v1::LabDaemon& daemon : lab_.daemons()) {
      if (daemon.participant() == participant) address = daemon.address();
    }
    for (const v1::Role role :
         {v1::ROLE_PUBLISHER, v1::ROLE_SCREENER, v1::ROLE_OPERATOR, v1::ROLE_ADMIN}) {
      const std::string name = RoleName(role);
      COMITY_RETURN_IF_ERROR(
          WriteTls(directory / "tls" / name, participant, Uri(participant, role, authority)));
      std::string yaml = absl::StrCat(
          "address: ", address, "\nparticipant: ", participant, "\nfederation: ", plan_.federation,
          "\ntls:\n  certificate: tls/", name, ".pem\n  key: tls/", name,
          ".key\nca_bundle: ../daemons/", participant,
          "/tls/ca.pem\nroster:\n  file: ../roster.envelope\n  digest: ", roster_digest_, "\n");
      if (role == v1::ROLE_PUBLISHER) {
        absl::StrAppend(&yaml, "authority: ", authority, "\nofficer_keys:\n");
        for (int i = 1; i <= kOfficers; ++i) {
          absl::StrAppend(&yaml, "  - officers/officer-", i, ".key\n");
        }
      }
      COMITY_RETURN_IF_ERROR(WriteFile((directory / (name + ".yaml")).string(), yaml, 0644));
    }
    return absl::OkStatus();
  }

  const FederationPlan& plan_;
  const fs::path root_;
  v1::LabStatus lab_;
  std::map<std::string, CertificateAuthority> cas_;
  std::string roster_digest_;
};

}  // namespace

absl::StatusOr<v1::LabStatus> WriteFederation(const FederationPlan& plan) {
  return Maker(plan).Make();
}

std::string DaemonConfigPath(const std::string& directory, const std::string& participant) {
  return (fs::path(directory) / "daemons" / participant / "comityd.yaml").string();
}

std::string DaemonLogPath(const std::string& directory, const std::string& participant) {
  return (fs::path(directory) / "daemons" / participant / "log").string();
}

std::string ContextPath(const std::string& directory, const std::string& authority,
                        const std::string& role) {
  return (fs::path(directory) / authority / (role + ".yaml")).string();
}

absl::StatusOr<v1::LabStatus> ReadLab(const std::string& directory) {
  const std::string path = (fs::path(directory) / "lab.json").string();
  const auto bytes = ReadFileBytes(path, kMaxYamlBytes);
  if (!bytes.ok()) {
    return absl::NotFoundError(absl::StrCat(directory, " holds no lab: `comity lab up --dir ",
                                            directory, " --authority us-bis` makes one"));
  }
  v1::LabStatus lab;
  if (!google::protobuf::util::JsonStringToMessage(*bytes, &lab).ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is damaged"));
  }
  return lab;
}

absl::Status WriteLab(const std::string& directory, const v1::LabStatus& lab) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  google::protobuf::util::MessageToJsonString(lab, &json, options);
  const fs::path path = fs::path(directory) / "lab.json";
  const std::string temporary = path.string() + ".tmp" + std::to_string(getpid());
  COMITY_RETURN_IF_ERROR(WriteFile(temporary, json, 0644));
  std::error_code error;
  fs::rename(temporary, path, error);
  if (error) return absl::UnavailableError(absl::StrCat(path.string(), ": ", error.message()));
  return absl::OkStatus();
}

}  // namespace comity
