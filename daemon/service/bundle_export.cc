#include "daemon/service/bundle_export.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/transport/channel.h"
#include "comity/v1/bundle_service.pb.h"
#include "daemon/service/sync_messages.h"
#include "storage/base/errors.h"
#include "storage/bundle/bundle.h"
#include "storage/lists/frontier.h"

namespace comity {
namespace {

constexpr uint64_t kRangeBytes = 8 << 20;

class Exporter {
 public:
  Exporter(const Replica& replica, const std::function<bool(std::string)>& write)
      : replica_(replica), write_(write) {}

  absl::Status Run(const std::string& made_by, const std::string& made_for,
                   const std::string& since) {
    if (replica_.roster().FindParticipant(made_for) == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", made_for, "\" is not a participant of the roster"));
    }
    Frontier held;
    if (!since.empty()) {
      COMITY_ASSIGN_OR_RETURN(held, Frontier::ParseToken(since));
    }
    v1::BundleHeader header;
    header.set_federation(replica_.roster().federation());
    header.set_roster_version(replica_.roster().version());
    header.set_roster_digest(ToBytes(replica_.roster().digest()));
    header.set_made_by(made_by);
    header.set_made_for(made_for);
    header.set_made_at(replica_.clock().Now().micros);
    COMITY_RETURN_IF_ERROR(Write(writer_.Begin()));
    COMITY_RETURN_IF_ERROR(Record(BundleKind::kHeader, header));
    for (const LogHead& head : replica_.HeadsFor(made_for)) {
      COMITY_RETURN_IF_ERROR(AddList(head, held));
    }
    for (const HeldStatement& statement : replica_.HeldFor(made_for)) {
      COMITY_RETURN_IF_ERROR(Record(BundleKind::kHeld, ToMessage(statement)));
    }
    for (const VerifiedEvidence& evidence : replica_.EvidenceFor(made_for)) {
      COMITY_RETURN_IF_ERROR(Write(writer_.Record(BundleKind::kEvidence, evidence.bytes)));
    }
    for (const ParticipantStatus& status : replica_.statuses().For(made_for)) {
      COMITY_RETURN_IF_ERROR(Write(writer_.Record(BundleKind::kStatus, status.envelope)));
    }
    return Write(writer_.Record(BundleKind::kEnd, ""));
  }

 private:
  absl::Status Write(std::string bytes) {
    return write_(std::move(bytes)) ? absl::OkStatus()
                                    : absl::CancelledError("the caller went away");
  }
  absl::Status Record(BundleKind kind, const google::protobuf::Message& message) {
    return Write(writer_.Record(kind, message.SerializeAsString()));
  }

  absl::Status AddList(const LogHead& head, const Frontier& held) {
    COMITY_RETURN_IF_ERROR(Record(BundleKind::kHead, ToMessage(head)));
    uint64_t begin = 0;
    if (const auto known = held.heads.find(head.origin); known != held.heads.end()) {
      begin = known->second.size.value;
      if (begin > 0 && begin <= head.size.value) {
        COMITY_ASSIGN_OR_RETURN(const StoredLeaf leaf,
                                replica_.store().ReadLeaf(head.origin, LeafIndex{begin - 1}));
        if (leaf.root_after != known->second.root) {
          return MakeError(absl::StatusCode::kFailedPrecondition, v1::REASON_BAD_TOKEN,
                           absl::StrCat(head.origin.name.ToString(),
                                        ": the token's history is not the one held here"),
                           head.origin.ToString());
        }
      }
    }
    while (begin < head.size.value) {
      COMITY_ASSIGN_OR_RETURN(
          const Replica::Range range,
          replica_.ReadRange(head.origin, begin, head.size.value, head.size.value, kRangeBytes));
      for (const v1::FetchRevisionsResponse& part : ToMessages(begin, range)) {
        COMITY_RETURN_IF_ERROR(Record(BundleKind::kRevisions, part));
      }
      begin = range.end;
    }
    return absl::OkStatus();
  }

  const Replica& replica_;
  const std::function<bool(std::string)>& write_;
  BundleWriter writer_;
};

}  // namespace

absl::Status ExportBundle(const Replica& replica, const std::string& made_by,
                          const std::string& made_for, const std::string& since,
                          const std::function<bool(std::string)>& write) {
  return Exporter(replica, write).Run(made_by, made_for, since);
}

}  // namespace comity
