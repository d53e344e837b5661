#include "client/cli/export_sink.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/output.h"
#include "client/import/entries_file.h"
#include "storage/base/errors.h"

namespace comity::cli {
namespace {

absl::StatusOr<std::string> JsonLine(const google::protobuf::Message& message) {
  std::string line;
  const auto status = google::protobuf::util::MessageToJsonString(message, &line);
  if (!status.ok()) return absl::InternalError(std::string(status.message()));
  return line + "\n";
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExportSink>> ExportSink::Create(std::string format,
                                                               const std::string& out,
                                                               std::optional<v1::ListKind> one_list,
                                                               std::string as_of) {
  COMITY_ASSIGN_OR_RETURN(std::unique_ptr<SpooledFile> file, SpooledFile::Create(out));
  return std::unique_ptr<ExportSink>(
      new ExportSink(std::move(format), one_list, std::move(as_of), std::move(file)));
}

absl::Status ExportSink::Take(v1::ListKind kind, const v1::AuthorityItem& record) {
  const bool first = records_++ == 0;
  newest_ = std::max(newest_, record.effective_from());
  if (format_ == kUsCclHistoryFormat) {
    entries_.push_back(record.entry());
    return absl::OkStatus();
  }
  if (format_ == kCsvFormat) {
    if (first) COMITY_RETURN_IF_ERROR(file_->Append(csv_.Header()));
    return file_->Append(csv_.Row(kind, record));
  }
  if (format_ == kFtmFormat) {
    COMITY_ASSIGN_OR_RETURN(const std::string lines, FtmLines(record));
    return file_->Append(lines);
  }
  if (format_ == kEntriesFormat) {
    if (first) {
      Edition edition;
      edition.format = "export";
      edition.kind = kind;
      if (const auto day = ParseCivilDay(as_of_); day.ok()) edition.dated = *day;
      COMITY_RETURN_IF_ERROR(file_->Append(WriteEntries(edition)));
    }
    COMITY_ASSIGN_OR_RETURN(const std::string line, JsonLine(record.entry()));
    return file_->Append(line);
  }
  COMITY_ASSIGN_OR_RETURN(const std::string line, JsonLine(record));
  return file_->Append(line);
}

absl::Status ExportSink::Deliver() {
  if (format_ == kCsvFormat) return DeliverCsv();
  if (format_ == kUsCclHistoryFormat) {
    COMITY_ASSIGN_OR_RETURN(const std::string text,
                            WriteUsCclHistory(entries_, as_of_.empty() ? newest_ : as_of_));
    COMITY_RETURN_IF_ERROR(file_->Append(text));
  }
  return file_->Deliver();
}

absl::Status ExportSink::DeliverCsv() {
  COMITY_ASSIGN_OR_RETURN(const std::string separator, csv_.Separator());
  COMITY_RETURN_IF_ERROR(file_->Deliver(
      [&](std::string_view bytes) { return CsvExporter::Finished(bytes, separator); }));
  if (separator != ";") {
    Say(absl::StrCat("Several values in a cell are parted by \"", separator, "\"",
                     one_list_.has_value()
                         ? ": to read the file back, say so as `separator` in a mapping"
                         : ""));
  }
  if (csv_.incomplete() > 0) {
    Say(absl::StrCat(Grouped(csv_.incomplete()), " of ", Grouped(records_),
                     " entries hold more than CSV columns can say; --format ",
                     one_list_.has_value() ? kEntriesFormat : kJsonlFormat, " holds all"));
  }
  return absl::OkStatus();
}

}  // namespace comity::cli
