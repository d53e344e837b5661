#include "storage/rocks/maintenance.h"

#include <rocksdb/env.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/lists/roster_store.h"
#include "storage/rocks/head_anchor.h"
#include "storage/rocks/rocks_store.h"

namespace comity {
namespace {

// The database, which must be there: RocksStore::Open would make an empty one.
absl::StatusOr<std::filesystem::path> FindDatabase(const std::string& data_dir, int access_mode) {
  const std::filesystem::path database = std::filesystem::path(data_dir) / "db";
  std::error_code error;
  if (!std::filesystem::is_directory(database, error)) {
    return absl::NotFoundError(absl::StrCat(
        database.string(), " is not there: give the data_dir of the daemon's configuration"));
  }
  if (access(database.c_str(), access_mode) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        database.string(), " may not be ", (access_mode & W_OK) != 0 ? "written to" : "read",
        ": run this as the daemon's user"));
  }
  return database;
}

constexpr int kReadOnly = R_OK | X_OK;
constexpr int kReadWrite = R_OK | W_OK | X_OK;

// Where a database is, and where its anchor would be.
struct Found {
  std::filesystem::path database;
  std::string anchors;
};

// `directory` is a data_dir or the database itself.
absl::StatusOr<Found> FindToRead(const std::string& directory) {
  const std::filesystem::path path(directory);
  std::error_code error;
  if (std::filesystem::is_regular_file(path / "CURRENT", error)) {
    return Found{path, std::filesystem::weakly_canonical(path, error).parent_path().string()};
  }
  COMITY_ASSIGN_OR_RETURN(const std::filesystem::path database, FindDatabase(directory, kReadOnly));
  return Found{database, directory};
}

}  // namespace

bool IsInUse(const absl::Status& status) { return ReasonOf(status) == v1::REASON_IN_USE; }

absl::StatusOr<DataDirectoryCheck> VerifyDataDirectory(const std::string& directory,
                                                       const RosterTrust& trust,
                                                       const VerifyOptions& options,
                                                       const VerifyStep& step,
                                                       const FileStep& file_step) {
  COMITY_ASSIGN_OR_RETURN(const Found found, FindToRead(directory));
  DataDirectoryCheck check;
  COMITY_ASSIGN_OR_RETURN(const HeadAnchor anchor, HeadAnchor::Open(found.anchors));
  check.anchored = anchor.written();
  RocksOptions opened;
  opened.directory = found.database.string();
  opened.anchor_directory = found.anchors;
  opened.read_only = true;
  opened.keep_daemons_out = true;
  const auto store = RocksStore::Open(std::move(opened));
  if (const absl::Status& status = store.status(); !status.ok()) {
    // Another format or another program's settings are not mended by fetching it again.
    const bool damaged = absl::IsDataLoss(status) || absl::IsUnavailable(status);
    if (IsInUse(status) || !damaged) return status;
    check.damage = absl::DataLossError(status.message());
    return check;
  }
  const auto roster = ReadRosters(trust.pinned.get(), trust.digest, **store);
  if (absl::IsDataLoss(roster.status())) {
    check.damage = roster.status();
    return check;
  }
  if (!roster.ok()) return roster.status();
  check.roster = *roster;
  std::map<Origin, ListVerification> lists;
  check.damage = VerifyStore(
      **store, *check.roster, options,
      [&](const ListVerification& list) {
        lists[list.origin] = list;
        return step(list);
      },
      [&](size_t done, size_t of) {
        check.files = done;
        check.of_files = of;
        return file_step(done, of);
      },
      &check.store);
  if (!check.damage.ok() && !absl::IsDataLoss(check.damage)) return check.damage;
  for (auto& [origin, list] : lists) check.lists.push_back(std::move(list));
  // Another history than the anchor's is damage: it shows in Missing itself.
  if (const auto missing = (*store)->Missing(); !missing.ok()) {
    if (check.damage.ok()) check.damage = missing.status();
  } else {
    check.missing = CheckNothingMissing(**store, options.list);
  }
  return check;
}

absl::StatusOr<v1::AuditReport> VerifyAuditLog(
    const std::string& data_dir, uint64_t from, const std::optional<AuditHead>& noted,
    const std::function<bool(const v1::AuditRecord&, std::string_view bytes)>& visit) {
  RocksOptions options;
  COMITY_ASSIGN_OR_RETURN(const std::filesystem::path database, FindDatabase(data_dir, kReadOnly));
  options.directory = database.string();
  options.anchor_directory = data_dir;
  options.read_only = true;
  options.keep_daemons_out = true;
  COMITY_ASSIGN_OR_RETURN(const auto store, RocksStore::Open(std::move(options)));
  return VerifyAuditLog(*store, from, noted, visit);
}

absl::StatusOr<std::string> QuarantineDataDirectory(const std::string& data_dir) {
  COMITY_ASSIGN_OR_RETURN(const std::filesystem::path database, FindDatabase(data_dir, kReadWrite));
  // Not from under a daemon that runs, and none may start meanwhile. The lock alone is
  // taken: a damaged database is neither opened nor changed.
  rocksdb::Env* const env = rocksdb::Env::Default();
  rocksdb::FileLock* lock = nullptr;
  if (!env->LockFile((database / "LOCK").string(), &lock).ok()) {
    return MakeError(absl::StatusCode::kUnavailable, v1::REASON_IN_USE,
                     absl::StrCat("data directory ", database.string(),
                                  " is in use by a comityd: stop it first"),
                     database.string());
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const std::string aside = absl::StrCat(database.string(), ".quarantined-", seconds.count());
  std::error_code error;
  std::filesystem::rename(database, aside, error);
  env->UnlockFile(lock);
  if (error) return absl::InternalError(absl::StrCat(database.string(), ": ", error.message()));
  return aside;
}

}  // namespace comity
