#include "client/internal/roster_file.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/internal/whole_file.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/canonical/strict.h"
#include "storage/log/roster.h"
#include "storage/signing/threshold.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

constexpr uint32_t kSchemaLevel = 1;

absl::Status BadFile(const std::string& path, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", Absl(what)));
}

v1::KeyFile ToFile(const v1::PublicKey& key) {
  v1::KeyFile file;
  file.set_name(key.name());
  file.set_public_key(ToHex(key.ed25519()));
  return file;
}

v1::KeySetFile ToFile(const v1::KeySet& set) {
  v1::KeySetFile file;
  file.set_threshold(set.threshold());
  for (const v1::PublicKey& key : set.keys()) *file.add_keys() = ToFile(key);
  return file;
}

absl::StatusOr<std::string> KeyBytes(const std::string& hex, std::string_view what) {
  const absl::StatusOr<std::string> bytes = FromHex(hex);
  if (bytes.ok() && bytes->size() == 32) return *bytes;
  return absl::InvalidArgumentError(
      absl::StrCat(Absl(what), ": \"", hex, "\" is not a public key of 64 hex digits"));
}

absl::StatusOr<v1::PublicKey> FromFile(const v1::KeyFile& file, std::string_view what) {
  v1::PublicKey key;
  key.set_name(file.name());
  COMITY_ASSIGN_OR_RETURN(*key.mutable_ed25519(), KeyBytes(file.public_key(), what));
  return key;
}

absl::StatusOr<v1::KeySet> FromFile(const v1::KeySetFile& file, std::string_view what) {
  v1::KeySet set;
  set.set_threshold(file.threshold());
  for (const v1::KeyFile& key : file.keys()) {
    COMITY_ASSIGN_OR_RETURN(*set.add_keys(), FromFile(key, what));
  }
  return set;
}

void SortKeys(v1::KeySet* set) {
  std::sort(set->mutable_keys()->begin(), set->mutable_keys()->end(),
            [](const v1::PublicKey& a, const v1::PublicKey& b) {
              return KeyId(a.name(), a.ed25519()) < KeyId(b.name(), b.ed25519());
            });
}

std::string Quoted(const std::string& text) {
  return absl::StrCat(
      "\"",
      absl::StrReplaceAll(
          text, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}, {"\r", "\\r"}, {"\t", "\\t"}}),
      "\"");
}

void AppendYaml(const google::protobuf::Message& message, const std::string& indent, bool in_list,
                std::string* out) {
  using google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  bool first = in_list;
  for (const FieldDescriptor* field : fields) {
    // The first field of a list's element stands behind its dash.
    const std::string lead = std::exchange(first, false) ? "" : indent;
    absl::StrAppend(out, lead, field->name(), ":");
    const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (field->is_repeated()) {
      absl::StrAppend(out, "\n");
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        absl::StrAppend(out, indent, "  - ");
        if (is_message) {
          AppendYaml(reflection.GetRepeatedMessage(message, field, i), indent + "    ", true, out);
        } else {
          absl::StrAppend(out, Quoted(reflection.GetRepeatedString(message, field, i)), "\n");
        }
      }
    } else if (is_message) {
      absl::StrAppend(out, "\n");
      AppendYaml(reflection.GetMessage(message, field), indent + "  ", false, out);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_UINT32) {
      absl::StrAppend(out, " ", reflection.GetUInt32(message, field), "\n");
    } else {
      absl::StrAppend(out, " ", Quoted(reflection.GetString(message, field)), "\n");
    }
  }
}

}  // namespace

v1::RosterFile ToRosterFile(const v1::Roster& roster) {
  v1::RosterFile file;
  file.set_federation(roster.federation());
  file.set_version(static_cast<uint32_t>(roster.version()));
  file.set_previous_digest(ToHex(roster.previous_digest()));
  file.set_valid_from(FormatInstant({roster.valid_from()}));
  file.set_valid_to(FormatInstant({roster.valid_to()}));
  *file.mutable_root() = ToFile(roster.root());
  for (const v1::Participant& one : roster.participants()) {
    v1::ParticipantFile& added = *file.add_participants();
    added.set_code(one.code());
    added.set_name(one.name());
    added.set_ca_bundle_pem(one.ca_bundle_pem());
    *added.mutable_held_key() = ToFile(one.held_key());
    *added.mutable_statement_key() = ToFile(one.statement_key());
    *added.mutable_nodes() = one.nodes();
  }
  for (const v1::Authority& one : roster.authorities()) {
    v1::AuthorityFile& added = *file.add_authorities();
    added.set_name(one.name());
    added.set_title(one.title());
    *added.mutable_officers() = ToFile(one.officers());
    added.set_guard_threshold(one.guard_threshold());
    *added.mutable_root() = ToFile(one.root());
    added.set_log_key(ToHex(one.log_key_ed25519()));
  }
  *file.mutable_arrangements() = roster.arrangements();
  *file.mutable_policy() = roster.policy();
  for (const v1::Revocation& one : roster.revocations()) {
    v1::RevokedKey& added = *file.add_revocations();
    added.set_public_key(ToHex(one.ed25519()));
    added.set_origin(one.origin());
    added.set_index(static_cast<uint32_t>(one.index()));
  }
  return file;
}

absl::StatusOr<v1::Participant> FromParticipantFile(const v1::ParticipantFile& file,
                                                    const std::string& path) {
  v1::Participant participant;
  const std::string what = absl::StrCat("participant ", file.code());
  participant.set_code(file.code());
  participant.set_name(file.name());
  participant.set_ca_bundle_pem(file.ca_bundle_pem());
  if (!file.ca_bundle().empty()) {
    if (!file.ca_bundle_pem().empty()) {
      return BadFile(path, absl::StrCat(what, ": give ca_bundle or ca_bundle_pem, not both"));
    }
    COMITY_ASSIGN_OR_RETURN(*participant.mutable_ca_bundle_pem(),
                            ReadFileBytes(ResolvePath(path, file.ca_bundle()), kMaxCaBundleBytes));
  }
  absl::StatusOr<v1::PublicKey> held = FromFile(file.held_key(), what + ": held_key");
  if (!held.ok()) return Annotate(held.status(), path);
  *participant.mutable_held_key() = *std::move(held);
  absl::StatusOr<v1::PublicKey> statement =
      FromFile(file.statement_key(), what + ": statement_key");
  if (!statement.ok()) return Annotate(statement.status(), path);
  *participant.mutable_statement_key() = *std::move(statement);
  *participant.mutable_nodes() = file.nodes();
  return participant;
}

absl::StatusOr<v1::Authority> FromAuthorityFile(const v1::AuthorityFile& file,
                                                const std::string& path) {
  v1::Authority authority;
  const std::string what = absl::StrCat("authority ", file.name());
  authority.set_name(file.name());
  authority.set_title(file.title());
  absl::StatusOr<v1::KeySet> officers = FromFile(file.officers(), what + ": officers");
  if (!officers.ok()) return Annotate(officers.status(), path);
  *authority.mutable_officers() = *std::move(officers);
  authority.set_guard_threshold(file.guard_threshold());
  absl::StatusOr<v1::KeySet> root = FromFile(file.root(), what + ": root");
  if (!root.ok()) return Annotate(root.status(), path);
  *authority.mutable_root() = *std::move(root);
  absl::StatusOr<std::string> log = KeyBytes(file.log_key(), what + ": log_key");
  if (!log.ok()) return Annotate(log.status(), path);
  authority.set_log_key_ed25519(*std::move(log));
  return authority;
}

absl::StatusOr<v1::Roster> FromRosterFile(const v1::RosterFile& file, const std::string& path) {
  v1::Roster roster;
  roster.set_schema_level(kSchemaLevel);
  roster.set_federation(file.federation());
  roster.set_version(1);
  const absl::StatusOr<Instant> from = ParseInstant(file.valid_from());
  if (!from.ok()) return BadFile(path, absl::StrCat("valid_from: ", from.status().message()));
  const absl::StatusOr<Instant> to = ParseInstant(file.valid_to());
  if (!to.ok()) return BadFile(path, absl::StrCat("valid_to: ", to.status().message()));
  roster.set_valid_from(from->micros);
  roster.set_valid_to(to->micros);
  absl::StatusOr<v1::KeySet> root = FromFile(file.root(), "root");
  if (!root.ok()) return Annotate(root.status(), path);
  *roster.mutable_root() = *std::move(root);
  for (const v1::ParticipantFile& one : file.participants()) {
    COMITY_ASSIGN_OR_RETURN(*roster.add_participants(), FromParticipantFile(one, path));
  }
  for (const v1::AuthorityFile& one : file.authorities()) {
    COMITY_ASSIGN_OR_RETURN(*roster.add_authorities(), FromAuthorityFile(one, path));
  }
  *roster.mutable_arrangements() = file.arrangements();
  *roster.mutable_policy() = file.policy();
  for (const v1::RevokedKey& one : file.revocations()) {
    v1::Revocation& added = *roster.add_revocations();
    absl::StatusOr<std::string> key = KeyBytes(one.public_key(), "revocations");
    if (!key.ok()) return Annotate(key.status(), path);
    added.set_ed25519(*std::move(key));
    added.set_origin(one.origin());
    added.set_index(one.index());
  }
  Normalise(&roster);
  return roster;
}

std::string ToYaml(const google::protobuf::Message& message) {
  std::string out;
  AppendYaml(message, "", false, &out);
  return out;
}

void Normalise(v1::Roster* roster) {
  SortKeys(roster->mutable_root());
  std::sort(roster->mutable_participants()->begin(), roster->mutable_participants()->end(),
            [](const auto& a, const auto& b) { return a.code() < b.code(); });
  std::sort(roster->mutable_authorities()->begin(), roster->mutable_authorities()->end(),
            [](const auto& a, const auto& b) { return a.name() < b.name(); });
  for (v1::Authority& one : *roster->mutable_authorities()) {
    SortKeys(one.mutable_officers());
    SortKeys(one.mutable_root());
  }
  std::sort(roster->mutable_arrangements()->begin(), roster->mutable_arrangements()->end(),
            [](const auto& a, const auto& b) { return a.id() < b.id(); });
  for (v1::Arrangement& one : *roster->mutable_arrangements()) {
    std::sort(one.mutable_roles()->begin(), one.mutable_roles()->end(),
              [](const auto& a, const auto& b) { return a.participant() < b.participant(); });
  }
  std::sort(roster->mutable_revocations()->begin(), roster->mutable_revocations()->end(),
            [](const v1::Revocation& a, const v1::Revocation& b) {
              return std::tie(a.ed25519(), a.origin()) < std::tie(b.ed25519(), b.origin());
            });
}

absl::StatusOr<v1::Envelope> ReadRosterDraft(const std::string& path, v1::Roster* roster) {
  COMITY_ASSIGN_OR_RETURN(const std::string bytes, ReadFileBytes(path, kMaxRosterBytes));
  const absl::StatusOr<v1::Envelope> envelope = ParseEnvelope(bytes);
  if (!envelope.ok() || envelope->payload_type() != kRosterType) {
    return BadFile(path, "is not a roster's draft: `comity roster draft` makes one");
  }
  COMITY_RETURN_IF_ERROR(
      Annotate(ParseStrictLevel(envelope->payload(), kSchemaLevel, roster), path));
  return envelope;
}

absl::Status WriteRosterDraft(const std::string& path, const v1::Envelope& envelope) {
  return WriteWholeFile(path, SerializeEnvelope(envelope));
}

v1::Envelope NewRosterDraft(const v1::Roster& roster) {
  v1::Envelope envelope;
  envelope.set_payload_type(kRosterType);
  envelope.set_payload(roster.SerializeAsString());
  return envelope;
}

}  // namespace comity
