#include "client/import/edition_builder.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "storage/canonical/encoder.h"
#include "storage/lists/entry_check.h"
#include "storage/log/origin.h"
#include "storage/match/code_remark.h"
#include "storage/match/parsed_code.h"
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

namespace {

// The codes that an entry carries as published.
std::vector<std::string> CodesOf(const v1::Entry& entry) {
  std::vector<std::string> codes;
  if (entry.has_item()) codes.push_back(entry.item().code());
  codes.insert(codes.end(), entry.denial().control_codes().begin(),
               entry.denial().control_codes().end());
  for (const v1::CorrelationSide* side :
       {&entry.correlation().left(), &entry.correlation().right()}) {
    // A code of a numbering that is named need not look like any other.
    if (side->has_code() && side->scheme().empty()) codes.push_back(side->code());
  }
  return codes;
}

}  // namespace

void EditionBuilder::RemarkOnCodes() {
  constexpr size_t kMaxRemarks = 50;
  size_t remarks = 0;
  for (const auto& [key, kept] : kept_) {
    for (const std::string& code : CodesOf(kept.entry)) {
      const std::optional<CodeRemark> remark = RemarkOnCode(code);
      if (!remark.has_value()) continue;
      if (++remarks <= kMaxRemarks) Note(absl::StrCat(kept.where, ": ", remark->text));
    }
  }
  if (remarks > kMaxRemarks) {
    Note(absl::StrCat(remarks - kMaxRemarks, " more codes are as odd"));
  }
}

absl::StatusOr<Edition> EditionBuilder::Build(const SourceFile& source) {
  if (edition_.read == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("the file holds no record of the format ", edition_.format));
  }
  RemarkOnCodes();
  for (auto& [key, kept] : kept_) edition_.entries.push_back(std::move(kept.entry));
  edition_.source_sha256 = source.sha256;
  return std::move(edition_);
}

namespace {

// `prefix` and 128 bits of SHA-256 in hex.
std::string ShortHash(std::string_view prefix, std::string_view bytes) {
  constexpr size_t kKeyBytes = 128 / 8;
  return std::string(prefix) + ToHex(ToBytes(Sha256(bytes)).substr(0, kKeyBytes));
}

}  // namespace

std::string PartyKey(std::string_view source_list, std::string_view primary_name,
                     std::string_view country, std::string_view first_citation) {
  Encoder encoder;
  encoder.Bytes(source_list);
  encoder.Bytes(primary_name);
  encoder.Bytes(country);
  encoder.Bytes(first_citation);
  return ShortHash("h:", encoder.Take());
}

std::string ItemKey(const std::string& supplement, const std::string& code) {
  const std::string prefix = supplement.empty() ? "" : supplement + ":";
  const std::string whole = prefix + code;
  const bool ascii = std::all_of(whole.begin(), whole.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) return whole;
  const std::optional<ParsedCode> parsed = ParseCode(code);
  return ShortHash("c:", parsed.has_value() ? prefix + parsed->canonical : whole);
}

namespace {

// What the side names and, after an '@', whose it is; empty if it names nothing.
std::string SideName(const v1::CorrelationSide& side) {
  const auto with_issuer = [&](const std::string& what) {
    return side.issuer().empty() ? what : absl::StrCat(what, "@", side.issuer());
  };
  switch (side.what_case()) {
    case v1::CorrelationSide::kCode:
      return with_issuer(side.code());
    case v1::CorrelationSide::kTerm:
      return with_issuer(side.term());
    case v1::CorrelationSide::kArticle:
      return with_issuer(side.article());
    case v1::CorrelationSide::kNotListed:
      return with_issuer("not-listed");
    default:
      return "";
  }
}

}  // namespace

std::string CorrelationKey(const v1::Correlation& correlation) {
  const std::string left = SideName(correlation.left());
  const std::string right = SideName(correlation.right());
  if (left.empty() || right.empty()) return "";
  const std::string whole = absl::StrCat(left, "=", right);
  std::string key = absl::StrReplaceAll(whole, {{" ", "-"}});
  return CheckEntryKey(key).ok() ? key : ShortHash("c:", whole);
}

}  // namespace comity
