#include "storage/lists/divergence_compare.h"

#include <string_view>

namespace comity {
namespace {

// "en" of "en-GB".
std::string_view PrimaryLanguage(std::string_view tag) { return tag.substr(0, tag.find('-')); }

}  // namespace

std::optional<std::pair<size_t, size_t>> CommonLanguage(const ComparedItem& left,
                                                        const ComparedItem& right) {
  for (size_t i = 0; i < left.texts.size(); ++i) {
    for (size_t j = 0; j < right.texts.size(); ++j) {
      const std::string_view a = PrimaryLanguage(left.texts[i].lang);
      const std::string_view b = PrimaryLanguage(right.texts[j].lang);
      if (a == b || a.empty() || b.empty()) return std::pair(i, j);
    }
  }
  return std::nullopt;
}

TextDifference CompareTexts(const ComparedItem& left, const ComparedItem& right) {
  const auto common = CommonLanguage(left, right);
  if (!common.has_value()) return TextDifference::kNoCommonLanguage;
  const ItemText& a = left.texts[common->first];
  const ItemText& b = right.texts[common->second];
  if (a.exact == b.exact) return TextDifference::kSame;
  return a.folded == b.folded ? TextDifference::kTypography : TextDifference::kWords;
}

TermsDifference CompareTerms(const ComparedItem& left, const ComparedItem& right) {
  const bool left_sensitive = left.sensitivity != v1::SENSITIVITY_UNSPECIFIED;
  const bool right_sensitive = right.sensitivity != v1::SENSITIVITY_UNSPECIFIED;
  const bool both_state = left.controls.has_value() && right.controls.has_value();
  const bool both_sensitive = left_sensitive && right_sensitive;
  if ((both_state && *left.controls != *right.controls) ||
      (both_sensitive && left.sensitivity != right.sensitivity)) {
    return TermsDifference::kDiffer;
  }
  const bool one_states = left.controls.has_value() != right.controls.has_value();
  return one_states || left_sensitive != right_sensitive ? TermsDifference::kOneSided
                                                         : TermsDifference::kSame;
}

bool DatesDiffer(const ComparedItem& left, const ComparedItem& right) {
  return left.from != right.from || left.to != right.to ||
         left.compliance_from != right.compliance_from;
}

void CountPair(const PairDifference& difference, v1::DivergencePair& pair) {
  const KindSet kinds = difference.kinds;
  pair.set_both(pair.both() + 1);
  if (difference.compared) pair.set_compared(pair.compared() + 1);
  if (kinds.Has(DivergenceKind::kText)) pair.set_text(pair.text() + 1);
  if (kinds.Has(DivergenceKind::kTypography)) pair.set_typography(pair.typography() + 1);
  if (kinds.Has(DivergenceKind::kDates)) pair.set_dates(pair.dates() + 1);
  if (kinds.Has(DivergenceKind::kDestinations)) {
    pair.set_destinations(pair.destinations() + 1);
    if (difference.terms_one_sided) {
      pair.set_destinations_one_sided(pair.destinations_one_sided() + 1);
    }
  }
  if (kinds.Has(DivergenceKind::kMapping)) pair.set_mapping(pair.mapping() + 1);
  if (difference.compared && kinds.empty()) pair.set_same(pair.same() + 1);
}

}  // namespace comity
