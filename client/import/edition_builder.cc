#include "client/import/edition_builder.h"

#include "absl/strings/str_cat.h"
#include "storage/canonical/encoder.h"
#include "storage/lists/entry_check.h"
#include "storage/merkle/hash.h"

namespace comity {

EditionBuilder::EditionBuilder(std::string format, v1::ListKind kind) {
  edition_.format = std::move(format);
  edition_.kind = kind;
}

void EditionBuilder::Add(const std::string& where, const v1::Entry& entry) {
  std::string bytes = entry.SerializeAsString();
  if (const auto checked = CheckEntry(bytes, edition_.kind); !checked.ok()) {
    return Refuse(where, entry.key(), std::string(checked.status().message()));
  }
  if (refused_keys_.contains(entry.key())) {
    return Refuse(where, entry.key(), "another record of this key was refused");
  }
  const auto [it, inserted] = kept_.try_emplace(entry.key(), Kept{where, bytes, entry});
  if (inserted || it->second.bytes == bytes) return;
  const std::string first = it->second.where;
  kept_.erase(it);
  Refuse(first, entry.key(), absl::StrCat("the key is given again, differently, at ", where));
  Refuse(where, entry.key(), absl::StrCat("the key was given before, differently, at ", first));
}

void EditionBuilder::Refuse(const std::string& where, const std::string& key,
                            std::string_view why) {
  if (!key.empty()) {
    refused_keys_.insert(key);
    kept_.erase(key);
  }
  edition_.refused.push_back({where, key, std::string(why)});
}

absl::StatusOr<Edition> EditionBuilder::Build(const SourceFile& source) {
  if (edition_.read == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("the file holds no record of the format ", edition_.format));
  }
  for (auto& [key, kept] : kept_) edition_.entries.push_back(std::move(kept.entry));
  edition_.source_sha256 = source.sha256;
  return std::move(edition_);
}

std::string PartyKey(std::string_view source_list, std::string_view primary_name,
                     std::string_view country, std::string_view first_citation) {
  constexpr size_t kKeyBytes = 128 / 8;
  Encoder encoder;
  encoder.Bytes(source_list);
  encoder.Bytes(primary_name);
  encoder.Bytes(country);
  encoder.Bytes(first_citation);
  return "h:" + ToHex(ToBytes(Sha256(encoder.Take())).substr(0, kKeyBytes));
}

}  // namespace comity
