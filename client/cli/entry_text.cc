#include "client/cli/entry_text.h"

#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/lists/correlations.h"

namespace comity::cli {
namespace {

std::string DenialText(const v1::Denial& denial) {
  std::string text = denial.party_name();
  const auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) absl::StrAppend(&text, "\n", std::string(name), ": ", value);
  };
  line("Address", denial.address());
  line("Refused by", denial.notifying_government());
  line("Destination", denial.destination_country());
  line("Codes", absl::StrJoin(denial.control_codes(), ", "));
  line("Goods", denial.description());
  line("End use", denial.end_use());
  line("Reason", denial.reason_for_refusal());
  line("Date", denial.denied_on());
  line("Regime reference", denial.regime_reference());
  return text;
}

std::string CorrelationText(const v1::Correlation& correlation) {
  const std::string degree = DegreeName(correlation.degree());
  return absl::StrCat(SideText(correlation.left()), " = ", SideText(correlation.right()),
                      degree.empty() ? "" : absl::StrCat(", ", degree),
                      "\nSource: ", correlation.source_citation(),
                      correlation.note().empty() ? "" : "\n", correlation.note());
}

}  // namespace

std::string SideText(const v1::CorrelationSide& side) {
  const std::string issuer = side.issuer().empty() ? "" : absl::StrCat(" (", side.issuer(), ")");
  switch (side.what_case()) {
    case v1::CorrelationSide::kCode:
      return absl::StrCat(side.code(), issuer);
    case v1::CorrelationSide::kTerm:
      return absl::StrCat(side.term(), issuer);
    case v1::CorrelationSide::kArticle:
      return absl::StrCat("not on the list; ", side.article(), issuer);
    default:
      return absl::StrCat("not on the list", issuer);
  }
}

std::string TitleOf(const v1::Entry& entry) {
  switch (entry.body_case()) {
    case v1::Entry::kItem:
      return entry.item().heading();
    case v1::Entry::kRule:
      return entry.rule().heading();
    case v1::Entry::kParty:
      return entry.party().names().empty() ? "" : entry.party().names(0).text();
    case v1::Entry::kDenial:
      return absl::StrCat(entry.denial().party_name(), ", refused by ",
                          entry.denial().notifying_government());
    case v1::Entry::kCorrelation:
      return absl::StrCat(SideText(entry.correlation().left()), " = ",
                          SideText(entry.correlation().right()));
    default:
      return "";
  }
}

std::string TextOf(const v1::Entry& entry) {
  switch (entry.body_case()) {
    case v1::Entry::kItem:
      return entry.item().has_text() ? entry.item().text() : entry.item().heading();
    case v1::Entry::kRule:
      return entry.rule().text();
    case v1::Entry::kParty: {
      std::vector<std::string> names;
      for (const v1::PartyName& name : entry.party().names()) names.push_back(name.text());
      return absl::StrJoin(names, "; ");
    }
    case v1::Entry::kDenial:
      return DenialText(entry.denial());
    case v1::Entry::kCorrelation:
      return CorrelationText(entry.correlation());
    default:
      return "";
  }
}

}  // namespace comity::cli
