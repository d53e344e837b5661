#include "storage/law/resolution.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/law/destination_expression.h"
#include "storage/law/mark_lookup.h"

namespace comity {
namespace {

constexpr char kReadTheWords[] = "the law says it in words: read them";

v1::DestinationResolution Resolved(const char* outcome, std::string why) {
  v1::DestinationResolution resolution;
  resolution.set_outcome(outcome);
  resolution.set_why(std::move(why));
  return resolution;
}

v1::DestinationResolution FromFinding(Finding finding) {
  const char* const outcome = finding.truth == Truth::kYes  ? kApplies
                              : finding.truth == Truth::kNo ? kDoesNotApply
                                                            : kCannotBeResolved;
  v1::DestinationResolution resolution = Resolved(outcome, std::move(finding.why));
  for (v1::ResolutionGround& ground : finding.grounds) {
    *resolution.add_grounds() = std::move(ground);
  }
  return resolution;
}

}  // namespace

v1::DestinationResolution ResolveDestinations(const v1::Destinations& destinations,
                                              const ResolutionContext& context) {
  switch (destinations.scope_case()) {
    case v1::Destinations::kChartColumn:
      return FromFinding(LookUpColumn(destinations.chart_column(), context));
    case v1::Destinations::kGroupExpression:
      return FromFinding(LookUpExpression(destinations.group_expression(), context));
    case v1::Destinations::kAll:
      // A false that is set says nothing.
      if (!destinations.all()) break;
      return Resolved(kApplies, "every destination");
    case v1::Destinations::kUnspecified:
      if (!destinations.unspecified()) break;
      return Resolved(kApplies, "the law has no list of countries: it bears on every destination");
    case v1::Destinations::kText:
      return Resolved(kCannotBeResolved, kReadTheWords);
    default:
      break;
  }
  if (!destinations.words().empty()) return Resolved(kCannotBeResolved, kReadTheWords);
  return Resolved(kCannotBeResolved, "the source does not say for which destinations");
}

}  // namespace comity
