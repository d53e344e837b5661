#include "storage/law/control_scope.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/base/types.h"
#include "storage/match/parsed_code.h"

namespace comity {
namespace {

std::string OneSpelling(std::string_view code) {
  const auto parsed = ParseCode(code);
  return parsed.has_value() ? parsed->canonical : std::string(code);
}

bool IsBelow(const std::string& code, const std::string& above) {
  return absl::StartsWith(code, above + ".");
}

}  // namespace

std::vector<std::string> CodesAbove(std::string_view code) {
  std::vector<std::string> above;
  const auto parsed = ParseCode(code);
  if (!parsed.has_value() || parsed->is_base()) return above;
  std::string rest = parsed->canonical;
  while (rest.size() > parsed->base.size()) {
    const size_t dot = rest.rfind('.');
    if (dot == std::string::npos || dot < parsed->base.size()) break;
    rest.resize(dot);
    above.push_back(rest);
  }
  return above;
}

std::string CoversOf(const v1::Control& control, std::string_view code,
                     std::string_view entry_code) {
  if (control.scope_codes().empty()) return "read its words";
  const std::string asked = OneSpelling(code);
  const std::string entry = OneSpelling(entry_code);
  bool names = false;
  bool part = false;
  for (const std::string& one : control.scope_codes()) {
    const std::string scope = OneSpelling(one);
    if (scope == entry) return "whole entry";
    names = names || scope == asked || IsBelow(asked, scope);
    part = part || IsBelow(scope, asked);
  }
  if (names) return "names it";
  return part ? "names part of it" : "does not name it";
}

}  // namespace comity
