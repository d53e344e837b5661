// What a verification of a whole store found: shown alike whether a daemon or this program did it.
#ifndef COMITY_CLIENT_CLI_VERIFY_REPORT_H_
#define COMITY_CLIENT_CLI_VERIFY_REPORT_H_

#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "client/cli/app.h"
#include "comity/v1/report.pb.h"
#include "storage/rocks/maintenance.h"

namespace comity::cli {

struct VerifyArguments {
  std::string list;
  std::string known_at;
  // Of a daemon that stands still, or a copy; empty: the daemon itself verifies.
  std::string directory;
  // In hex; empty: the context's.
  std::string roster_digest;
};

// One line of progress, drawn ten times a second at most.
class VerifyProgress {
 public:
  void Say(const std::string& text) { progress_.Set(text); }
  void Draw(const v1::VerifiedList& list);
  void DrawFiles(size_t done, size_t of);
  void Clear() { progress_.Clear(); }

 private:
  bool Due();

  Progress progress_;
  std::chrono::steady_clock::time_point drawn_;
};

// The roster that a context pins.
absl::StatusOr<RosterTrust> TrustOf(const Context& context);

// VerifyDataDirectory with progress.
absl::StatusOr<DataDirectoryCheck> CheckDirectory(const std::string& directory,
                                                  const RosterTrust& trust,
                                                  const VerifyOptions& options);
void AddCheck(const DataDirectoryCheck& check, v1::StoreReport* report);

// Verifies `arguments.directory` and shows it. DATA_LOSS if a fault was found, UNKNOWN if leaves
// are not held, FAILED_PRECONDITION if a daemon runs on it.
absl::Status VerifyDirectory(Globals& globals, const VerifyArguments& arguments);

// The lists, then each fault, what is worth knowing and the view.
void ShowReport(const Output& output, const v1::StoreReport& report);

// UNKNOWN that names them if leaves of any list are not held.
absl::Status UnlessAllHeld(const v1::StoreReport& report);

// A daemon in the way is a conflict, not a connection that failed.
absl::Status InUseIsConflict(const absl::Status& status, const std::string& directory);

}  // namespace comity::cli

#endif  // COMITY_CLIENT_CLI_VERIFY_REPORT_H_
