// The files that the project ships to begin with.
#ifndef COMITY_TESTS_INTEGRATION_EXAMPLES_H_
#define COMITY_TESTS_INTEGRATION_EXAMPLES_H_

#include <string>

namespace comity::integration {

inline const std::string kExamples = std::string(COMITY_SOURCE_DIR) + "/deploy/examples/";

}  // namespace comity::integration

#endif  // COMITY_TESTS_INTEGRATION_EXAMPLES_H_
