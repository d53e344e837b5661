// One daemon: builds and joins everything.
#ifndef COMITY_DAEMON_SERVER_SERVER_H_
#define COMITY_DAEMON_SERVER_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "daemon/config/config.h"

namespace comity {

// Serves from Start until it is destroyed. Not thread-safe.
class Server {
 public:
  // Opens the data directory, verifies what it holds, listens. UNAVAILABLE if the
  // directory or the port is in use. On a full disk it opens for reading only, and sends
  // the process a SIGHUP once there is space: the caller then starts it anew.
  static absl::StatusOr<std::unique_ptr<Server>> Start(Config config);
  // Stops taking calls, lets those under way end for a moment, closes everything.
  virtual ~Server() = default;

  // Takes up what can be taken up while it runs: this daemon's certificate, seen by those
  // who connect from a second later on, and what is revoked, which ends the open calls of
  // those whose certificates it takes back. False, with nothing done, if `next` needs the
  // daemon to be opened anew.
  virtual absl::StatusOr<bool> Reload(const Config& next) = 0;

  // "ADDRESS:PORT" as bound.
  virtual std::string address() const = 0;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVER_SERVER_H_
