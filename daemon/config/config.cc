#include "daemon/config/config.h"

#include <sys/stat.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/identity/spiffe.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

constexpr uint32_t kDefaultAntiEntropyS = 30;
constexpr uint32_t kDefaultBackoffMaxS = 2;
constexpr uint32_t kDefaultQuarantineS = 60;
constexpr uint32_t kDefaultSnapshotFrom = 1'024;
constexpr size_t kMaxPemBytes = 1 << 20;

class Loader {
 public:
  explicit Loader(const std::string& path) : path_(path) {}

  absl::StatusOr<Config> Load() {
    COMITY_RETURN_IF_ERROR(ReadYamlFile(path_, &config_.message));
    COMITY_RETURN_IF_ERROR(CheckRequired());
    ResolvePaths();
    COMITY_RETURN_IF_ERROR(LoadRoster());
    COMITY_RETURN_IF_ERROR(LoadTls());
    COMITY_RETURN_IF_ERROR(LoadLogKeys());
    COMITY_RETURN_IF_ERROR(LoadHeldKey());
    COMITY_RETURN_IF_ERROR(ListPeers());
    return std::move(config_);
  }

 private:
  absl::Status Bad(std::string_view field, std::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(path_, ": ", Absl(field), ": ", Absl(what)));
  }

  absl::Status CheckRequired() const {
    const v1::DaemonConfig& m = config_.message;
    if (m.participant().empty())
      return Bad("participant", "is missing: the participant served, such as us");
    if (m.node().empty()) return Bad("node", "is missing: this daemon's name in the roster");
    if (m.data_dir().empty()) return Bad("data_dir", "is missing: where to keep everything");
    if (m.listen().rfind(':') == std::string::npos) {
      return Bad("listen", "is missing or not ADDRESS:PORT");
    }
    if (m.roster().file().empty()) return Bad("roster.file", "is missing");
    if (m.roster().digest().empty())
      return Bad("roster.digest", "is missing: the pin is what makes the roster trusted");
    if (m.tls().certificate().empty()) return Bad("tls.certificate", "is missing");
    if (m.tls().key().empty()) return Bad("tls.key", "is missing");
    return absl::OkStatus();
  }

  void ResolvePaths() {
    v1::DaemonConfig& m = config_.message;
    m.set_data_dir(ResolvePath(path_, m.data_dir()));
    m.mutable_roster()->set_file(ResolvePath(path_, m.roster().file()));
    m.mutable_tls()->set_certificate(ResolvePath(path_, m.tls().certificate()));
    m.mutable_tls()->set_key(ResolvePath(path_, m.tls().key()));
    for (v1::LogKeyFile& key : *m.mutable_log_keys()) key.set_file(ResolvePath(path_, key.file()));
    if (!m.held_key().empty()) m.set_held_key(ResolvePath(path_, m.held_key()));
    v1::SyncConfig& sync = *m.mutable_sync();
    if (sync.anti_entropy_s() == 0) sync.set_anti_entropy_s(kDefaultAntiEntropyS);
    if (sync.backoff_max_s() == 0) sync.set_backoff_max_s(kDefaultBackoffMaxS);
    if (sync.quarantine_s() == 0) sync.set_quarantine_s(kDefaultQuarantineS);
    if (sync.snapshot_from_leaves() == 0) sync.set_snapshot_from_leaves(kDefaultSnapshotFrom);
  }

  absl::Status LoadRoster() {
    const v1::RosterPin& pin = config_.message.roster();
    const auto digest_bytes = FromHex(pin.digest());
    if (!digest_bytes.ok()) return Bad("roster.digest", Std(digest_bytes.status().message()));
    const auto digest = DigestFromBytes(*digest_bytes);
    if (!digest.ok()) return Bad("roster.digest", "must be 64 hex digits");
    COMITY_ASSIGN_OR_RETURN(const std::string bytes, ReadFileBytes(pin.file(), kMaxEnvelopeBytes));
    auto roster = Roster::Load(bytes, *digest);
    if (!roster.ok())
      return Annotate(roster.status(), absl::StrCat(path_, ": roster.file ", pin.file()));
    config_.roster = *std::move(roster);
    const v1::Participant* self = config_.roster->FindParticipant(config_.message.participant());
    if (self == nullptr) {
      return Bad("participant", absl::StrCat("the roster has no participant \"",
                                             config_.message.participant(), "\""));
    }
    for (const v1::Node& node : self->nodes()) {
      if (node.name() == config_.message.node()) return absl::OkStatus();
    }
    return Bad("node", absl::StrCat("the roster gives \"", self->code(), "\" no node \"",
                                    config_.message.node(), "\""));
  }

  absl::Status LoadTls() {
    const v1::TlsFiles& tls = config_.message.tls();
    COMITY_RETURN_IF_ERROR(CheckPrivate(tls.key()));
    COMITY_ASSIGN_OR_RETURN(config_.certificate_pem,
                            ReadFileBytes(tls.certificate(), kMaxPemBytes));
    COMITY_ASSIGN_OR_RETURN(config_.key_pem, ReadFileBytes(tls.key(), kMaxPemBytes));
    const auto id = IdOfCertificate(config_.certificate_pem);
    if (!id.ok()) return Bad("tls.certificate", Std(id.status().message()));
    const SpiffeId expected{config_.message.participant(), config_.roster->federation(),
                            v1::ROLE_PEER, config_.message.node()};
    if (*id != expected) {
      return Bad("tls.certificate",
                 absl::StrCat("names ", id->ToString(), ", this daemon is ", expected.ToString()));
    }
    const absl::Status chain = VerifyChain(
        config_.certificate_pem, config_.roster->FindParticipant(id->participant)->ca_bundle_pem());
    if (!chain.ok()) return Bad("tls.certificate", Std(chain.message()));
    return absl::OkStatus();
  }

  absl::Status CheckPrivate(const std::string& file) const {
    struct stat info {};
    if (stat(file.c_str(), &info) != 0)
      return absl::NotFoundError(absl::StrCat(path_, ": ", file, " cannot be read"));
    if ((info.st_mode & 077) != 0) {
      return absl::FailedPreconditionError(
          absl::StrCat(path_, ": ", file, " is a private key that others may read: chmod 600 it"));
    }
    return absl::OkStatus();
  }

  absl::Status LoadLogKeys() {
    for (const v1::LogKeyFile& entry : config_.message.log_keys()) {
      const v1::Authority* authority = config_.roster->FindAuthority(entry.authority());
      if (authority == nullptr) {
        return Bad("log_keys",
                   absl::StrCat("the roster has no authority \"", entry.authority(), "\""));
      }
      if (ParticipantOf(entry.authority()) != config_.message.participant()) {
        return Bad("log_keys", absl::StrCat("\"", entry.authority(), "\" is not an authority of \"",
                                            config_.message.participant(), "\""));
      }
      absl::StatusOr<NamedKey> key = ReadKeyFile(entry.file());
      if (!key.ok()) return Annotate(key.status(), absl::StrCat(path_, ": log_keys"));
      if (key->key.public_key() != authority->log_key_ed25519()) {
        return Bad("log_keys",
                   absl::StrCat(entry.file(), " is not the log key that the roster names for ",
                                entry.authority()));
      }
      if (!config_.log_keys.emplace(entry.authority(), std::move(key->key)).second) {
        return Bad("log_keys", absl::StrCat("\"", entry.authority(), "\" is given twice"));
      }
    }
    return absl::OkStatus();
  }

  absl::Status LoadHeldKey() {
    if (config_.message.held_key().empty()) return absl::OkStatus();
    absl::StatusOr<NamedKey> key = ReadKeyFile(config_.message.held_key());
    if (!key.ok()) return Annotate(key.status(), absl::StrCat(path_, ": held_key"));
    const std::string& participant = config_.message.participant();
    if (key->key.public_key() !=
        config_.roster->FindParticipant(participant)->held_key().ed25519()) {
      return Bad("held_key",
                 absl::StrCat(config_.message.held_key(),
                              " is not the HELD key that the roster names for ", participant));
    }
    config_.held_key = std::move(key->key);
    return absl::OkStatus();
  }

  absl::Status ListPeers() {
    const std::string& self = config_.message.participant();
    if (config_.message.peers().empty()) {
      for (const v1::Participant& other : config_.roster->message().participants()) {
        if (other.code() != self && other.nodes_size() > 0) config_.peers.push_back(other.code());
      }
      return absl::OkStatus();
    }
    for (const std::string& peer : config_.message.peers()) {
      const v1::Participant* participant = config_.roster->FindParticipant(peer);
      if (participant == nullptr || peer == self || participant->nodes().empty()) {
        return Bad(
            "peers",
            absl::StrCat("\"", peer, "\" is not another participant with a daemon in the roster"));
      }
      config_.peers.push_back(peer);
    }
    std::sort(config_.peers.begin(), config_.peers.end());
    config_.peers.erase(std::unique(config_.peers.begin(), config_.peers.end()),
                        config_.peers.end());
    return absl::OkStatus();
  }

  const std::string& path_;
  Config config_;
};

}  // namespace

absl::StatusOr<Config> LoadConfig(const std::string& path) { return Loader(path).Load(); }

}  // namespace comity
