#include "storage/lists/entry_check.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"
#include "storage/canonical/strict.h"
#include "storage/lists/correlation_check.h"
#include "storage/lists/denial_check.h"
#include "storage/log/origin.h"

namespace comity {
namespace {

std::string Name(const v1::Entry& entry) { return absl::StrCat("entry \"", entry.key(), "\""); }

absl::Status BadEntry(const v1::Entry& entry, std::string_view what,
                      v1::Reason reason = v1::REASON_BAD_CHANGE) {
  return MakeError(absl::StatusCode::kInvalidArgument, reason,
                   absl::StrCat(Name(entry), ": ", Absl(what)));
}

absl::Status CheckItem(const v1::Entry& entry) {
  const v1::ControlledItem& item = entry.item();
  if (item.code().empty() || item.code().size() > 128) {
    return BadEntry(entry, "an item has a code of 1-128 bytes");
  }
  if (item.more_lines_size() > 1000 || item.paragraphs_size() > 10'000 ||
      item.controls_size() > 1000 || item.exceptions_size() > 1000 ||
      item.regime_references_size() > 100) {
    return BadEntry(entry,
                    "more lines, paragraphs, controls, exceptions or references than allowed",
                    v1::REASON_LIMIT);
  }
  return absl::OkStatus();
}

absl::Status CheckParty(const v1::Entry& entry) {
  const v1::ListedParty& party = entry.party();
  if (party.names().empty() && party.kind() != v1::PARTY_KIND_ADDRESS_ONLY) {
    return BadEntry(entry, "a party has at least one name");
  }
  if (party.names_size() > 1000 || party.addresses_size() > 1000 || party.ids_size() > 1000) {
    return BadEntry(entry, "more than 1,000 names, addresses or ids", v1::REASON_LIMIT);
  }
  for (const v1::PartyName& name : party.names()) {
    if (name.text().empty()) return BadEntry(entry, "a name is empty");
  }
  return absl::OkStatus();
}

}  // namespace

const char* ListKindName(v1::ListKind kind) {
  switch (kind) {
    case v1::LIST_KIND_ITEMS:
      return "items";
    case v1::LIST_KIND_PARTIES:
      return "parties";
    case v1::LIST_KIND_RULES:
      return "rules";
    case v1::LIST_KIND_DENIALS:
      return "denials";
    case v1::LIST_KIND_CORRELATIONS:
      return "correlations";
    default:
      return "";
  }
}

v1::ListKind ListKindOfName(std::string_view name) {
  for (int kind = v1::ListKind_MIN; kind <= v1::ListKind_MAX; ++kind) {
    if (kind == v1::LIST_KIND_UNSPECIFIED || !v1::ListKind_IsValid(kind)) continue;
    if (ListKindName(static_cast<v1::ListKind>(kind)) == name) {
      return static_cast<v1::ListKind>(kind);
    }
  }
  return v1::LIST_KIND_UNSPECIFIED;
}

absl::StatusOr<v1::Entry> CheckEntry(std::string_view bytes, v1::ListKind kind) {
  v1::Entry entry;
  if (bytes.size() > kMaxEntryBytes) {
    return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_LIMIT,
                     absl::StrCat("an entry of ", bytes.size(), " bytes: the limit is 1 MiB"));
  }
  COMITY_RETURN_IF_ERROR(Annotate(ParseStrict(bytes, &entry), "entry"));
  COMITY_RETURN_IF_ERROR(CheckEntryKey(entry.key()));
  switch (entry.body_case()) {
    case v1::Entry::kItem:
      if (kind != v1::LIST_KIND_ITEMS)
        return BadEntry(entry, "an item cannot stand in this kind of list");
      COMITY_RETURN_IF_ERROR(CheckItem(entry));
      break;
    case v1::Entry::kParty:
      if (kind != v1::LIST_KIND_PARTIES) {
        return BadEntry(entry, "a party cannot stand in this kind of list");
      }
      COMITY_RETURN_IF_ERROR(CheckParty(entry));
      break;
    case v1::Entry::kRule:
      if (kind != v1::LIST_KIND_RULES)
        return BadEntry(entry, "a rule cannot stand in this kind of list");
      if (entry.rule().article().empty()) return BadEntry(entry, "a rule names its article");
      break;
    case v1::Entry::kDenial:
      if (kind != v1::LIST_KIND_DENIALS) {
        return BadEntry(entry, "a denial cannot stand in this kind of list");
      }
      COMITY_RETURN_IF_ERROR(Annotate(CheckDenial(entry.denial()), Name(entry)));
      break;
    case v1::Entry::kCorrelation:
      if (kind != v1::LIST_KIND_CORRELATIONS) {
        return BadEntry(entry, "a correlation cannot stand in this kind of list");
      }
      COMITY_RETURN_IF_ERROR(Annotate(CheckCorrelation(entry.correlation()), Name(entry)));
      break;
    default:
      return BadEntry(entry, "it is neither an item, a party, a rule, a denial nor a correlation");
  }
  for (int i = 1; i < entry.translations_size(); ++i) {
    if (entry.translations(i - 1).lang() >= entry.translations(i).lang()) {
      return BadEntry(entry, "translations must ascend by language");
    }
  }
  return entry;
}

}  // namespace comity
