// How answers are shown: data on standard output, all else on standard error.
#ifndef COMITY_CLIENT_CLI_OUTPUT_H_
#define COMITY_CLIENT_CLI_OUTPUT_H_

#include <google/protobuf/message.h>

#include <string>
#include <vector>

namespace comity::cli {

// Rows under column names. Value type.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  // Columns whose text is wrapped to the terminal's width rather than cut.
  std::vector<std::string> wrapped;
  // Columns of numbers, set to the right.
  std::vector<std::string> numbers;
};

class Output {
 public:
  // "table", "json" or "csv".
  explicit Output(std::string format) : format_(std::move(format)) {}

  bool json() const { return format_ == "json"; }
  bool csv() const { return format_ == "csv"; }
  bool table() const { return format_ == "table"; }

  // The API message as JSON, defaults printed, so that zero does not vanish.
  void Json(const google::protobuf::Message& message) const;
  // As a table or CSV.
  void Show(const Table& table) const;
  // A line beside a table; nothing in JSON and CSV.
  void Line(const std::string& text) const;
  // JSON for -o json, else the table.
  void Answer(const google::protobuf::Message& message, const Table& table) const;

 private:
  std::string format_;
};

// A line on standard error.
void Say(const std::string& text);

// Standard error is a terminal, so that progress may be drawn.
bool IsTerminal();

// One line of progress that is drawn over itself on a terminal and erased at its end;
// nothing elsewhere.
class Progress {
 public:
  ~Progress() { Clear(); }
  void Set(const std::string& text);
  void Clear();

 private:
  bool drawn_ = false;
};

// Asks on the terminal; false without one.
bool Confirm(const std::string& question);

// "12,345".
std::string Grouped(uint64_t number);

}  // namespace comity::cli

#endif  // COMITY_CLIENT_CLI_OUTPUT_H_
