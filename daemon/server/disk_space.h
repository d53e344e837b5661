// How full the disk is.
#ifndef COMITY_DAEMON_SERVER_DISK_SPACE_H_
#define COMITY_DAEMON_SERVER_DISK_SPACE_H_

#include <cstdint>
#include <string>

namespace comity {

// Bytes that this process may still write where `directory` is; the greatest number if
// the disk does not say.
uint64_t FreeBytes(const std::string& directory);

}  // namespace comity

#endif  // COMITY_DAEMON_SERVER_DISK_SPACE_H_
