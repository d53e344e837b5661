#include "storage/log/participant_status.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "comity/v1/envelope.pb.h"
#include "comity/v1/participant_status.pb.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/canonical/strict.h"
#include "storage/signing/threshold.h"

namespace comity {
namespace {

constexpr uint32_t kLevel = 1;

absl::Status BadStatus(std::string_view participant, std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_NOT_CANONICAL,
                   absl::StrCat("status of ", Absl(participant), ": ", Absl(what)), participant);
}

}  // namespace

std::string AudienceName(const std::vector<std::string>& audience) {
  return absl::StrJoin(audience, ",");
}

absl::StatusOr<ParticipantStatus> SignStatus(ParticipantStatus status, const PrivateKey& key,
                                             const Roster& roster) {
  const v1::Participant* signer = roster.FindParticipant(status.participant);
  if (signer == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("the roster has no participant \"", status.participant, "\""));
  }
  v1::ParticipantStatus message;
  message.set_schema_level(kLevel);
  message.set_federation(roster.federation());
  message.set_participant(status.participant);
  for (const std::string& one : status.audience) message.add_audience(one);
  message.set_stated_at(status.stated_at.micros);
  for (const auto& [origin, head] : status.heads) {
    v1::StatusHead& row = *message.add_heads();
    row.set_origin(origin.ToString());
    row.set_size(head.size.value);
    row.set_root(ToBytes(head.root));
  }
  v1::Envelope envelope;
  envelope.set_payload_type(kStatusType);
  envelope.set_payload(message.SerializeAsString());
  COMITY_RETURN_IF_ERROR(AddSignature(&envelope, signer->statement_key().name(), key));
  status.envelope = SerializeEnvelope(envelope);
  return status;
}

absl::StatusOr<ParticipantStatus> ReadStatus(std::string_view bytes, const Roster& roster) {
  if (bytes.size() > kMaxStatusBytes) return BadStatus("a participant", "it is over 1 MiB");
  COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(bytes));
  if (envelope.payload_type() != kStatusType) {
    return BadStatus("a participant",
                     absl::StrCat("the envelope holds \"", envelope.payload_type(), "\""));
  }
  v1::ParticipantStatus message;
  COMITY_RETURN_IF_ERROR(
      Annotate(ParseStrictLevel(envelope.payload(), kLevel, &message), "status"));
  const std::string& name = message.participant();
  if (message.federation() != roster.federation() || roster.FindParticipant(name) == nullptr) {
    return BadStatus(name, "it is not a participant of this federation");
  }
  ParticipantStatus status;
  status.participant = name;
  status.stated_at = Instant{message.stated_at()};
  for (const std::string& one : message.audience()) {
    if (roster.FindParticipant(one) == nullptr) {
      return BadStatus(name, absl::StrCat("\"", one, "\" in its audience is not a participant"));
    }
    if (!status.audience.empty() && status.audience.back() >= one) {
      return BadStatus(name, "its audience does not ascend");
    }
    status.audience.push_back(one);
  }
  if (message.heads_size() > kMaxStatusHeads) return BadStatus(name, "over 10,000 lists");
  for (const v1::StatusHead& head : message.heads()) {
    COMITY_ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(head.origin()));
    if (ParticipantOf(origin.name.authority) != name || origin.federation != roster.federation()) {
      return BadStatus(name, absl::StrCat(head.origin(), " is not a list of its own"));
    }
    if (!status.heads.empty() && status.heads.rbegin()->first >= origin) {
      return BadStatus(name, "its lists do not ascend");
    }
    StatedHead& stated = status.heads[origin];
    stated.size = TreeSize{head.size()};
    COMITY_ASSIGN_OR_RETURN(stated.root, DigestFromBytes(head.root()));
  }
  status.envelope = std::string(bytes);
  return status;
}

absl::Status VerifyStatus(const ParticipantStatus& status, const Roster& roster) {
  const auto denied = [&](v1::Reason reason, std::string_view what) {
    return MakeError(absl::StatusCode::kPermissionDenied, reason,
                     absl::StrCat("status of ", status.participant, ": ", Absl(what)),
                     status.participant);
  };
  if (Planted(Bug::kSkipStatusSignature)) return absl::OkStatus();
  COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(status.envelope));
  const v1::Participant* signer = roster.FindParticipant(status.participant);
  if (signer == nullptr) return denied(v1::REASON_UNKNOWN_KEY, "not a participant");
  const v1::PublicKey& key = signer->statement_key();
  if (envelope.signatures_size() != 1 ||
      envelope.signatures(0).key_id() != ToBytes(KeyId(key.name(), key.ed25519()))) {
    return denied(v1::REASON_UNKNOWN_KEY, "it is not signed by its statement key alone");
  }
  if (!VerifyEd25519(key.ed25519(), Pae(envelope.payload_type(), envelope.payload()),
                     envelope.signatures(0).signature())
           .ok()) {
    return denied(v1::REASON_BAD_SIGNATURE, "it was altered after it was signed");
  }
  return absl::OkStatus();
}

}  // namespace comity
