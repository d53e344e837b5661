// The messages that answer one FetchRevisions, made one by one.
#ifndef COMITY_DAEMON_SERVICE_RANGE_SOURCE_H_
#define COMITY_DAEMON_SERVICE_RANGE_SOURCE_H_

#include <optional>
#include <string>

#include "comity/v1/sync_service.pb.h"
#include "storage/lists/replica.h"

namespace comity {

// Header, chunks of at most kChunkBytes, proof. Holds one leaf at a time and reads the next
// only when it is asked for. Not thread-safe. Borrows the replica.
class RangeSource {
 public:
  // Leaves [begin, end) of `tree_size`, cut after the leaf that passes `max_bytes`.
  // OUT_OF_RANGE, NOT_FOUND.
  static absl::StatusOr<RangeSource> Open(const Replica& replica, const Origin& origin,
                                          uint64_t begin, uint64_t end, uint64_t tree_size,
                                          uint64_t max_bytes);

  // None after the proof. Errors as Replica::ReadLeaf.
  absl::StatusOr<std::optional<v1::FetchRevisionsResponse>> Next();

 private:
  enum class Stage { kHeader, kLeaves, kProof, kEnd };

  RangeSource(const Replica& replica, Origin origin, uint64_t begin, uint64_t end,
              uint64_t tree_size, uint64_t max_bytes);
  // Reads the leaf at `next_`.
  absl::Status ReadLeaf();

  const Replica* replica_;
  Origin origin_;
  uint64_t next_;  // the leaf whose chunks come next
  uint64_t end_;
  uint64_t tree_size_;
  uint64_t bytes_left_;
  Stage stage_ = Stage::kHeader;
  std::string leaf_;
  size_t sent_ = 0;  // bytes of leaf_
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_RANGE_SOURCE_H_
