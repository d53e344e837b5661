#include "client/internal/roster_edits.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/internal/roster_file.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"
#include "storage/log/origin.h"
#include "storage/signing/ed25519.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

absl::Status BadEdit(const std::string& edit, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("\"", edit, "\": ", Absl(what)));
}

absl::StatusOr<std::pair<std::string, std::string>> Split(const std::string& edit, char at,
                                                          std::string_view form) {
  const size_t middle = edit.find(at);
  if (middle == std::string::npos || middle == 0 || middle + 1 == edit.size()) {
    return BadEdit(edit, absl::StrCat("must be ", Absl(form)));
  }
  return std::pair(edit.substr(0, middle), edit.substr(middle + 1));
}

absl::StatusOr<v1::PublicKey> ReadKey(const std::string& text) {
  v1::PublicKey key;
  std::error_code error;
  if (std::filesystem::exists(text, error)) {
    COMITY_ASSIGN_OR_RETURN(const NamedKey named, ReadKeyFile(text));
    key.set_name(named.name);
    key.set_ed25519(named.key.public_key());
    return key;
  }
  const size_t colon = text.rfind(':');
  const absl::StatusOr<std::string> bytes =
      colon == std::string::npos ? absl::StatusOr<std::string>(absl::InvalidArgumentError(""))
                                 : FromHex(text.substr(colon + 1));
  if (!bytes.ok() || bytes->size() != 32) {
    return BadEdit(text, "is neither a key's file nor NAME:HEX (64 hex digits)");
  }
  key.set_name(text.substr(0, colon));
  key.set_ed25519(*bytes);
  return key;
}

template <typename Messages, typename Match>
void Erase(Messages* messages, Match match) {
  messages->erase(std::remove_if(messages->begin(), messages->end(), match), messages->end());
}

template <typename Messages>
auto* FindIn(Messages* messages, const std::string& name) {
  for (auto& one : *messages) {
    if constexpr (requires { one.code(); }) {
      if (one.code() == name) return &one;
    } else {
      if (one.name() == name) return &one;
    }
  }
  return static_cast<decltype(&*messages->begin())>(nullptr);
}

absl::Status NoSuch(const std::string& edit, std::string_view what, const std::string& name) {
  return absl::NotFoundError(
      absl::StrCat("\"", edit, "\": the roster has no ", Absl(what), " \"", name, "\""));
}

// The set of keys of a root or officer slot.
absl::StatusOr<v1::KeySet*> SetOf(const std::string& edit, const std::string& slot,
                                  v1::Roster* roster) {
  if (slot == "root") return roster->mutable_root();
  COMITY_ASSIGN_OR_RETURN(
      const auto parts,
      Split(slot, ':', "root, root:AUTHORITY or officer:AUTHORITY before the sign ="));
  v1::Authority* authority = FindIn(roster->mutable_authorities(), parts.second);
  if (authority == nullptr) return NoSuch(edit, "authority", parts.second);
  if (parts.first == "root") return authority->mutable_root();
  if (parts.first == "officer") return authority->mutable_officers();
  return BadEdit(edit,
                 "keys are added to and removed from root, root:AUTHORITY, officer:AUTHORITY");
}

absl::Status SetKey(const std::string& edit, v1::Roster* roster) {
  COMITY_ASSIGN_OR_RETURN(const auto parts, Split(edit, '=', "SLOT=KEY"));
  COMITY_ASSIGN_OR_RETURN(const auto slot, Split(parts.first, ':',
                                                 "log:AUTHORITY, held:PARTICIPANT or "
                                                 "statement:PARTICIPANT, = and a key"));
  COMITY_ASSIGN_OR_RETURN(const v1::PublicKey key, ReadKey(parts.second));
  if (slot.first == "log") {
    v1::Authority* authority = FindIn(roster->mutable_authorities(), slot.second);
    if (authority == nullptr) return NoSuch(edit, "authority", slot.second);
    authority->set_log_key_ed25519(key.ed25519());
    return absl::OkStatus();
  }
  v1::Participant* participant = FindIn(roster->mutable_participants(), slot.second);
  if (participant == nullptr) return NoSuch(edit, "participant", slot.second);
  if (slot.first == "held") {
    *participant->mutable_held_key() = key;
  } else if (slot.first == "statement") {
    *participant->mutable_statement_key() = key;
  } else {
    return BadEdit(edit, "keys are set for log:AUTHORITY, held:PARTICIPANT, statement:PARTICIPANT");
  }
  return absl::OkStatus();
}

template <typename Match>
int RemoveFrom(v1::KeySet* set, Match match) {
  auto* keys = set->mutable_keys();
  const auto end = std::remove_if(keys->begin(), keys->end(), match);
  const int removed = static_cast<int>(keys->end() - end);
  keys->erase(end, keys->end());
  return removed;
}

// `before` has the keys that an earlier revocation of the same edits took away.
absl::Status Revoke(const std::string& edit, const v1::Roster& before, v1::Roster* roster) {
  constexpr char kForm[] = "KEY@AUTHORITY/LIST:INDEX";
  const size_t at = edit.rfind('@');
  const size_t colon = edit.rfind(':');
  if (at == std::string::npos || colon == std::string::npos || colon < at) {
    return BadEdit(edit, absl::StrCat("must be ", kForm));
  }
  const std::string name = edit.substr(0, at);
  std::string origin = edit.substr(at + 1, colon - at - 1);
  uint64_t index = 0;
  if (!absl::SimpleAtoi(edit.substr(colon + 1), &index) || index == 0) {
    return BadEdit(edit,
                   "the index is a whole number, at least 1: the first leaf that does not count");
  }
  if (origin == "*") {
    origin.clear();
  } else if (!Origin::Parse(origin).ok()) {
    COMITY_ASSIGN_OR_RETURN(const ListName list, ListName::Parse(origin));
    origin = Origin{roster->federation(), list, 1}.ToString();
  }
  // By its name, if it stands in the roster.
  std::string key;
  for (const v1::Authority& one : before.authorities()) {
    for (const v1::PublicKey& officer : one.officers().keys()) {
      if (officer.name() == name) key = officer.ed25519();
    }
  }
  for (const v1::Participant& one : before.participants()) {
    if (one.held_key().name() == name) key = one.held_key().ed25519();
  }
  if (key.empty()) {
    COMITY_ASSIGN_OR_RETURN(const v1::PublicKey read, ReadKey(name));
    key = read.ed25519();
  }
  for (v1::Authority& one : *roster->mutable_authorities()) {
    const auto same = [&](const v1::PublicKey& officer) { return officer.ed25519() == key; };
    RemoveFrom(one.mutable_officers(), same);
    RemoveFrom(one.mutable_root(), same);
  }
  for (v1::Revocation& one : *roster->mutable_revocations()) {
    if (one.ed25519() != key || one.origin() != origin) continue;
    if (index > one.index()) return BadEdit(edit, "it is revoked from an earlier leaf on already");
    one.set_index(index);
    return absl::OkStatus();
  }
  v1::Revocation& added = *roster->add_revocations();
  added.set_ed25519(key);
  added.set_origin(origin);
  added.set_index(index);
  return absl::OkStatus();
}

absl::Status SetPolicy(const std::string& edit, v1::Policy* policy) {
  COMITY_ASSIGN_OR_RETURN(const auto parts, Split(edit, '=', "FIELD=N"));
  const auto& type = *v1::Policy::descriptor();
  const google::protobuf::FieldDescriptor* field = type.FindFieldByName(parts.first);
  if (field == nullptr) {
    std::vector<std::string> names;
    for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
    const std::string near = DidYouMean(parts.first, names);
    return BadEdit(edit, absl::StrCat("the policy has no ", parts.first,
                                      near.empty() ? "" : "; did you mean " + near + "?"));
  }
  uint32_t value = 0;
  if (!absl::SimpleAtoi(parts.second, &value)) return BadEdit(edit, "must end in a whole number");
  policy->GetReflection()->SetUInt32(policy, field, value);
  return absl::OkStatus();
}

template <typename Messages, typename Message>
void AddOrReplace(Messages* messages, const std::string& name, Message message) {
  if (auto* known = FindIn(messages, name); known != nullptr) {
    *known = std::move(message);
  } else {
    *messages->Add() = std::move(message);
  }
}

absl::Status ApplyMembers(const RosterEdits& edits, v1::Roster* roster) {
  for (const std::string& path : edits.participants) {
    v1::ParticipantFile file;
    COMITY_RETURN_IF_ERROR(ReadYamlFile(path, &file));
    COMITY_ASSIGN_OR_RETURN(v1::Participant one, FromParticipantFile(file, path));
    AddOrReplace(roster->mutable_participants(), file.code(), std::move(one));
  }
  for (const std::string& path : edits.authorities) {
    v1::AuthorityFile file;
    COMITY_RETURN_IF_ERROR(ReadYamlFile(path, &file));
    COMITY_ASSIGN_OR_RETURN(v1::Authority one, FromAuthorityFile(file, path));
    AddOrReplace(roster->mutable_authorities(), file.name(), std::move(one));
  }
  for (const std::string& code : edits.remove_participants) {
    v1::Participant* one = FindIn(roster->mutable_participants(), code);
    if (one == nullptr) return NoSuch(code, "participant", code);
    Erase(roster->mutable_participants(), [&](const auto& p) { return p.code() == code; });
    Erase(roster->mutable_authorities(),
          [&](const auto& a) { return ParticipantOf(a.name()) == code; });
    for (v1::Arrangement& arrangement : *roster->mutable_arrangements()) {
      Erase(arrangement.mutable_roles(),
            [&](const auto& role) { return role.participant() == code; });
    }
  }
  for (const std::string& name : edits.remove_authorities) {
    if (FindIn(roster->mutable_authorities(), name) == nullptr) {
      return NoSuch(name, "authority", name);
    }
    Erase(roster->mutable_authorities(), [&](const auto& a) { return a.name() == name; });
  }
  return absl::OkStatus();
}

absl::Status ApplyHops(const RosterEdits& edits, v1::Roster* roster) {
  for (const std::string& edit : edits.ca_bundles) {
    COMITY_ASSIGN_OR_RETURN(const auto parts, Split(edit, '=', "PARTICIPANT=FILE"));
    v1::Participant* one = FindIn(roster->mutable_participants(), parts.first);
    if (one == nullptr) return NoSuch(edit, "participant", parts.first);
    COMITY_ASSIGN_OR_RETURN(*one->mutable_ca_bundle_pem(),
                            ReadFileBytes(parts.second, kMaxCaBundleBytes));
  }
  for (const std::string& edit : edits.nodes) {
    COMITY_ASSIGN_OR_RETURN(const auto parts, Split(edit, '=', "PARTICIPANT=NAME@HOST:PORT"));
    COMITY_ASSIGN_OR_RETURN(const auto node,
                            Split(parts.second, '@', "PARTICIPANT=NAME@HOST:PORT"));
    v1::Participant* one = FindIn(roster->mutable_participants(), parts.first);
    if (one == nullptr) return NoSuch(edit, "participant", parts.first);
    v1::Node added;
    added.set_name(node.first);
    added.set_endpoint(node.second);
    AddOrReplace(one->mutable_nodes(), node.first, std::move(added));
  }
  return absl::OkStatus();
}

absl::Status ApplyKeys(const RosterEdits& edits, v1::Roster* roster) {
  for (const std::string& edit : edits.set_keys) COMITY_RETURN_IF_ERROR(SetKey(edit, roster));
  for (const std::string& edit : edits.add_keys) {
    COMITY_ASSIGN_OR_RETURN(const auto parts, Split(edit, '=', "SLOT=KEY"));
    COMITY_ASSIGN_OR_RETURN(v1::KeySet * set, SetOf(edit, parts.first, roster));
    COMITY_ASSIGN_OR_RETURN(*set->add_keys(), ReadKey(parts.second));
  }
  for (const std::string& edit : edits.remove_keys) {
    COMITY_ASSIGN_OR_RETURN(const auto parts, Split(edit, '=', "SLOT=NAME"));
    COMITY_ASSIGN_OR_RETURN(v1::KeySet * set, SetOf(edit, parts.first, roster));
    if (RemoveFrom(set, [&](const v1::PublicKey& key) { return key.name() == parts.second; }) ==
        0) {
      return NoSuch(edit, "key in " + parts.first + " named", parts.second);
    }
  }
  const v1::Roster before = *roster;
  for (const std::string& edit : edits.revocations) {
    COMITY_RETURN_IF_ERROR(Revoke(edit, before, roster));
  }
  for (const bool guard : {false, true}) {
    for (const std::string& edit : guard ? edits.guard_thresholds : edits.thresholds) {
      COMITY_ASSIGN_OR_RETURN(const auto parts, Split(edit, '=', guard ? "AUTHORITY=N" : "SLOT=N"));
      uint32_t value = 0;
      if (!absl::SimpleAtoi(parts.second, &value)) {
        return BadEdit(edit, "must end in a whole number");
      }
      if (!guard) {
        COMITY_ASSIGN_OR_RETURN(v1::KeySet * set, SetOf(edit, parts.first, roster));
        set->set_threshold(value);
        continue;
      }
      v1::Authority* one = FindIn(roster->mutable_authorities(), parts.first);
      if (one == nullptr) return NoSuch(edit, "authority", parts.first);
      one->set_guard_threshold(value);
    }
  }
  return absl::OkStatus();
}

std::set<std::string> NamesOf(const v1::KeySet& set) {
  std::set<std::string> names;
  for (const v1::PublicKey& key : set.keys()) {
    names.insert(absl::StrCat(key.name(), " (", ToHex(key.ed25519()).substr(0, 8), "...)"));
  }
  return names;
}

void CompareKeys(const std::string& what, const v1::KeySet& before, const v1::KeySet& after,
                 std::vector<std::string>* out) {
  const std::set<std::string> was = NamesOf(before), is = NamesOf(after);
  for (const std::string& name : was) {
    if (!is.contains(name)) out->push_back(absl::StrCat(what, ": key ", name, " is out"));
  }
  for (const std::string& name : is) {
    if (!was.contains(name)) out->push_back(absl::StrCat(what, ": key ", name, " is in"));
  }
  if (before.threshold() != after.threshold()) {
    out->push_back(
        absl::StrCat(what, ": threshold ", before.threshold(), " becomes ", after.threshold()));
  }
}

void CompareParticipant(const v1::Participant& before, const v1::Participant& after,
                        std::vector<std::string>* out) {
  const auto changed = [&](std::string_view what, bool differs) {
    if (differs) out->push_back(absl::StrCat(after.code(), ": ", Absl(what), " changes"));
  };
  const auto text = [](const google::protobuf::Message& m) { return m.SerializeAsString(); };
  changed("the name", before.name() != after.name());
  changed("the CA bundle", before.ca_bundle_pem() != after.ca_bundle_pem());
  changed("the HELD key", text(before.held_key()) != text(after.held_key()));
  changed("the statement key", text(before.statement_key()) != text(after.statement_key()));
  std::string was, is;
  for (const v1::Node& node : before.nodes()) was += node.name() + " " + node.endpoint() + "\n";
  for (const v1::Node& node : after.nodes()) is += node.name() + " " + node.endpoint() + "\n";
  changed("where its daemons are", was != is);
}

}  // namespace

bool RosterEdits::empty() const {
  return participants.empty() && authorities.empty() && remove_participants.empty() &&
         remove_authorities.empty() && set_keys.empty() && add_keys.empty() &&
         remove_keys.empty() && thresholds.empty() && guard_thresholds.empty() &&
         ca_bundles.empty() && nodes.empty() && revocations.empty() && policy.empty() &&
         valid_from.empty() && valid_to.empty();
}

absl::Status ApplyEdits(const RosterEdits& edits, v1::Roster* roster) {
  COMITY_RETURN_IF_ERROR(ApplyMembers(edits, roster));
  COMITY_RETURN_IF_ERROR(ApplyHops(edits, roster));
  COMITY_RETURN_IF_ERROR(ApplyKeys(edits, roster));
  for (const std::string& edit : edits.policy) {
    COMITY_RETURN_IF_ERROR(SetPolicy(edit, roster->mutable_policy()));
  }
  if (!edits.valid_from.empty()) {
    COMITY_ASSIGN_OR_RETURN(const Instant from, ParseInstant(edits.valid_from));
    roster->set_valid_from(from.micros);
  }
  if (!edits.valid_to.empty()) {
    COMITY_ASSIGN_OR_RETURN(const Instant to, ParseInstant(edits.valid_to));
    roster->set_valid_to(to.micros);
  }
  Normalise(roster);
  return absl::OkStatus();
}

std::vector<std::string> DifferencesOf(const v1::Roster& before, const v1::Roster& after) {
  std::vector<std::string> out;
  CompareKeys("root", before.root(), after.root(), &out);
  std::map<std::string, const v1::Participant*> participants;
  for (const v1::Participant& one : before.participants()) participants[one.code()] = &one;
  for (const v1::Participant& one : after.participants()) {
    const auto known = participants.extract(one.code());
    if (known.empty()) {
      out.push_back(absl::StrCat("participant ", one.code(), " joins"));
    } else {
      CompareParticipant(*known.mapped(), one, &out);
    }
  }
  for (const auto& [code, one] : participants) {
    out.push_back(absl::StrCat("participant ", code, " leaves"));
  }
  std::map<std::string, const v1::Authority*> authorities;
  for (const v1::Authority& one : before.authorities()) authorities[one.name()] = &one;
  for (const v1::Authority& one : after.authorities()) {
    const auto known = authorities.extract(one.name());
    if (known.empty()) {
      out.push_back(absl::StrCat("authority ", one.name(), " joins"));
      continue;
    }
    const v1::Authority& was = *known.mapped();
    CompareKeys("officers of " + one.name(), was.officers(), one.officers(), &out);
    CompareKeys("root of " + one.name(), was.root(), one.root(), &out);
    if (was.guard_threshold() != one.guard_threshold()) {
      out.push_back(absl::StrCat(one.name(), ": the guard's threshold ", was.guard_threshold(),
                                 " becomes ", one.guard_threshold()));
    }
    if (was.log_key_ed25519() != one.log_key_ed25519()) {
      out.push_back(absl::StrCat(one.name(), ": the log key changes"));
    }
  }
  for (const auto& [name, one] : authorities) {
    out.push_back(absl::StrCat("authority ", name, " leaves"));
  }
  const auto& policy = *v1::Policy::descriptor();
  for (int i = 0; i < policy.field_count(); ++i) {
    const auto* field = policy.field(i);  // whole numbers all
    const uint32_t was = before.policy().GetReflection()->GetUInt32(before.policy(), field);
    const uint32_t is = after.policy().GetReflection()->GetUInt32(after.policy(), field);
    if (was == is) continue;
    out.push_back(absl::StrCat("the policy's ", field->name(), " ", was, " becomes ", is));
  }
  std::set<std::string> known;
  for (const v1::Revocation& one : before.revocations()) known.insert(one.SerializeAsString());
  for (const v1::Revocation& one : after.revocations()) {
    if (known.contains(one.SerializeAsString())) continue;
    out.push_back(absl::StrCat("key ", ToHex(one.ed25519()).substr(0, 8), "... is revoked in ",
                               one.origin().empty() ? "all other logs" : one.origin(),
                               " from leaf ", one.index(), " on"));
  }
  if (before.valid_to() != after.valid_to()) {
    out.push_back(absl::StrCat("valid to ", FormatInstant({after.valid_to()})));
  }
  return out;
}

}  // namespace comity
