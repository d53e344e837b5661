#include "client/import/ccl_controls.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"
#include "storage/match/control_code.h"

namespace comity {
namespace {

constexpr size_t kMaxReasonBytes = 64;

// 15 CFR 738.2(d)(2)(i).
constexpr std::array<const char*, 14> kReasons = {"AT", "CB", "CC", "CW", "EI", "FC", "MT",
                                                  "NP", "NS", "RS", "SI", "SL", "SS", "UN"};

bool IsReason(absl::string_view word) {
  return std::find(kReasons.begin(), kReasons.end(), word) != kReasons.end();
}

void AddOnce(const std::string& reason, std::vector<std::string>* reasons) {
  if (std::find(reasons->begin(), reasons->end(), reason) == reasons->end()) {
    reasons->push_back(reason);
  }
}

// The reasons of one part between commas, if it is made of nothing but reasons.
std::vector<std::string> ReasonsOfPart(absl::string_view part) {
  std::vector<std::string> reasons;
  for (absl::string_view word : absl::StrSplit(part, absl::ByAnyChar(" \t\n"), absl::SkipEmpty())) {
    word = absl::StripSuffix(word, ".");
    // "CC1", "CC 1": a column of the chart has slipped into the reason.
    const bool column = !word.empty() && word.back() >= '1' && word.back() <= '3';
    if (column && word.size() == 1 && !reasons.empty()) continue;
    if (column && IsReason(word.substr(0, word.size() - 1))) word.remove_suffix(1);
    if (word == "and" || word == "&") continue;
    if (!IsReason(word)) return {};
    reasons.emplace_back(word);
  }
  return reasons;
}

// The words before "applies to" or "apply to", and what follows.
bool SplitControl(absl::string_view control, absl::string_view* who, absl::string_view* scope) {
  for (const char* verb : {" applies to ", " apply to ", " controls apply to "}) {
    const size_t at = control.find(verb);
    if (at == absl::string_view::npos || at == 0 || at > kMaxReasonBytes) continue;
    *who = control.substr(0, at);
    *scope = control.substr(at + absl::string_view(verb).size());
    return true;
  }
  return false;
}

// ".b.5", "b.5" and "5A001.b.5" as codes of the entry; empty if it is none.
std::string CodeOf(absl::string_view eccn, absl::string_view word) {
  constexpr size_t kMaxToken = 4;  // "viii"
  word = absl::StripPrefix(word, eccn);
  word = absl::StripPrefix(word, ".");
  if (word.empty()) return std::string(eccn);
  for (absl::string_view token : absl::StrSplit(word, '.')) {
    const bool letters = std::all_of(token.begin(), token.end(), [](char c) {
      return absl::ascii_islower(static_cast<unsigned char>(c));
    });
    const bool digits = std::all_of(token.begin(), token.end(), [](char c) {
      return absl::ascii_isdigit(static_cast<unsigned char>(c));
    });
    if (token.empty() || token.size() > kMaxToken || !(letters || digits)) return "";
  }
  const auto code = ParseControlCode(absl::StrCat(eccn, ".", word));
  return code.has_value() && code->base == eccn ? code->canonical : "";
}

std::vector<std::string> ScopeCodes(absl::string_view eccn, absl::string_view scope) {
  const std::string folded =
      absl::StrReplaceAll(absl::StripSuffix(scope, "."), {{" and ", ","}, {" or ", ","}});
  const std::string lower = absl::AsciiStrToLower(folded);
  if (lower == "entire entry" || lower == "the entire entry") return {std::string(eccn)};
  std::vector<std::string> codes;
  for (absl::string_view word : absl::StrSplit(folded, ',')) {
    word = absl::StripAsciiWhitespace(word);
    word = absl::StripPrefix(word, "and ");
    if (word.empty()) continue;
    const std::string code = CodeOf(eccn, word);
    // One word that is no code of this entry ("except", "software"): the text decides.
    if (code.empty()) return {};
    codes.push_back(code);
  }
  return codes;
}

}  // namespace

std::vector<std::string> CclReasons(std::string_view published,
                                    std::map<std::string, uint32_t>* mended) {
  std::vector<std::string> reasons;
  for (absl::string_view part : absl::StrSplit(Absl(published), absl::ByAnyChar(",;"))) {
    part = absl::StripAsciiWhitespace(part);
    part = absl::StripAsciiWhitespace(absl::StripPrefix(part, "and "));
    if (part.empty()) continue;
    const std::vector<std::string> read = ReasonsOfPart(part);
    if (read.empty()) {
      AddOnce(std::string(part.substr(0, kMaxReasonBytes)), &reasons);
      continue;
    }
    if (absl::StrJoin(read, " ") != part) {
      ++(*mended)[absl::StrCat("\"", part, "\" -> ", absl::StrJoin(read, ", "))];
    }
    for (const std::string& reason : read) AddOnce(reason, &reasons);
  }
  return reasons;
}

std::vector<v1::Control> CclControls(std::string_view eccn, std::string_view control,
                                     std::string_view requirement) {
  absl::string_view text = absl::StripAsciiWhitespace(Absl(control));
  absl::string_view where = absl::StripAsciiWhitespace(Absl(requirement));
  // One cell for both: "AT applies to entire entry. A license is required for ...".
  constexpr char kInOneCell[] = ". A license is required ";
  if (const size_t stop = text.find(kInOneCell); where.empty() && stop != text.npos) {
    where = text.substr(stop + 2);
    text = text.substr(0, stop);
  }
  absl::string_view who, scope;
  std::vector<std::string> reasons;
  v1::Control row;
  if (SplitControl(text, &who, &scope)) {
    reasons = ReasonsOfPart(who);
    if (reasons.empty()) reasons.emplace_back(who);
    row.set_scope_text(std::string(scope));
    for (std::string& code : ScopeCodes(Absl(eccn), scope)) row.add_scope_codes(std::move(code));
  } else {
    // "MT controls ..." or no reason at all: the words stand as they are.
    const absl::string_view first = text.substr(0, text.find(' '));
    if (IsReason(first)) reasons.emplace_back(first);
    row.set_scope_text(std::string(text));
  }
  if (!where.empty()) *row.mutable_destinations() = CclDestinations(Std(where));
  if (reasons.empty()) reasons.emplace_back();
  std::vector<v1::Control> controls;
  for (std::string& reason : reasons) {
    controls.push_back(row);
    controls.back().set_reason(std::move(reason));
  }
  return controls;
}

v1::LicenceException CclException(std::string_view name, std::string_view published) {
  v1::LicenceException exception;
  exception.set_name(std::string(name));
  const absl::string_view text = absl::StripAsciiWhitespace(Absl(published));
  const absl::string_view bare = absl::StripSuffix(text, ".");
  const bool word = absl::EqualsIgnoreCase(bare, "yes") || absl::EqualsIgnoreCase(bare, "no") ||
                    absl::EqualsIgnoreCase(bare, "n/a");
  const bool amount = !bare.empty() && bare.front() == '$' &&
                      bare.find_first_not_of("0123456789,.", 1) == absl::string_view::npos;
  if (word || amount) {
    exception.set_value(std::string(bare));
  } else {
    exception.set_condition(std::string(text));
  }
  return exception;
}

void AddReasonsWithoutRow(const std::vector<std::string>& reasons, v1::ControlledItem* item) {
  for (const std::string& reason : reasons) {
    const bool stated =
        std::any_of(item->controls().begin(), item->controls().end(),
                    [&](const v1::Control& control) { return control.reason() == reason; });
    if (!stated) item->add_controls()->set_reason(reason);
  }
}

}  // namespace comity
