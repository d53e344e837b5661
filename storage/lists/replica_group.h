// What the writing parts of Replica share: one wish, and the group that is carried out at once.
#ifndef COMITY_STORAGE_LISTS_REPLICA_GROUP_H_
#define COMITY_STORAGE_LISTS_REPLICA_GROUP_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/lists/list_batch.h"
#include "storage/lists/replica.h"

namespace comity {

// One writer's wish and what became of it.
struct Replica::Write : CommitWork {
  using CommitWork::CommitWork;
  // A submission or a peer's range; null: what a peer or an operator says of our memory.
  const std::vector<std::string>* envelopes = nullptr;
  // A range: where it begins, and what proves it.
  const LogHead* target = nullptr;
  uint64_t begin = 0;
  // Or parts of a snapshot.
  const SnapshotPage* page = nullptr;
  const std::vector<Digest>* consistency = nullptr;
  // A peer's heads; unset peer: the operator's word.
  std::string heard_from;
  const std::vector<LogHead>* heard = nullptr;
  // HELD statements of others, verified.
  const std::vector<HeldStatement>* held = nullptr;
  // Evidence, verified.
  const std::vector<VerifiedEvidence>* evidence = nullptr;
  size_t taken = 0;

  Actor by;

  absl::Status status;
  // A submission's answer.
  LeafIndex index;
  LogHead head;
  bool already_present = false;
};

struct Replica::Group {
  struct Prepared {
    Write* write;
    // None for parts of a snapshot.
    std::optional<ListBatch> batch;
    ListCommit commit;
  };
  std::vector<Prepared> prepared;
  // What the next snapshot shows.
  std::map<Origin, std::shared_ptr<const ListView>> views;
  bool changed = false;
  News news;
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_REPLICA_GROUP_H_
