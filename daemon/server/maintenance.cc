#include "daemon/server/maintenance.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/lists/verify.h"
#include "storage/rocks/rocks_store.h"

namespace comity {
namespace {

std::filesystem::path DatabaseOf(const Config& config) {
  return std::filesystem::path(config.message.data_dir()) / "db";
}

}  // namespace

absl::Status VerifyDataDirectory(const Config& config) {
  RocksOptions options;
  options.directory = DatabaseOf(config).string();
  options.anchor_directory = config.message.data_dir();
  COMITY_ASSIGN_OR_RETURN(const auto store, RocksStore::Open(std::move(options)));
  COMITY_ASSIGN_OR_RETURN(const Frontier missing, store->Missing());
  COMITY_ASSIGN_OR_RETURN(const std::vector<StoredHead> heads, store->Heads());
  const bool terminal = isatty(STDERR_FILENO) != 0;
  for (const StoredHead& head : heads) {
    const std::string name = head.origin.name.ToString();
    COMITY_RETURN_IF_ERROR(VerifyList(*store, *config.roster, head, [&](LeafIndex index) {
      if (terminal) {
        std::fprintf(stderr, "\r\x1b[K%s: %llu of %llu leaves", name.c_str(),
                     static_cast<unsigned long long>(index.value + 1),
                     static_cast<unsigned long long>(head.size.value));
      }
      return true;
    }));
    if (terminal) std::fprintf(stderr, "\r\x1b[K");
    std::printf("%s: %llu leaves verified\n", name.c_str(),
                static_cast<unsigned long long>(head.size.value));
  }
  for (const auto& [origin, head] : missing.heads) {
    return absl::DataLossError(
        absl::StrCat(origin.name.ToString(), ": ", head.size.value,
                     " leaves were acknowledged and are not all there: start "
                     "the daemon, it fetches them from peers"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> QuarantineDataDirectory(const Config& config) {
  const std::filesystem::path database = DatabaseOf(config);
  std::error_code error;
  if (!std::filesystem::exists(database, error)) {
    return absl::NotFoundError(
        absl::StrCat(database.string(), " is not there: nothing to put aside"));
  }
  // Not from under a daemon that runs. What cannot be opened for damage may be moved.
  if (const auto store = RocksStore::Open(database.string());
      ReasonOf(store.status()) == v1::REASON_IN_USE) {
    return store.status();
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const std::string aside = absl::StrCat(database.string(), ".quarantined-", seconds.count());
  std::filesystem::rename(database, aside, error);
  if (error) return absl::UnavailableError(absl::StrCat(database.string(), ": ", error.message()));
  return aside;
}

}  // namespace comity
