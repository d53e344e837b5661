// The planted bugs by name, and the seeds that find them.
#ifndef COMITY_TESTS_SIM_BUGS_H_
#define COMITY_TESTS_SIM_BUGS_H_

#include <string_view>
#include <vector>

#include "storage/base/planted.h"

namespace comity::sim {

struct PlantedBug {
  Bug bug;
  const char* name;
  const char* text;
  // The world that finds it soonest.
  const char* world = "any";
};

const std::vector<PlantedBug>& PlantedBugs();
// Null if there is none of that name.
const PlantedBug* FindBug(std::string_view name);

}  // namespace comity::sim

#endif  // COMITY_TESTS_SIM_BUGS_H_
