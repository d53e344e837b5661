#include "storage/law/destination_scope.h"

namespace comity {

std::string DestinationScope(const v1::Destinations& destinations, std::string_view all,
                      std::string_view unspecified) {
  switch (destinations.scope_case()) {
    case v1::Destinations::kChartColumn:
      return destinations.chart_column();
    case v1::Destinations::kGroupExpression:
      return destinations.group_expression();
    case v1::Destinations::kAll:
      return std::string(all);
    case v1::Destinations::kUnspecified:
      return std::string(unspecified);
    case v1::Destinations::kText:
      return destinations.text();
    default:
      return "";
  }
}

}  // namespace comity
