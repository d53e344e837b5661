// WriteUsCclHistory: items as dated editions of the Commerce Control List.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "client/import/exports.h"
#include "client/import/placeholder.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

// What us-ccl-history makes of an item: all else has no place in the file.
v1::Entry Plain(const v1::Entry& entry) {
  v1::Entry plain;
  plain.set_key(entry.key());
  plain.set_lang(entry.lang());
  const v1::ControlledItem& from = entry.item();
  v1::ControlledItem& item = *plain.mutable_item();
  item.set_code(from.code());
  item.set_supplement(from.supplement());
  if (from.has_heading()) item.set_heading(from.heading());
  if (from.has_text()) item.set_text(from.text());
  *item.mutable_more_lines() = from.more_lines();
  MarkPlaceholder(&item);
  return plain;
}

template <typename Line>
void AddLine(const v1::ControlledItem& item, const Line& line, std::string_view version,
             std::string* out) {
  nlohmann::ordered_json record;
  record["version"] = std::string(version);
  record["code"] = item.code();
  record["heading"] = line.has_heading() ? nlohmann::ordered_json(line.heading()) : nullptr;
  record["supplement"] = item.supplement();
  record["text"] = line.has_text() ? nlohmann::ordered_json(line.text()) : nullptr;
  absl::StrAppend(out, record.dump(), "\n");
}

}  // namespace

absl::StatusOr<std::string> WriteUsCclHistory(const std::vector<v1::Entry>& entries,
                                              std::string_view version) {
  std::vector<const v1::Entry*> sorted;
  for (const v1::Entry& entry : entries) {
    if (!entry.has_item() || entry.item().supplement().empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the entry \"", entry.key(),
                       "\" is no item of a supplement, which us-ccl-history holds: export the list "
                       "as entries"));
    }
    if (Plain(entry).SerializeAsString() != entry.SerializeAsString()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the entry \"", entry.key(),
                       "\" holds more than a heading and texts, for which us-ccl-history has no "
                       "place: export the list as entries"));
    }
    sorted.push_back(&entry);
  }
  std::sort(sorted.begin(), sorted.end(), [](const v1::Entry* a, const v1::Entry* b) {
    return std::pair(a->item().code(), a->item().supplement()) <
           std::pair(b->item().code(), b->item().supplement());
  });
  std::string out;
  for (const v1::Entry* entry : sorted) {
    const v1::ControlledItem& item = entry->item();
    AddLine(item, item, version, &out);
    for (const v1::ItemLine& line : item.more_lines()) AddLine(item, line, version, &out);
  }
  return out;
}

}  // namespace comity
