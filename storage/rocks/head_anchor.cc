#include "storage/rocks/head_anchor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/canonical/encoder.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

constexpr char kMagic[] = "comity-anchor-2\n";
constexpr size_t kChecksumBytes = 32;

struct Slot {
  uint64_t generation = 0;
  Frontier heads;
  AuditHead audit;
};

std::string SlotPath(const std::string& directory, uint64_t generation) {
  return absl::StrCat(directory, "/anchor.", generation % 2);
}

std::string EncodeSlot(const Slot& slot) {
  Encoder encoder;
  encoder.Raw(kMagic);
  encoder.U64(slot.generation);
  encoder.Bytes(slot.heads.Token());
  encoder.U64(slot.audit.size);
  encoder.Hash(slot.audit.hash);
  std::string bytes = encoder.Take();
  return bytes + ToBytes(Sha256(bytes));
}

absl::StatusOr<Slot> DecodeSlot(const std::string& bytes) {
  const absl::Status bad = absl::DataLossError("an anchor's slot is damaged");
  if (bytes.size() < kChecksumBytes) return bad;
  const std::string body = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (bytes.substr(body.size()) != ToBytes(Sha256(body))) return bad;
  Decoder decoder(body);
  COMITY_ASSIGN_OR_RETURN(const std::string_view magic, decoder.Raw(sizeof(kMagic) - 1));
  if (magic != kMagic) return bad;
  Slot slot;
  COMITY_ASSIGN_OR_RETURN(slot.generation, decoder.U64());
  COMITY_ASSIGN_OR_RETURN(const std::string_view token, decoder.Bytes());
  COMITY_ASSIGN_OR_RETURN(slot.heads, Frontier::ParseToken(token));
  COMITY_ASSIGN_OR_RETURN(slot.audit.size, decoder.U64());
  COMITY_ASSIGN_OR_RETURN(slot.audit.hash, decoder.Hash());
  return slot;
}

absl::Status WriteSynced(const std::string& path, const std::string& bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const auto failed = [&] {
    return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
  };
  if (fd < 0) return failed();
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t wrote = write(fd, bytes.data() + done, bytes.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) break;
    done += static_cast<size_t>(wrote);
  }
  const bool synced = done == bytes.size() && fdatasync(fd) == 0;
  absl::Status status = synced ? absl::OkStatus() : failed();
  close(fd);
  return status;
}

absl::Status SyncDirectory(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fsync(fd) != 0) {
    const absl::Status status =
        absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
    if (fd >= 0) close(fd);
    return status;
  }
  close(fd);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<HeadAnchor> HeadAnchor::Open(const std::string& directory) {
  HeadAnchor anchor(directory);
  bool any_file = false;
  std::optional<Slot> newest;
  for (const uint64_t which : {0, 1}) {
    std::ifstream in(SlotPath(directory, which), std::ios::binary);
    if (!in) continue;
    any_file = true;
    std::ostringstream bytes;
    bytes << in.rdbuf();
    const absl::StatusOr<Slot> slot = DecodeSlot(bytes.str());
    if (slot.ok() && (!newest.has_value() || slot->generation > newest->generation)) newest = *slot;
  }
  if (newest.has_value()) {
    anchor.generation_ = newest->generation;
    anchor.heads_ = std::move(newest->heads);
    anchor.audit_ = newest->audit;
  } else if (any_file) {
    return absl::DataLossError(
        absl::StrCat(directory,
                     ": neither slot of the head anchor can be read: quarantine the "
                     "data directory and rebuild it from peers"));
  }
  return anchor;
}

absl::Status HeadAnchor::Write(const Frontier& heads, const AuditHead& audit) {
  const Slot slot{generation_ + 1, heads, audit};
  COMITY_RETURN_IF_ERROR(WriteSynced(SlotPath(directory_, slot.generation), EncodeSlot(slot)));
  // The names are new only twice in the life of a directory.
  if (slot.generation <= 2) COMITY_RETURN_IF_ERROR(SyncDirectory(directory_));
  generation_ = slot.generation;
  heads_ = heads;
  audit_ = audit;
  return absl::OkStatus();
}

}  // namespace comity
