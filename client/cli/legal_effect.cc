#include "client/cli/legal_effect.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/law/destination_scope.h"

namespace comity::cli {
namespace {

std::string ScopeText(const v1::Control& control) {
  return control.scope_text().empty() ? absl::StrJoin(control.scope_codes(), ", ")
                                      : control.scope_text();
}

std::string ExceptionText(const v1::LicenceException& exception) {
  return absl::StrCat(exception.name(), exception.value().empty() ? "" : ": ", exception.value(),
                      exception.condition().empty() ? "" : " (", exception.condition(),
                      exception.condition().empty() ? "" : ")");
}

std::string ArticleOf(const v1::RuleBearing& bearing) {
  return bearing.has_rule() ? bearing.rule().article() : bearing.article();
}

// "us-bis/chart revision 3 (89 FR 1), Russia: NS Column 2: marked".
std::string GroundText(const v1::ResolutionGround& ground) {
  return absl::StrCat(ground.list(), " revision ", ground.index(),
                      ground.citation().empty() ? "" : absl::StrCat(" (", ground.citation(), ")"),
                      ", \"", ground.name(), "\": ", ground.says());
}

std::string GroundsText(const v1::DestinationResolution& resolution) {
  std::vector<std::string> texts;
  for (const v1::ResolutionGround& ground : resolution.grounds()) {
    texts.push_back(GroundText(ground));
  }
  return absl::StrJoin(texts, "; ");
}

void ShowItem(const std::string& code, const std::string& country, const v1::ItemEffect& item,
              const Output& output) {
  output.Line(absl::StrCat("  ", item.list(), " ", item.code(),
                           item.relation() == "itself" ? "" : absl::StrCat(" (above ", code, ")"),
                           ", in force since ", item.effective_from(), ", revision ", item.index(),
                           item.citation().empty() ? "" : ", ", item.citation()));
  if (!item.controls().empty()) {
    Table table{{"REASON", "SCOPE", absl::StrCat("COVERS ", code), absl::StrCat("FOR ", country),
                 "DESTINATIONS"},
                {},
                {"DESTINATIONS"},
                {}};
    for (const v1::ControlEffect& one : item.controls()) {
      table.rows.push_back({one.control().reason(), ScopeText(one.control()), one.covers(),
                            one.resolution().outcome(),
                            DestinationScope(one.control().destinations(), "all", "unspecified")});
    }
    output.Show(table);
    for (const v1::ControlEffect& one : item.controls()) {
      const std::string& words = one.control().destinations().words();
      output.Line(absl::StrCat("  ", one.control().reason(), " (", ScopeText(one.control()), "), ",
                               one.resolution().outcome(), ": ", one.resolution().why()));
      if (!words.empty()) output.Line(absl::StrCat("      As published: ", words));
    }
  }
  if (!item.note().empty()) output.Line(absl::StrCat("  Note: ", item.note(), "."));
  if (!item.exceptions().empty()) {
    std::vector<std::string> exceptions;
    for (const v1::LicenceException& one : item.exceptions()) {
      exceptions.push_back(ExceptionText(one));
    }
    output.Line(
        absl::StrCat("  Licence exceptions as published: ", absl::StrJoin(exceptions, "; ")));
  }
}

// What a rule says, below its name.
void ShowRule(const v1::RuleBearing& one, const Output& output) {
  output.Line(absl::StrCat(
      "    ", one.bearing(), ": ", ArticleOf(one), one.rule().heading().empty() ? "" : ", ",
      one.rule().heading(),
      one.has_rule() ? absl::StrCat(" (", one.list(), " revision ", one.index(), ")") : ""));
  const auto line = [&](const char* name, const std::string& text) {
    if (!text.empty()) output.Line(absl::StrCat("        ", name, text));
  };
  line("", one.why());
  line("Applies if: ", absl::StrJoin(one.rule().triggers(), "; or "));
  line("End uses: ", absl::StrJoin(one.rule().end_uses(), "; "));
  line("Destinations as published: ", DestinationsText(one.rule().destinations()));
  line("Asks for: ", one.rule().requirement());
}

bool Bears(const v1::RuleBearing& rule) { return rule.bearing() != "does not match"; }

void ShowRules(const v1::AuthorityEffect& authority, const Output& output) {
  std::vector<std::string> others;
  bool first = true;
  for (const v1::RuleBearing& one : authority.rules()) {
    if (!Bears(one)) {
      others.push_back(absl::StrCat(one.list(), " ", ArticleOf(one)));
      continue;
    }
    if (first) output.Line("  Rules that bear on it:");
    first = false;
    ShowRule(one, output);
  }
  if (!others.empty()) {
    constexpr size_t kShown = 20;
    const size_t left = others.size() > kShown ? others.size() - kShown : 0;
    others.resize(others.size() - left);
    output.Line(absl::StrCat("  Rules that do not match by their words (-o json says why): ",
                             absl::StrJoin(others, ", "),
                             left > 0 ? absl::StrCat(" and ", left, " more") : ""));
  }
}

}  // namespace

std::string DestinationsText(const v1::Destinations& destinations) {
  const std::string text = DestinationScope(destinations, "all", "unspecified");
  if (destinations.words().empty()) return text;
  return text.empty() ? destinations.words()
                      : absl::StrCat(text, " (\"", destinations.words(), "\")");
}

Table LegalEffectTable(const std::string& code, const v1::LegalEffect& effect) {
  Table table{{"AUTHORITY", "LISTING", "KIND", "LIST", "KEY", "NAME", "SCOPE", "COVERS",
               "DESTINATIONS", "OUTCOME", "WHY", "GROUNDS"},
              {},
              {},
              {}};
  for (const v1::AuthorityEffect& authority : effect.authorities()) {
    const size_t before = table.rows.size();
    for (const v1::ItemEffect& item : authority.items()) {
      for (const v1::ControlEffect& one : item.controls()) {
        table.rows.push_back({authority.authority(), authority.listing(), "control", item.list(),
                              item.key(), one.control().reason(), ScopeText(one.control()),
                              one.covers(), DestinationsText(one.control().destinations()),
                              one.resolution().outcome(), one.resolution().why(),
                              GroundsText(one.resolution())});
      }
      for (const v1::LicenceException& one : item.exceptions()) {
        table.rows.push_back({authority.authority(), authority.listing(), "exception", item.list(),
                              item.key(), one.name(), one.value(), "", "", "", one.condition(),
                              ""});
      }
      if (item.controls().empty()) {
        table.rows.push_back({authority.authority(), authority.listing(), "entry", item.list(),
                              item.key(), item.code(), "", "", "", "", item.note(), ""});
      }
    }
    for (const v1::RuleBearing& one : authority.rules()) {
      table.rows.push_back({authority.authority(), authority.listing(), "rule", one.list(),
                            one.key(), ArticleOf(one), absl::StrJoin(one.rule().end_uses(), "; "),
                            "", DestinationsText(one.rule().destinations()), one.bearing(),
                            one.why(), GroundsText(one.resolution())});
    }
    if (table.rows.size() == before) {
      table.rows.push_back(
          {authority.authority(), authority.listing(), "", "", "", code, "", "", "", "", "", ""});
    }
  }
  return table;
}

void ShowLegalEffect(const std::string& code, const v1::LegalEffect& effect, const Output& output) {
  const v1::QueriedDestination& to = effect.destination();
  output.Line(absl::StrCat("Legal effect of ", code, " for ", to.name(), " (", to.country(), ")",
                           effect.end_use().empty()
                               ? ", no end use given"
                               : absl::StrCat(", end use \"", effect.end_use(), "\""),
                           ". Each authority's law stands for itself:"));
  for (const v1::AuthorityEffect& authority : effect.authorities()) {
    output.Line("");
    const bool bears = std::any_of(authority.rules().begin(), authority.rules().end(), Bears);
    output.Line(absl::StrCat(authority.authority(), ": ", authority.listing(),
                             authority.listing() == "listed" || !bears
                                 ? ""
                                 : "; rules without an item may apply all the same"));
    for (const v1::ItemEffect& item : authority.items()) {
      ShowItem(code, to.country(), item, output);
    }
    ShowRules(authority, output);
    for (const std::string& note : authority.notes()) {
      output.Line(absl::StrCat("  Note: ", note, "."));
    }
  }
  output.Line("");
  if (effect.rules_left_out() > 0) {
    output.Line(absl::StrCat("There was no room for ", effect.rules_left_out(),
                             " rules: `comity list export LIST` gives them all."));
  }
  for (const v1::DestinationTableInfo& table : effect.tables()) {
    output.Line(absl::StrCat(
        "Resolved with ", table.list(), " at size ", table.size(), " as of ", table.as_of(), ": ",
        table.rows(), " destinations, ", table.marks(), " columns or groups",
        table.unread_names().empty()
            ? ""
            : absl::StrCat("; no known destination: ", absl::StrJoin(table.unread_names(), ", "))));
  }
  output.Line(
      "\"does not apply\" says that this reason has other destinations; it is no permission.");
}

}  // namespace comity::cli
