// What the tests of importers share: their fixtures, files of their own, golden files.
#ifndef COMITY_TESTS_CLIENT_IMPORT_FIXTURES_H_
#define COMITY_TESTS_CLIENT_IMPORT_FIXTURES_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace comity {

inline const std::string kFolder = std::string(COMITY_TESTDATA) + "/import/";

// A file's bytes; none if it cannot be read.
inline std::string ReadAll(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

// Writes a file of that name for a test, and gives its path.
inline std::string Temporary(const std::string& name, const std::string& bytes) {
  const std::string path = ::testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  return path;
}

// Compares with the fixture's golden file. COMITY_UPDATE_GOLDEN=1 rewrites it; the difference
// is then read by a person.
inline void ExpectSameAsGolden(const std::string& actual, const std::string& file) {
  const std::string golden = kFolder + file + ".golden";
  if (std::getenv("COMITY_UPDATE_GOLDEN") != nullptr) std::ofstream(golden) << actual;
  EXPECT_EQ(actual, ReadAll(golden)) << file;
}

}  // namespace comity

#endif  // COMITY_TESTS_CLIENT_IMPORT_FIXTURES_H_
