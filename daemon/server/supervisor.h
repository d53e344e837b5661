// comityd --supervise: a parent that starts the daemon again when it crashed.
#ifndef COMITY_DAEMON_SERVER_SUPERVISOR_H_
#define COMITY_DAEMON_SERVER_SUPERVISOR_H_

#include <string>
#include <vector>

namespace comity {

// Runs `command` as a child until it ends in peace or with an error that a restart does
// not mend; starts it again, with growing pauses, after a signal or kStorageFailure.
// SIGTERM, SIGINT and SIGHUP are passed on. Gives the exit code. Call with one thread only.
int Supervise(const std::vector<std::string>& command);

}  // namespace comity

#endif  // COMITY_DAEMON_SERVER_SUPERVISOR_H_
