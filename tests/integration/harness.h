// Real daemons on loopback, driven as a user drives them: through `comity`.
#ifndef COMITY_TESTS_INTEGRATION_HARNESS_H_
#define COMITY_TESTS_INTEGRATION_HARNESS_H_

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace comity::integration {

struct Result {
  int exit = -1;
  std::string out;
  std::string err;
  // Standard output as JSON; null if it is none.
  nlohmann::json Json() const { return nlohmann::json::parse(out, nullptr, false); }
};

// A file's bytes; none if it cannot be read.
std::string ReadAll(const std::string& path);

// Runs a program to its end; in that network namespace, if one is given.
Result Execute(const std::vector<std::string>& command, int name_space = -1);

// A federation that is taken down with the test.
class LabTest : public ::testing::Test {
 protected:
  void Up(const std::vector<std::string>& authorities,
          const std::vector<std::string>& options = {});
  void TearDown() override;

  // `comity --context DIR/WHO.yaml ARGS`; WHO is "us-bis/publisher".
  Result As(const std::string& who, std::vector<std::string> arguments);
  Result Lab(const std::string& verb, std::vector<std::string> arguments = {});
  // Publishes an edition of "AUTHORITY/list": codes and their texts.
  Result Publish(const std::string& authority,
                 const std::vector<std::pair<std::string, std::string>>& items,
                 const std::string& citation, const std::string& day = "2020-01-01");
  // Writes an edition as CSV and gives its path.
  std::string Csv(const std::vector<std::pair<std::string, std::string>>& items);
  std::string Digest(const std::string& authority);
  // Asks again and again until the condition holds; false after half a minute.
  static bool Eventually(const std::function<bool()>& condition);
  // Its daemon signs once enough peers said what it had signed: before that, one that is
  // stopped may be waited for.
  bool EventuallySigns(const std::string& authority);
  bool EventuallyEqual(const std::vector<std::string>& authorities);

  std::string directory_;

 private:
  int files_ = 0;
};

}  // namespace comity::integration

#endif  // COMITY_TESTS_INTEGRATION_HARNESS_H_
