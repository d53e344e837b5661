#include "daemon/config/config.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/identity/certificate.h"
#include "storage/identity/spiffe.h"
#include "storage/log/roster_chain.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

constexpr uint32_t kDefaultAntiEntropyS = 30;
constexpr uint32_t kDefaultBackoffMaxS = 2;
constexpr uint32_t kDefaultQuarantineS = 60;
constexpr uint32_t kDefaultSnapshotFrom = 1'024;
constexpr uint32_t kDefaultConnections = 1'024;
constexpr uint32_t kDefaultPerAddress = 256;
constexpr uint32_t kDefaultYoungPerAddress = 64;
constexpr size_t kMaxPemBytes = 1 << 20;
constexpr size_t kMaxCrlBytes = 16 << 20;

class Loader {
 public:
  Loader(const std::string& path, std::shared_ptr<const Roster> newest)
      : path_(path), newest_(std::move(newest)) {
    config_.path = path;
  }

  absl::StatusOr<Config> Load() {
    COMITY_RETURN_IF_ERROR(ReadYamlFile(path_, &config_.message));
    COMITY_RETURN_IF_ERROR(CheckRequired());
    ResolvePaths();
    COMITY_RETURN_IF_ERROR(LoadRoster());
    COMITY_RETURN_IF_ERROR(LoadTls());
    COMITY_RETURN_IF_ERROR(LoadRevocations());
    COMITY_RETURN_IF_ERROR(LoadLogKeys());
    COMITY_RETURN_IF_ERROR(LoadHeldKey());
    COMITY_RETURN_IF_ERROR(LoadStatementKey());
    COMITY_RETURN_IF_ERROR(ListPeers());
    return std::move(config_);
  }

 private:
  absl::Status Bad(std::string_view field, std::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(path_, ": ", Absl(field), ": ", Absl(what)));
  }

  // What a newer roster may have changed.
  absl::Status Unfit(std::string_view field, std::string_view what) {
    const absl::Status status = Bad(field, what);
    if (!lenient_) return status;
    config_.alarms.emplace_back(status.message());
    return absl::OkStatus();
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
    for (v1::RevocationFile& list : *m.mutable_revocations()) {
      list.set_file(ResolvePath(path_, list.file()));
    }
    v1::LimitsConfig& limits = *m.mutable_limits();
    if (limits.connections() == 0) limits.set_connections(kDefaultConnections);
    if (limits.connections_per_address() == 0) {
      limits.set_connections_per_address(kDefaultPerAddress);
    }
    if (limits.young_connections_per_address() == 0) {
      limits.set_young_connections_per_address(kDefaultYoungPerAddress);
    }
    if (!m.statement_key().empty()) m.set_statement_key(ResolvePath(path_, m.statement_key()));
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
    COMITY_ASSIGN_OR_RETURN(const std::string bytes,
                            ReadFileBytes(pin.file(), kMaxRosterChainBytes));
    auto roster = LoadRosterChain(bytes, *digest);
    if (!roster.ok())
      return Annotate(roster.status(), absl::StrCat(path_, ": roster.file ", pin.file()));
    config_.roster = *std::move(roster);
    if (newest_ == nullptr) {
      std::error_code error;
      lenient_ =
          std::filesystem::exists(std::filesystem::path(config_.message.data_dir()) / "db", error);
    } else if (newest_->version() > config_.roster->version()) {
      lenient_ = true;
      config_.roster = newest_;
    }
    const v1::Participant* self = config_.roster->FindParticipant(config_.message.participant());
    if (self == nullptr) {
      return Bad("participant", absl::StrCat("the roster has no participant \"",
                                             config_.message.participant(), "\""));
    }
    for (const v1::Node& node : self->nodes()) {
      if (node.name() == config_.message.node()) return absl::OkStatus();
    }
    return Unfit("node", absl::StrCat("the roster gives \"", self->code(), "\" no node \"",
                                      config_.message.node(), "\""));
  }

  absl::Status LoadTls() {
    const v1::TlsFiles& tls = config_.message.tls();
    COMITY_ASSIGN_OR_RETURN(config_.certificate_pem,
                            ReadFileBytes(tls.certificate(), kMaxPemBytes));
    absl::StatusOr<std::string> key = ReadSecretFile(tls.key(), kMaxPemBytes);
    if (!key.ok()) return Annotate(key.status(), absl::StrCat(path_, ": tls.key"));
    config_.key_pem = *std::move(key);
    const auto id = IdOfCertificate(config_.certificate_pem);
    if (!id.ok()) return Bad("tls.certificate", Std(id.status().message()));
    const SpiffeId expected{config_.message.participant(), config_.roster->federation(),
                            v1::ROLE_PEER, config_.message.node()};
    if (*id != expected) {
      return Bad("tls.certificate",
                 absl::StrCat("names ", id->ToString(), ", this daemon is ", expected.ToString()));
    }
    const absl::Status chain = VerifyChain(
        config_.certificate_pem, config_.roster->FindParticipant(id->participant)->ca_bundle_pem(),
        CertificateUse::kBoth);
    if (!chain.ok()) return Unfit("tls.certificate", Std(chain.message()));
    if (!CheckKeyBelongs(config_.key_pem, config_.certificate_pem).ok()) {
      return Bad("tls.key", absl::StrCat(tls.key(), " is not the key of ", tls.certificate()));
    }
    return absl::OkStatus();
  }

  absl::Status LoadRevocations() {
    using WhenUnsigned = RevokedCertificates::WhenUnsigned;
    for (const v1::RevocationFile& list : config_.message.revocations()) {
      const v1::Participant* participant = config_.roster->FindParticipant(list.participant());
      if (participant == nullptr) {
        COMITY_RETURN_IF_ERROR(Unfit("revocations", absl::StrCat("the roster has no participant \"",
                                                                 list.participant(), "\"")));
        continue;  // none of its certificates is believed
      }
      COMITY_ASSIGN_OR_RETURN(const std::string crl, ReadFileBytes(list.file(), kMaxCrlBytes));
      // A newer roster may have replaced the CA that signed it.
      const auto added =
          config_.revoked.Add(crl, participant->ca_bundle_pem(),
                              lenient_ ? WhenUnsigned::kTakeIn : WhenUnsigned::kRefuse);
      if (!added.ok()) {
        return Bad("revocations", absl::StrCat(list.file(), " ", added.status().message()));
      }
      if (!added->is_signed) {
        COMITY_RETURN_IF_ERROR(
            Unfit("revocations",
                  absl::StrCat(list.file(), " (of ", added->issuer,
                               ") counts, though no CA that the roster names for \"",
                               list.participant(), "\" signed it; put the new CA's in its place")));
      }
    }
    return absl::OkStatus();
  }

  // Of several keys of one authority the one that the roster names is taken, so that the next
  // one can lie ready.
  absl::Status LoadLogKeys() {
    std::map<std::string, absl::Status> unfit;
    for (const v1::LogKeyFile& entry : config_.message.log_keys()) {
      if (ParticipantOf(entry.authority()) != config_.message.participant()) {
        return Bad("log_keys", absl::StrCat("\"", entry.authority(), "\" is not an authority of \"",
                                            config_.message.participant(), "\""));
      }
      absl::StatusOr<NamedKey> key = ReadKeyFile(entry.file());
      if (!key.ok()) return Annotate(key.status(), absl::StrCat(path_, ": log_keys"));
      const v1::Authority* authority = config_.roster->FindAuthority(entry.authority());
      if (authority == nullptr) {
        COMITY_RETURN_IF_ERROR(Unfit(
            "log_keys", absl::StrCat("the roster has no authority \"", entry.authority(), "\"")));
        continue;
      }
      if (key->key.public_key() != authority->log_key_ed25519()) {
        unfit[entry.authority()].Update(
            absl::UnknownError(absl::StrCat(entry.file(),
                                            " is not the log key that the roster "
                                            "names for ",
                                            entry.authority())));
        continue;
      }
      if (!config_.log_keys.emplace(entry.authority(), std::move(key->key)).second) {
        return Bad("log_keys", absl::StrCat("\"", entry.authority(), "\" is given twice"));
      }
    }
    for (const auto& [authority, why] : unfit) {
      if (config_.log_keys.contains(authority)) continue;
      COMITY_RETURN_IF_ERROR(Unfit("log_keys", Std(why.message())));
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
      return Unfit("held_key",
                   absl::StrCat(config_.message.held_key(),
                                " is not the HELD key that the roster names for ", participant));
    }
    config_.held_key = std::move(key->key);
    return absl::OkStatus();
  }

  absl::Status LoadStatementKey() {
    const std::string& file = config_.message.statement_key();
    if (file.empty()) return absl::OkStatus();
    absl::StatusOr<NamedKey> key = ReadKeyFile(file);
    if (!key.ok()) return Annotate(key.status(), absl::StrCat(path_, ": statement_key"));
    const std::string& participant = config_.message.participant();
    if (key->key.public_key() !=
        config_.roster->FindParticipant(participant)->statement_key().ed25519()) {
      return Unfit(
          "statement_key",
          absl::StrCat(file, " is not the statement key that the roster names for ", participant));
    }
    config_.statement_key = std::move(key->key);
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
        COMITY_RETURN_IF_ERROR(Unfit(
            "peers",
            absl::StrCat("\"", peer, "\" is not another participant with a daemon in the roster")));
        continue;
      }
      config_.peers.push_back(peer);
    }
    std::sort(config_.peers.begin(), config_.peers.end());
    config_.peers.erase(std::unique(config_.peers.begin(), config_.peers.end()),
                        config_.peers.end());
    return absl::OkStatus();
  }

  const std::string& path_;
  const std::shared_ptr<const Roster> newest_;
  bool lenient_ = false;
  Config config_;
};

}  // namespace

absl::StatusOr<Config> LoadConfig(const std::string& path, std::shared_ptr<const Roster> newest) {
  return Loader(path, std::move(newest)).Load();
}

bool DiffersInCertificatesOnly(const Config& now, const Config& next) {
  v1::DaemonConfig before = now.message, after = next.message;
  for (v1::DaemonConfig* message : {&before, &after}) {
    message->clear_tls();
    message->clear_revocations();
  }
  // Keys are those that the roster names, so an equal roster has equal ones, but for those that
  // an alarm said were not in their place.
  return google::protobuf::util::MessageDifferencer::Equals(before, after) &&
         now.roster->digest() == next.roster->digest() && now.alarms == next.alarms;
}

}  // namespace comity
