// A second memory of how far the logs had come, outside the database.
//
// RocksDB cannot notice that its log was cut at a record's border, that files are
// missing, or that an old copy of the directory was put back: each is a good database,
// only shorter. The anchor says what was acknowledged.
#ifndef COMITY_STORAGE_ROCKS_HEAD_ANCHOR_H_
#define COMITY_STORAGE_ROCKS_HEAD_ANCHOR_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "storage/audit/chain.h"
#include "storage/base/types.h"
#include "storage/lists/frontier.h"

namespace comity {

// The same goes for the end of the audit log.
//
// Two files, `anchor.0` and `anchor.1`, written in turn, each synced with its directory:
// a cut while one is written leaves the other. Not thread-safe.
class HeadAnchor {
 public:
  // Reads both slots in `directory`, which must exist; the newer valid one counts.
  // DATA_LOSS if files are there and neither is valid.
  static absl::StatusOr<HeadAnchor> Open(const std::string& directory);

  // What was written last; empty at first.
  const Frontier& heads() const { return heads_; }
  // Where the audit log ended then.
  const AuditHead& audit() const { return audit_; }
  // Whether there is an anchor at all.
  bool written() const { return generation_ > 0; }

  // Durable when it returns OK.
  absl::Status Write(const Frontier& heads, const AuditHead& audit);

 private:
  explicit HeadAnchor(std::string directory) : directory_(std::move(directory)) {}

  std::string directory_;
  uint64_t generation_ = 0;
  Frontier heads_;
  AuditHead audit_;
};

}  // namespace comity

#endif  // COMITY_STORAGE_ROCKS_HEAD_ANCHOR_H_
