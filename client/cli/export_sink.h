// Records on their way into a file of some format, which is there whole or not at all.
#ifndef COMITY_CLIENT_CLI_EXPORT_SINK_H_
#define COMITY_CLIENT_CLI_EXPORT_SINK_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/import/exports.h"
#include "client/internal/spooled_file.h"
#include "comity/v1/query_service.pb.h"
#include "comity/v1/revision.pb.h"

namespace comity::cli {

// What the formats are called; the first two are of one list of one kind, and read back.
inline constexpr char kEntriesFormat[] = "entries";
inline constexpr char kUsCclHistoryFormat[] = "us-ccl-history";
inline constexpr char kCsvFormat[] = "csv";
inline constexpr char kJsonlFormat[] = "jsonl";
inline constexpr char kFtmFormat[] = "ftm";

// In memory: one record, but for us-ccl-history, which sorts a whole list. Not thread-safe.
class ExportSink {
 public:
  // To the file `out`, or to standard output if it is empty. `one_list`: all records are of a
  // list of this kind, and CSV is what reads back; unset: records of any kind, each with where it
  // stands. `as_of`: the date that was asked for, which dates the edition; empty: none was.
  static absl::StatusOr<std::unique_ptr<ExportSink>> Create(std::string format,
                                                            const std::string& out,
                                                            std::optional<v1::ListKind> one_list,
                                                            std::string as_of);

  // `kind` is that of the record's list.
  absl::Status Take(v1::ListKind kind, const v1::AuthorityItem& record);
  // Once, at the end: writes what was taken to where it belongs, and says what the format leaves
  // out.
  absl::Status Deliver();

  uint64_t records() const { return records_; }

 private:
  ExportSink(std::string format, std::optional<v1::ListKind> one_list, std::string as_of,
             std::unique_ptr<SpooledFile> file)
      : format_(std::move(format)),
        one_list_(one_list),
        as_of_(std::move(as_of)),
        file_(std::move(file)),
        csv_(one_list.value_or(v1::LIST_KIND_UNSPECIFIED)) {}

  absl::Status DeliverCsv();

  const std::string format_;
  const std::optional<v1::ListKind> one_list_;
  const std::string as_of_;
  const std::unique_ptr<SpooledFile> file_;
  CsvExporter csv_;
  uint64_t records_ = 0;
  // Of us-ccl-history alone.
  std::vector<v1::Entry> entries_;
  std::string newest_;
};

}  // namespace comity::cli

#endif  // COMITY_CLIENT_CLI_EXPORT_SINK_H_
