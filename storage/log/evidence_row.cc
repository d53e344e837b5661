#include "storage/log/evidence_row.h"

#include "absl/strings/str_cat.h"

namespace comity {

v1::EvidenceRow EvidenceRowOf(const VerifiedEvidence& evidence) {
  const bool same_size = evidence.first.size == evidence.second.size;
  v1::EvidenceRow row;
  row.set_digest(ToHex(evidence.digest));
  row.set_list(evidence.origin.name.ToString());
  row.set_origin(evidence.origin.ToString());
  row.set_kind(same_size ? "same-size" : "different-sizes");
  row.set_authority(evidence.origin.name.authority);
  row.set_held_by(evidence.held_by);
  row.set_first_size(evidence.first.size);
  row.set_first_root(ToHex(evidence.first.root));
  row.set_second_size(evidence.second.size);
  row.set_second_root(ToHex(evidence.second.root));
  if (!same_size) row.set_root_before(ToHex(evidence.root_before));
  row.set_bytes(evidence.bytes);
  return row;
}

std::string SentenceOf(const VerifiedEvidence& evidence) {
  const auto shown = [](const Digest& root) { return ToHex(root).substr(0, 16); };
  const std::string& authority = evidence.origin.name.authority;
  std::string text = absl::StrCat(
      authority, " signed that ", evidence.origin.ToString(), " has root ",
      shown(evidence.first.root), "... at size ", evidence.first.size, ", and that it has root ",
      shown(evidence.second.root), "... at size ", evidence.second.size);
  if (evidence.first.size != evidence.second.size) {
    absl::StrAppend(&text, ", a log that had root ", shown(evidence.root_before), "... at size ",
                    evidence.first.size);
  }
  absl::StrAppend(&text, ": no log is both");
  if (!evidence.held_by.empty()) {
    absl::StrAppend(&text, "; ", evidence.held_by, " stated that it holds each of them");
  }
  return text;
}

}  // namespace comity
