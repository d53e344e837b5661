// A daemon's configuration, read and checked before anything is opened.
#ifndef COMITY_DAEMON_CONFIG_CONFIG_H_
#define COMITY_DAEMON_CONFIG_CONFIG_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/config.pb.h"
#include "storage/identity/revocation.h"
#include "storage/log/roster.h"
#include "storage/signing/ed25519.h"
#include "storage/yaml/secret_file.h"

namespace comity {

// What the files named in the configuration hold. Move-only; keys are overwritten when it
// goes.
struct Config {
  Config() = default;
  Config(Config&&) = default;
  Config& operator=(Config&&) = default;
  ~Config() { Cleanse(&key_pem); }

  // As written, with defaults filled in and paths resolved.
  v1::DaemonConfig message;
  // The file that it was read from.
  std::string path;
  // The newest in roster.file, of which one version has the pinned digest; or the newer one
  // that LoadConfig was given.
  std::shared_ptr<const Roster> roster;
  // Keys, certificate or peers that are not those of a newer roster: this daemon does without
  // them, and says so.
  std::vector<std::string> alarms;
  std::string certificate_pem;
  std::string key_pem;
  // By authority.
  std::map<std::string, PrivateKey> log_keys;
  // This participant's HELD key, if this daemon has it.
  std::optional<PrivateKey> held_key;
  // What the revocation lists take back.
  RevokedCertificates revoked;
  // Its statement key, likewise.
  std::optional<PrivateKey> statement_key;
  // Participants to exchange with, sorted.
  std::vector<std::string> peers;
};

// Reads and cross-checks everything: the YAML strictly, the roster against its pin,
// this daemon's certificate against the roster, each log key against its authority.
// Errors name the file and the field; nothing secret is in them.
//
// `newest` is a version after those in roster.file, verified and kept by this daemon; null
// where that is not known. By a newer one, or where there is a database that may hold one,
// what does not fit is an alarm and left out, not an error: a federation that moved on does not
// stop a daemon from serving.
absl::StatusOr<Config> LoadConfig(const std::string& path,
                                  std::shared_ptr<const Roster> newest = nullptr);

// Whether a daemon on `now` can take `next` up as it runs: nothing differs but its own
// certificate and what is revoked.
bool DiffersInCertificatesOnly(const Config& now, const Config& next);

}  // namespace comity

#endif  // COMITY_DAEMON_CONFIG_CONFIG_H_
