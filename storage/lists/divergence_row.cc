#include "storage/lists/divergence_row.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/lists/divergence_words.h"
#include "storage/match/text_search.h"
#include "storage/match/word_diff.h"

namespace comity {
namespace {

constexpr int kMaxEntries = 64;
constexpr size_t kMaxExcerpt = 200;
constexpr size_t kMaxTermsBytes = 1 << 20;
constexpr int kMaxLinks = 256;
constexpr int kMaxDiffs = 64;
constexpr size_t kMaxDiffBytes = 3 << 19;

std::string DayOrEmpty(const std::optional<CivilDay>& day) {
  return day.has_value() ? FormatCivilDay(*day) : "";
}

// What `entry` states, and if that is nothing what its list states above it.
absl::Status AddTerms(const Snapshot& snapshot, const HeldEntry& held, const v1::Entry& entry,
                      v1::DivergenceEntry* out) {
  *out->mutable_controls() = entry.item().controls();
  *out->mutable_exceptions() = entry.item().exceptions();
  if (!out->controls().empty()) return absl::OkStatus();
  const ComparedItem* above = Divergences::StatesControlsAbove(*held.list, held.item->code);
  if (above == nullptr) return absl::OkStatus();
  COMITY_ASSIGN_OR_RETURN(const v1::Entry upper, snapshot.ReadCompared(*above));
  *out->mutable_controls_above() = upper.item().controls();
  out->set_controls_at(upper.item().code());
  return absl::OkStatus();
}

absl::StatusOr<v1::DivergenceEntry> MakeEntry(const Snapshot& snapshot,
                                              const Divergences& divergences, const HeldEntry& held,
                                              size_t* terms_bytes) {
  const ComparedItem& item = *held.item;
  COMITY_ASSIGN_OR_RETURN(const v1::AuthorityItem shown, snapshot.ShowCompared(*held.list, item));
  v1::DivergenceEntry out;
  out.set_participant(divergences.participants()[held.participant]);
  out.set_authority(shown.authority());
  out.set_list(shown.list());
  out.set_key(item.key);
  out.set_code(item.published_code);
  out.set_supplement(item.supplement);
  out.set_excerpt(Excerpt(TextToCompare(shown.entry()), 0, kMaxExcerpt));
  out.set_status(StandingName(item.standing));
  out.set_effective_from(shown.effective_from());
  out.set_effective_to(DayOrEmpty(item.to));
  out.set_compliance_from(shown.compliance_from());
  out.set_published_at(shown.published_at());
  out.set_citation(shown.citation());
  out.set_citation_url(shown.citation_url());
  out.set_index(shown.index());
  out.set_as_of(shown.as_of());
  out.set_entry_hash(shown.entry_hash());
  out.set_next_change_on(DayOrEmpty(item.next_change_on));
  out.set_sensitivity(SensitivityName(item.sensitivity));
  out.set_compared(held.compared);
  out.set_lang(shown.entry().lang());
  if (terms_bytes == nullptr) return out;
  v1::DivergenceEntry with_terms = out;
  COMITY_RETURN_IF_ERROR(AddTerms(snapshot, held, shown.entry(), &with_terms));
  const size_t bytes = with_terms.ByteSizeLong() - out.ByteSizeLong();
  if (*terms_bytes + bytes > kMaxTermsBytes) {
    out.set_terms_left_out(true);
    return out;
  }
  *terms_bytes += bytes;
  return with_terms;
}

const char* DifferenceName(TextDifference difference) {
  switch (difference) {
    case TextDifference::kSame:
      return "same";
    case TextDifference::kTypography:
      return "typography";
    case TextDifference::kWords:
      return "words";
    default:
      return "not compared";
  }
}

absl::StatusOr<v1::TextDiff> MakeDiff(const Snapshot& snapshot, const HeldEntry& left,
                                      const HeldEntry& right, TextDifference difference) {
  v1::TextDiff out;
  out.set_left_list(left.list->origin.name.ToString());
  out.set_left_key(left.item->key);
  out.set_right_list(right.list->origin.name.ToString());
  out.set_right_key(right.item->key);
  out.set_difference(DifferenceName(difference));
  const auto common = CommonLanguage(*left.item, *right.item);
  if (!common.has_value()) {
    out.set_note(absl::StrCat("no common language: ", left.item->texts[0].lang, " and ",
                              right.item->texts[0].lang));
    return out;
  }
  const std::string& left_lang = left.item->texts[common->first].lang;
  const std::string& right_lang = right.item->texts[common->second].lang;
  out.set_lang(left_lang.empty() ? right_lang : left_lang);
  COMITY_ASSIGN_OR_RETURN(const v1::Entry left_entry, snapshot.ReadCompared(*left.item));
  COMITY_ASSIGN_OR_RETURN(const v1::Entry right_entry, snapshot.ReadCompared(*right.item));
  WordDiff diff =
      DiffWords(TextToCompare(left_entry, left_lang), TextToCompare(right_entry, right_lang));
  for (DiffPart& part : diff.parts) {
    v1::DiffSegment& segment = *out.add_segments();
    segment.set_kind(part.kind == DiffPart::Kind::kSame   ? "same"
                     : part.kind == DiffPart::Kind::kLeft ? "left"
                                                          : "right");
    segment.set_left(std::move(part.left));
    segment.set_right(std::move(part.right));
  }
  out.set_words_same(static_cast<uint32_t>(diff.same));
  out.set_words_left(static_cast<uint32_t>(diff.left));
  out.set_words_right(static_cast<uint32_t>(diff.right));
  out.set_coarse(diff.coarse);
  return out;
}

}  // namespace

absl::StatusOr<v1::DivergenceRow> MakeDivergenceRow(const Snapshot& snapshot,
                                                    const Divergences& divergences,
                                                    const CodeFinding& finding, bool with_terms) {
  v1::DivergenceRow row;
  row.set_code(finding.code);
  if (finding.parsed.has_value()) {
    row.set_scheme(CodeSchemeName(finding.parsed->scheme));
    row.set_series(finding.parsed->space);
  }
  const EntryReader read = [&](const ComparedItem& item) { return snapshot.ReadCompared(item); };
  COMITY_ASSIGN_OR_RETURN(std::vector<v1::DivergenceReason> reasons,
                          ExplainDivergence(divergences, finding, read));
  for (v1::DivergenceReason& reason : reasons) *row.add_reasons() = std::move(reason);
  for (size_t i = 0; i < finding.holds.size(); ++i) {
    const Hold& hold = finding.holds[i];
    v1::DivergenceState& state = *row.add_states();
    state.set_participant(divergences.participants()[i]);
    state.set_state(HoldStateName(hold.state));
    state.set_code(hold.code);
    state.set_day(DayOrEmpty(hold.day));
  }
  size_t terms_bytes = 0;
  for (const HeldEntry& one : finding.entries) {
    if (row.entries_size() == kMaxEntries) {
      row.set_entries_left_out(row.entries_left_out() + 1);
      continue;
    }
    COMITY_ASSIGN_OR_RETURN(*row.add_entries(), MakeEntry(snapshot, divergences, one,
                                                          with_terms ? &terms_bytes : nullptr));
  }
  return row;
}

absl::Status AddDivergenceDetail(const Snapshot& snapshot, const Divergences& divergences,
                                 const CodeFinding& finding, const KeepGoing& keep_going,
                                 v1::GetDivergenceResponse* response) {
  for (const PairLink& pair : finding.links) {
    if (response->links_size() == kMaxLinks) break;
    v1::DivergenceLink& link = *response->add_links();
    link.set_left(divergences.participants()[pair.left]);
    link.set_right(divergences.participants()[pair.right]);
    link.set_degree(LinkDegreeName(pair.link.degree));
    link.set_origin(LinkOriginName(pair.link.origin));
    link.set_why(CutText(LinkText(pair), kMaxExplanation));
    if (pair.by != nullptr) {
      link.set_correlation(absl::StrCat(pair.by->source->list, " ", pair.by->source->key));
    }
    if (pair.left_code != finding.code) link.set_left_code(pair.left_code);
    if (pair.right_code != finding.code) link.set_right_code(pair.right_code);
  }
  size_t bytes = 0;
  for (auto left = finding.entries.begin(); left != finding.entries.end(); ++left) {
    for (auto right = std::next(left); right != finding.entries.end(); ++right) {
      if (!left->compared || !right->compared || left->participant == right->participant) continue;
      const TextDifference difference = CompareTexts(*left->item, *right->item);
      if (difference == TextDifference::kSame) continue;
      if (response->diffs_size() == kMaxDiffs || bytes > kMaxDiffBytes) {
        response->set_diffs_left_out(response->diffs_left_out() + 1);
        continue;
      }
      COMITY_RETURN_IF_ERROR(keep_going());
      COMITY_ASSIGN_OR_RETURN(v1::TextDiff diff, MakeDiff(snapshot, *left, *right, difference));
      bytes += diff.ByteSizeLong();
      // One entry has 1 MiB: two texts beside each other may be more than there is room for.
      if (bytes > kMaxDiffBytes) {
        response->set_diffs_left_out(response->diffs_left_out() + 1);
        continue;
      }
      *response->add_diffs() = std::move(diff);
    }
  }
  return absl::OkStatus();
}

}  // namespace comity
