#include "storage/lists/timeline.h"

#include <limits>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/canonical/encoder.h"

namespace comity {
namespace {

// Which optional parts of a version follow, in its encoded flags.
constexpr uint8_t kHasTo = 1;
constexpr uint8_t kHasCompliance = 2;
constexpr uint8_t kHasTarget = 4;
constexpr uint8_t kHasHash = 8;
constexpr uint8_t kSuperseded = 16;
constexpr uint8_t kAllFlags = 31;

absl::Status BadChange(const v1::Change& change, std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_BAD_CHANGE,
                   absl::StrCat("entry \"", change.key(), "\" from ",
                                FormatCivilDay({change.effective_from()}), ": ", Absl(what)));
}

std::optional<CivilDay> DayIf(bool present, int32_t days) {
  if (!present) return std::nullopt;
  return CivilDay{days};
}

}  // namespace

const Version* Timeline::NewestUntil(CivilDay day) const {
  const Version* best = nullptr;
  for (const Version& version : versions_) {
    if (version.superseded || version.effective_from > day) continue;
    if (best == nullptr || std::tie(version.effective_from, version.index) >=
                               std::tie(best->effective_from, best->index)) {
      best = &version;
    }
  }
  return best;
}

const Version* Timeline::Newest() const {
  return NewestUntil(CivilDay{std::numeric_limits<int32_t>::max()});
}

const Version* Timeline::InForce(CivilDay day) const {
  const Version* best = NewestUntil(day);
  if (best == nullptr || !best->entry_hash.has_value()) return nullptr;
  if (best->effective_to.has_value() && *best->effective_to <= day) return nullptr;
  return best;
}

bool Timeline::HasPendingAfter(CivilDay day) const {
  for (const Version& version : versions_) {
    if (!version.superseded && version.effective_from > day) return true;
  }
  return false;
}

absl::Status Timeline::Apply(const v1::Change& change, LeafIndex index,
                             std::optional<Digest> entry_hash) {
  Version version;
  version.index = index;
  version.operation = change.operation();
  version.effective_from = CivilDay{change.effective_from()};
  version.effective_to = DayIf(change.has_effective_to(), change.effective_to());
  version.compliance_from = DayIf(change.has_compliance_from(), change.compliance_from());
  version.entry_hash = entry_hash;
  if (version.effective_to.has_value() && *version.effective_to <= version.effective_from) {
    return BadChange(change, "effective_to is not after effective_from");
  }

  Version* target = nullptr;
  if (change.has_target_index()) {
    version.target = LeafIndex{change.target_index()};
    for (Version& candidate : versions_) {
      if (candidate.index != *version.target || candidate.superseded) continue;
      if (target != nullptr) {
        return BadChange(change,
                         absl::StrCat("revision ", change.target_index(),
                                      " gave it several versions: name one that stands alone"));
      }
      target = &candidate;
    }
    if (target == nullptr || target->index == index) {
      return BadChange(change, absl::StrCat("revision ", change.target_index(),
                                            " gave it no version that still stands"));
    }
  }

  const Version* in_force = InForce(version.effective_from);
  switch (change.operation()) {
    case v1::OPERATION_ADD:
      if (target == nullptr && in_force != nullptr) {
        return BadChange(change, "an ADD of what is already in force: use REVISE");
      }
      break;
    case v1::OPERATION_REVISE:
      if (target == nullptr && in_force == nullptr) {
        return BadChange(change, "a REVISE of what is not in force: use ADD");
      }
      break;
    case v1::OPERATION_REMOVE:
      if (target == nullptr && in_force == nullptr) {
        return BadChange(change, "a REMOVE of what is not in force");
      }
      if (version.effective_to.has_value() || version.compliance_from.has_value()) {
        return BadChange(change, "a REMOVE has no date but effective_from");
      }
      break;
    case v1::OPERATION_REDATE:
      if (target == nullptr) return BadChange(change, "a REDATE names the version that it redates");
      version.entry_hash = target->entry_hash;
      break;
    default:
      return BadChange(change, "unknown operation");
  }
  if (target != nullptr) target->superseded = true;
  versions_.push_back(version);
  return absl::OkStatus();
}

std::string Timeline::Encode() const {
  Encoder encoder;
  encoder.U32(static_cast<uint32_t>(versions_.size()));
  for (const Version& version : versions_) {
    uint8_t flags = version.superseded ? kSuperseded : 0;
    if (version.effective_to.has_value()) flags |= kHasTo;
    if (version.compliance_from.has_value()) flags |= kHasCompliance;
    if (version.target.has_value()) flags |= kHasTarget;
    if (version.entry_hash.has_value()) flags |= kHasHash;
    encoder.U64(version.index.value);
    encoder.U8(static_cast<uint8_t>(version.operation));
    encoder.U8(flags);
    encoder.I32(version.effective_from.days);
    if (version.effective_to.has_value()) encoder.I32(version.effective_to->days);
    if (version.compliance_from.has_value()) encoder.I32(version.compliance_from->days);
    if (version.target.has_value()) encoder.U64(version.target->value);
    if (version.entry_hash.has_value()) encoder.Hash(*version.entry_hash);
  }
  return encoder.Take();
}

absl::StatusOr<Timeline> Timeline::Decode(std::string_view bytes) {
  Decoder decoder(bytes);
  Timeline timeline;
  COMITY_ASSIGN_OR_RETURN(const uint32_t count, decoder.U32());
  for (uint32_t i = 0; i < count; ++i) {
    Version version;
    COMITY_ASSIGN_OR_RETURN(version.index.value, decoder.U64());
    COMITY_ASSIGN_OR_RETURN(const uint8_t operation, decoder.U8());
    COMITY_ASSIGN_OR_RETURN(const uint8_t flags, decoder.U8());
    if (!v1::Operation_IsValid(operation) || operation == v1::OPERATION_UNSPECIFIED ||
        (flags & ~kAllFlags) != 0) {
      return absl::DataLossError("stored timeline: unknown operation or flags");
    }
    version.operation = static_cast<v1::Operation>(operation);
    version.superseded = (flags & kSuperseded) != 0;
    COMITY_ASSIGN_OR_RETURN(version.effective_from.days, decoder.I32());
    if ((flags & kHasTo) != 0) {
      COMITY_ASSIGN_OR_RETURN(const int32_t days, decoder.I32());
      version.effective_to = CivilDay{days};
    }
    if ((flags & kHasCompliance) != 0) {
      COMITY_ASSIGN_OR_RETURN(const int32_t days, decoder.I32());
      version.compliance_from = CivilDay{days};
    }
    if ((flags & kHasTarget) != 0) {
      COMITY_ASSIGN_OR_RETURN(const uint64_t target, decoder.U64());
      version.target = LeafIndex{target};
    }
    if ((flags & kHasHash) != 0) {
      COMITY_ASSIGN_OR_RETURN(version.entry_hash, decoder.Hash());
    }
    timeline.versions_.push_back(version);
  }
  if (!decoder.done()) return absl::DataLossError("stored timeline: bytes after its end");
  return timeline;
}

}  // namespace comity
