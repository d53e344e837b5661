#include "daemon/service/bundle_import.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/service/sync_messages.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/merkle/proof.h"

namespace comity {
namespace {

// A range as the exporter cuts it, and one leaf more.
constexpr size_t kMaxRangeBytes = (8 << 20) + kMaxEnvelopeBytes;
constexpr size_t kHeldAtOnce = 64;

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the bundle is malformed: ", Absl(what)));
}

}  // namespace

absl::Status BundleImporter::Feed(std::string_view bytes) {
  reader_.Feed(bytes);
  for (;;) {
    COMITY_ASSIGN_OR_RETURN(const std::optional<BundleRecord> record, reader_.Next());
    if (!record.has_value()) return absl::OkStatus();
    COMITY_RETURN_IF_ERROR(Take(*record));
  }
}

absl::Status BundleImporter::Take(const BundleRecord& record) {
  switch (record.kind) {
    case BundleKind::kHeader:
      return TakeHeader(record.payload);
    case BundleKind::kHead:
      return TakeHead(record.payload);
    case BundleKind::kRevisions:
      return TakePart(record.payload);
    case BundleKind::kHeld:
      return TakeHeld(record.payload);
    case BundleKind::kEvidence: {
      COMITY_ASSIGN_OR_RETURN(const size_t taken, replica_->TakeEvidence({record.payload}));
      evidence_ += static_cast<uint32_t>(taken);
      return absl::OkStatus();
    }
    case BundleKind::kStatus: {
      COMITY_ASSIGN_OR_RETURN(const size_t taken, replica_->TakeStatuses({record.payload}));
      statuses_ += static_cast<uint32_t>(taken);
      return absl::OkStatus();
    }
    case BundleKind::kEnd:
      FlushHeld();
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status BundleImporter::TakeHeader(const std::string& payload) {
  if (!header_.ParseFromString(payload)) return Malformed("its header cannot be read");
  const Roster& roster = replica_->roster();
  if (header_.federation() != roster.federation()) {
    return absl::FailedPreconditionError(absl::StrCat("this bundle is of the federation ",
                                                      header_.federation(), ", this daemon of ",
                                                      roster.federation()));
  }
  if (header_.roster_version() != roster.version() ||
      header_.roster_digest() != ToBytes(roster.digest())) {
    return absl::FailedPreconditionError(
        absl::StrCat("this bundle was made under roster version ", header_.roster_version(),
                     ", this daemon has ", roster.version(), ": give both the same roster"));
  }
  return absl::OkStatus();
}

absl::Status BundleImporter::TakeHead(const std::string& payload) {
  v1::Head message;
  if (!message.ParseFromString(payload)) return Malformed("a head cannot be read");
  LogHead head;
  COMITY_ASSIGN_OR_RETURN(head.origin, Origin::Parse(message.origin()));
  COMITY_ASSIGN_OR_RETURN(head.root, DigestFromBytes(message.root()));
  head.size = TreeSize{message.size()};
  head.checkpoint = message.checkpoint();
  v1::ImportedList& list = lists_[head.origin];
  list.set_list(head.origin.name.ToString());
  const absl::Status checked = replica_->MeetHead(head);
  if (checked.ok()) {
    replica_->Shown({head});
  } else {
    list.set_refused(std::string(checked.message()));
  }
  head_ = std::move(head);
  envelopes_.clear();
  range_bytes_ = 0;
  leaf_open_ = false;
  return absl::OkStatus();
}

absl::Status BundleImporter::TakePart(const std::string& payload) {
  v1::FetchRevisionsResponse part;
  if (!part.ParseFromString(payload)) return Malformed("leaves cannot be read");
  if (!head_.has_value()) return Malformed("leaves without a head");
  if (part.has_header()) {
    begin_ = part.header().begin();
    envelopes_.clear();
    range_bytes_ = 0;
    leaf_open_ = false;
    return absl::OkStatus();
  }
  if (part.has_chunk()) {
    if (!std::exchange(leaf_open_, true)) envelopes_.emplace_back();
    range_bytes_ += part.chunk().data().size();
    if (range_bytes_ > kMaxRangeBytes) return Malformed("a range of leaves is over its limit");
    envelopes_.back() += part.chunk().data();
    if (part.chunk().last()) leaf_open_ = false;
    return absl::OkStatus();
  }
  if (!part.has_proof() || leaf_open_ || envelopes_.empty()) return Malformed("a range of leaves");
  TakeRange(part.proof());
  envelopes_.clear();
  range_bytes_ = 0;
  return absl::OkStatus();
}

void BundleImporter::TakeRange(const v1::FetchProof& proof) {
  v1::ImportedList& list = lists_[head_->origin];
  list.set_leaves(list.leaves() + static_cast<uint32_t>(envelopes_.size()));
  if (!list.refused().empty()) return;
  const auto size = [&] {
    const auto held = replica_->SizeOf(head_->origin);
    return held.ok() ? held->value : 0;
  };
  const uint64_t before = size();
  std::vector<Digest> consistency;
  absl::Status status;
  for (const std::string& hash : proof.consistency()) {
    const auto digest = DigestFromBytes(hash);
    status.Update(digest.status());
    if (!digest.ok() || consistency.size() == kMaxProofHashes) break;
    consistency.push_back(*digest);
  }
  if (status.ok() && begin_ > before) {
    status = absl::FailedPreconditionError(
        absl::StrCat("the bundle begins at leaf ", begin_, ", ", before,
                     " are held here: have it made with --since as `comity status` says"));
  }
  if (status.ok()) status = replica_->Ingest(*head_, begin_, envelopes_, consistency, by_);
  list.set_added(list.added() + static_cast<uint32_t>(size() - before));
  if (!status.ok()) list.set_refused(std::string(status.message()));
}

absl::Status BundleImporter::TakeHeld(const std::string& payload) {
  v1::HeldStatement message;
  if (!message.ParseFromString(payload)) return Malformed("a HELD statement cannot be read");
  notes_.push_back({message.participant(), message.note()});
  if (notes_.size() >= kHeldAtOnce) FlushHeld();
  return absl::OkStatus();
}

void BundleImporter::FlushHeld() {
  if (notes_.empty()) return;
  const absl::StatusOr<size_t> taken = replica_->TakeHeld(notes_);
  if (taken.ok()) held_ += static_cast<uint32_t>(*taken);
  if (!taken.ok()) spdlog::warn("bundle: HELD: {}", std::string(taken.status().message()));
  notes_.clear();
}

absl::StatusOr<v1::ImportBundleResponse> BundleImporter::Finish() {
  FlushHeld();
  COMITY_RETURN_IF_ERROR(reader_.CheckEnded());
  v1::ImportBundleResponse response;
  response.set_made_by(header_.made_by());
  response.set_made_at(FormatInstant(Instant{header_.made_at()}));
  for (auto& [origin, list] : lists_) {
    const auto held = replica_->SizeOf(origin);
    list.set_size(held.ok() ? static_cast<uint32_t>(held->value) : 0);
    *response.add_lists() = std::move(list);
  }
  response.set_held(held_);
  response.set_evidence(evidence_);
  response.set_statuses(statuses_);
  return response;
}

}  // namespace comity
