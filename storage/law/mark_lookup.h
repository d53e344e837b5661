// Whether a destination has a mark (a chart's column, a country group) in tables in force.
#ifndef COMITY_STORAGE_LAW_MARK_LOOKUP_H_
#define COMITY_STORAGE_LAW_MARK_LOOKUP_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comity/v1/legal_effect.pb.h"
#include "storage/law/resolution.h"

namespace comity {

enum class Truth { kNo, kYes, kUnknown };

// With why, as half a sentence, and the rows it was read from.
struct Finding {
  Truth truth = Truth::kUnknown;
  std::string why;
  std::vector<v1::ResolutionGround> grounds;
};
inline Finding Unknown(std::string why) { return {Truth::kUnknown, std::move(why), {}}; }

// A column of a chart. What it takes for yes and no: see ResolveDestinations.
Finding LookUpColumn(std::string_view column, const ResolutionContext& context);

// A country group: the destination is in it if any row of its has it.
Finding LookUpGroup(std::string_view group, const ResolutionContext& context);

// Whether a table in force has that mark.
bool IsMark(std::string_view mark, const ResolutionContext& context);

}  // namespace comity

#endif  // COMITY_STORAGE_LAW_MARK_LOOKUP_H_
