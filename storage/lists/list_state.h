// The end of one list as its writer sees it: all that the next leaf is checked
// against.
#ifndef COMITY_STORAGE_LISTS_LIST_STATE_H_
#define COMITY_STORAGE_LISTS_LIST_STATE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "comity/v1/revision.pb.h"
#include "storage/base/types.h"
#include "storage/lists/state_tree.h"
#include "storage/log/origin.h"
#include "storage/merkle/tiles.h"

namespace comity {

// A value: copies share the state tree. Not thread-safe for writing.
struct ListState {
  Origin origin;
  v1::Genesis genesis;
  // The log's right edge; its size is the list's size.
  TreeAppender log;
  StateTree tree;
  Instant published_at;
  // Keys whose newest version is not a tombstone: what the removal guard's share is of.
  uint64_t live_entries = 0;
  std::string citation;
  // The roster that the newest leaf of the view names: it never steps back.
  uint64_t roster_version = 0;

  // Where the view stopped: a leaf needs a newer program than this one. That leaf and all
  // after it are in `log` and nowhere else.
  struct Stop {
    // The leaves before it, and their root.
    TreeSize shown;
    Digest root;
    std::string why;
  };
  std::optional<Stop> stop;

  // Leaves held, and those of them that make the view.
  TreeSize size() const { return TreeSize{log.size()}; }
  TreeSize shown() const { return stop.has_value() ? stop->shown : size(); }
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_LIST_STATE_H_
