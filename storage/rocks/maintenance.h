// What an operator does to a data directory while its daemon stands still. The only door
// to the database for programs other than the daemon.
#ifndef COMITY_STORAGE_ROCKS_MAINTENANCE_H_
#define COMITY_STORAGE_ROCKS_MAINTENANCE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/lists/audit_log.h"
#include "storage/lists/verify.h"
#include "storage/log/roster.h"

namespace comity {

// Whom the reader of a data directory trusts.
struct RosterTrust {
  // The digest of one version of the roster; the others are those of the chain that it stands in.
  Digest digest{};
  // It, or a later one, if it is at hand; null: what the database holds of the chain must do.
  std::shared_ptr<const Roster> pinned;
};

// What VerifyDataDirectory found.
struct DataDirectoryCheck {
  // Each list with its last state.
  std::vector<ListVerification> lists;
  // What was found beside them.
  StoreVerification store;
  // The newest of the chain; null if the database could not be opened.
  std::shared_ptr<const Roster> roster;
  // There is a head anchor beside the database: `missing` was judged by it. Without one nobody can
  // tell from the data alone that the ends of its logs were cut off.
  bool anchored = false;
  // Files whose checksums were verified, of how many.
  size_t files = 0;
  size_t of_files = 0;
  // DATA_LOSS if the database cannot be opened, or holds what the signed bytes do not
  // make: quarantine it.
  absl::Status damage;
  // DATA_LOSS if leaves were acknowledged that are not held: the daemon fetches them.
  absl::Status missing;
};

// True if the error says that a daemon runs on the directory.
bool IsInUse(const absl::Status& status);

// Checks the whole database in `directory` against the signed bytes, and writes nothing: a
// daemon's data_dir, which holds `db` and the head anchor, a copy of it, or a copy of the database
// alone. No daemon may run on it, or start meanwhile. An error, not a finding: NOT_FOUND (no
// database there), UNAVAILABLE with IsInUse, PERMISSION_DENIED, FAILED_PRECONDITION (another
// format, another roster's chain), DATA_LOSS (the head anchor is damaged, which quarantining the
// database does not mend), those of VerifyStore that are no findings.
absl::StatusOr<DataDirectoryCheck> VerifyDataDirectory(const std::string& directory,
                                                       const RosterTrust& trust,
                                                       const VerifyOptions& options,
                                                       const VerifyStep& step,
                                                       const FileStep& file_step);

// Verifies the audit log of a daemon that stands still, without writing: against the head
// anchor, and against `noted`, a head from elsewhere, if any. `visit` gets each record. Errors
// as VerifyDataDirectory's, and DATA_LOSS if the database cannot be read.
absl::StatusOr<v1::AuditReport> VerifyAuditLog(
    const std::string& data_dir, uint64_t from, const std::optional<AuditHead>& noted,
    const std::function<bool(const v1::AuditRecord&, std::string_view bytes)>& visit);

// Puts the database aside under a name with the time in it, and gives that name. The head
// anchor stays, so that the daemon, started again, fetches everything from its peers and
// signs nothing until it holds what it had acknowledged. UNAVAILABLE with IsInUse if a
// daemon runs on it, NOT_FOUND if there is no database.
absl::StatusOr<std::string> QuarantineDataDirectory(const std::string& data_dir);

}  // namespace comity

#endif  // COMITY_STORAGE_ROCKS_MAINTENANCE_H_
