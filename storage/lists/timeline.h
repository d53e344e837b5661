// The versions of one entry, and which of them is in force on a day.
#ifndef COMITY_STORAGE_LISTS_TIMELINE_H_
#define COMITY_STORAGE_LISTS_TIMELINE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/revision.pb.h"
#include "storage/base/types.h"

namespace comity {

// One version of an entry, given by one change of one revision. Value type.
struct Version {
  LeafIndex index;
  v1::Operation operation = v1::OPERATION_UNSPECIFIED;
  CivilDay effective_from;
  std::optional<CivilDay> effective_to;
  std::optional<CivilDay> compliance_from;
  // The version that this one redates or corrects, by the index that gave it.
  std::optional<LeafIndex> target;
  // SHA-256 of the entry's signed bytes; unset for a REMOVE.
  std::optional<Digest> entry_hash;
  // A later version took this one's place.
  bool superseded = false;

  bool operator==(const Version&) const = default;
};

// Whether the version came with the bytes of an entry: a REDATE names older ones.
inline bool BringsEntry(const Version& version) {
  return version.entry_hash.has_value() && version.operation != v1::OPERATION_REDATE;
}

// All versions of one key as known at some size, oldest index first. Value type,
// not thread-safe for writing.
class Timeline {
 public:
  const std::vector<Version>& versions() const { return versions_; }

  // The version in force on `day`: of those not superseded with effective_from not
  // above `day`, the one with the greatest (effective_from, index); null if there
  // is none, if it is a tombstone or if its effective_to is not above `day`
  // (design: "In force").
  const Version* InForce(CivilDay day) const;

  // Of the versions not superseded, the one with the greatest (effective_from,
  // index), be it a tombstone; null if there is none.
  const Version* Newest() const;

  // Whether a version that is not superseded starts after `day`.
  bool HasPendingAfter(CivilDay day) const;

  // Adds the version that `change` gives at `index`. `entry_hash` is set for ADD
  // and REVISE. INVALID_ARGUMENT with REASON_BAD_CHANGE if the change does not
  // apply: an ADD of what is in force, a REVISE or REMOVE of what is
  // not in force, a REDATE or correction of a version that is not there, or dates
  // that contradict each other. Nothing is changed then.
  absl::Status Apply(const v1::Change& change, LeafIndex index, std::optional<Digest> entry_hash);

  // The canonical bytes: hashed for the state tree and stored as they are.
  std::string Encode() const;
  // DATA_LOSS if `bytes` is not what Encode makes.
  static absl::StatusOr<Timeline> Decode(std::string_view bytes);

  bool operator==(const Timeline&) const = default;

 private:
  const Version* NewestUntil(CivilDay day) const;

  std::vector<Version> versions_;
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_TIMELINE_H_
