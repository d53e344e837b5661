#include "client/internal/bundle_check.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "comity/v1/sync_service.pb.h"
#include "storage/base/errors.h"
#include "storage/bundle/bundle.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/log/evidence.h"
#include "storage/log/held.h"
#include "storage/log/participant_status.h"
#include "storage/log/signers.h"
#include "storage/merkle/proof.h"
#include "storage/merkle/tiles.h"
#include "storage/signing/note.h"

namespace comity {
namespace {

class Checker {
 public:
  explicit Checker(const Roster& roster) : roster_(roster) {}

  absl::Status Take(const BundleRecord& record) {
    switch (record.kind) {
      case BundleKind::kHeader:
        if (!summary.mutable_header()->ParseFromString(record.payload)) {
          return Malformed("its header");
        }
        if (summary.header().federation() != roster_.federation()) {
          return absl::FailedPreconditionError(
              absl::StrCat("this bundle is of the federation ", summary.header().federation(),
                           ", the context of ", roster_.federation()));
        }
        return absl::OkStatus();
      case BundleKind::kHead:
        return TakeHead(record.payload);
      case BundleKind::kRevisions:
        return TakePart(record.payload);
      case BundleKind::kHeld: {
        v1::HeldStatement message;
        if (!message.ParseFromString(record.payload)) return Malformed("a HELD statement");
        COMITY_RETURN_IF_ERROR(VerifyHeld(message.note(), message.participant(), roster_).status());
        summary.set_held(summary.held() + 1);
        return absl::OkStatus();
      }
      case BundleKind::kEvidence:
        return VerifyEvidence(record.payload, roster_).status();
      case BundleKind::kStatus: {
        COMITY_ASSIGN_OR_RETURN(const ParticipantStatus status,
                                ReadStatus(record.payload, roster_));
        return VerifyStatus(status, roster_);
      }
      case BundleKind::kEnd:
        return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  v1::BundleSummary summary;

 private:
  static absl::Status Malformed(std::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("the bundle is malformed: ", Absl(what)));
  }

  absl::Status TakeHead(const std::string& payload) {
    if (!head_.ParseFromString(payload)) return Malformed("a head");
    COMITY_ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(head_.origin()));
    COMITY_ASSIGN_OR_RETURN(const Checkpoint checkpoint,
                            VerifyLogNote(head_.checkpoint(), origin, roster_));
    if (checkpoint.size != head_.size() || ToBytes(checkpoint.root) != head_.root()) {
      return Malformed(absl::StrCat("the head of ", head_.origin(), " is not its checkpoint's"));
    }
    root_ = checkpoint.root;
    v1::BundledList& list = *summary.add_lists();
    list.set_list(origin.name.ToString());
    list.set_from(static_cast<uint32_t>(checkpoint.size));
    list.set_to(static_cast<uint32_t>(checkpoint.size));
    list.set_size(static_cast<uint32_t>(checkpoint.size));
    list.set_root(ToHex(checkpoint.root));
    list.set_checkpoint("verified");
    log_ = TreeAppender();
    begun_ = false;
    return absl::OkStatus();
  }

  absl::Status TakePart(const std::string& payload) {
    v1::FetchRevisionsResponse part;
    if (!part.ParseFromString(payload) || summary.lists().empty()) return Malformed("leaves");
    v1::BundledList& list = *summary.mutable_lists(summary.lists_size() - 1);
    if (part.has_header()) {
      if (!std::exchange(begun_, true)) {
        list.set_from(static_cast<uint32_t>(part.header().begin()));
        whole_ = part.header().begin() == 0;
      }
      return absl::OkStatus();
    }
    if (part.has_chunk()) {
      leaf_ += part.chunk().data();
      if (leaf_.size() > kMaxEnvelopeBytes) return Malformed("a leaf is over its limit");
      if (!part.chunk().last()) return absl::OkStatus();
      COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(leaf_));
      log_.Append(EnvelopeLeafHash(envelope.payload_type(), envelope.payload()));
      leaf_.clear();
      return absl::OkStatus();
    }
    list.set_to(static_cast<uint32_t>(part.proof().end()));
    if (!whole_) return absl::OkStatus();
    std::vector<Digest> consistency;
    for (const std::string& hash : part.proof().consistency()) {
      COMITY_ASSIGN_OR_RETURN(consistency.emplace_back(), DigestFromBytes(hash));
    }
    return Annotate(VerifyConsistency(log_.size(), log_.Root(), head_.size(), root_, consistency),
                    list.list());
  }

  const Roster& roster_;
  v1::Head head_;
  Digest root_{};
  TreeAppender log_;
  bool begun_ = false;
  // The leaves begin at 0, so that their root can be made here.
  bool whole_ = false;
  std::string leaf_;
};

}  // namespace

absl::StatusOr<v1::BundleSummary> CheckBundle(
    const Roster& roster, const std::function<absl::StatusOr<std::string>()>& read) {
  Checker checker(roster);
  BundleReader reader;
  for (;;) {
    COMITY_ASSIGN_OR_RETURN(const std::string bytes, read());
    if (bytes.empty()) break;
    reader.Feed(bytes);
    for (;;) {
      COMITY_ASSIGN_OR_RETURN(const std::optional<BundleRecord> record, reader.Next());
      if (!record.has_value()) break;
      COMITY_RETURN_IF_ERROR(checker.Take(*record));
    }
  }
  COMITY_RETURN_IF_ERROR(reader.CheckEnded());
  checker.summary.set_bytes(reader.bytes());
  return std::move(checker.summary);
}

}  // namespace comity
