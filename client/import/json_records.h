// JSON lists, record by record, and the fields of a record with an account of those that
// nothing took.
#ifndef COMITY_CLIENT_IMPORT_JSON_RECORDS_H_
#define COMITY_CLIENT_IMPORT_JSON_RECORDS_H_

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "client/import/edition_builder.h"

namespace comity {

struct JsonRecordHandlers {
  // An element of the list: its number and line, both from 1.
  std::function<absl::Status(size_t number, uint32_t line, const nlohmann::json& record)> take;
  // If set, an element that is not strict JSON is told here and the reading goes on behind it
  // (salvage); else it fails the whole.
  std::function<void(uint32_t line, const std::string& why)> refuse;
};

// Reads a list of JSON values; only one of them is held at a time. INVALID_ARGUMENT with the
// line if the file is no list, is cut short, goes on behind its end, or an element is not
// JSON as ParseJson has it.
absl::Status ForEachJsonRecord(std::string_view bytes, const JsonRecordHandlers& handlers);

// One object's fields. Borrows the object.
class JsonFields {
 public:
  explicit JsonFields(const nlohmann::json& object) : object_(object) {}

  // Unset where it is absent or null; a problem if it is no text.
  std::optional<std::string> Text(const char* name);
  // Empty where it is absent or null; a problem if it is no list of texts.
  std::vector<std::string> Texts(const char* name);
  // Null where it is absent or null.
  const nlohmann::json* Get(const char* name);
  // Read, and of no use: not counted as unmapped.
  void Ignore(const char* name) { taken_.insert(name); }

  // What is wrong with the first bad field; empty if nothing is.
  const std::string& problem() const { return problem_; }
  // Counts the fields that hold something and that nobody asked for.
  void CountUnmapped(EditionBuilder& builder, std::string_view prefix = "") const;

 private:
  const nlohmann::json& object_;
  std::set<std::string> taken_;
  std::string problem_;
};

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_JSON_RECORDS_H_
