// Where the lists that governments really published lie: COMITY_DATA, or ../shared/data beside
// the checkout.
#ifndef COMITY_TESTS_REAL_REAL_DATA_H_
#define COMITY_TESTS_REAL_REAL_DATA_H_

#include <cstdlib>
#include <filesystem>

namespace comity::testing {

inline std::filesystem::path RealData() {
  const char* variable = std::getenv("COMITY_DATA");
  return variable != nullptr ? std::filesystem::path(variable)
                             : std::filesystem::path(COMITY_SOURCE_DIR) / "../shared/data";
}

}  // namespace comity::testing

#endif  // COMITY_TESTS_REAL_REAL_DATA_H_
