#include "client/internal/audit_file.h"

#include <google/protobuf/util/json_util.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "storage/audit/chain.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

// A record has at most 8 KiB; twice in a line, once in base64.
constexpr size_t kMaxLine = 64 * 1024;

}  // namespace

std::string AuditLine(const v1::AuditEntry& entry) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string line;
  // Every message can be written as JSON.
  (void)google::protobuf::util::MessageToJsonString(entry, &line, options);
  return line;
}

absl::Status ReadAuditFile(
    const std::string& path,
    const std::function<bool(uint64_t index, std::string_view record)>& visit) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat(path, " cannot be read"));
  std::string line;
  for (uint64_t number = 1; std::getline(in, line); ++number) {
    const auto bad = [&](std::string_view what) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", number, ": ", Absl(what)));
    };
    v1::AuditEntry entry;
    if (line.size() > kMaxLine || !google::protobuf::util::JsonStringToMessage(line, &entry).ok()) {
      return bad("no line of an audit export");
    }
    v1::AuditRecord record;
    if (!record.ParseFromString(entry.record())) return bad("its record cannot be read");
    if (AuditLine(ToEntry(record, entry.record())) != line) {
      return bad("the line does not say what its record says: it was altered");
    }
    if (!visit(record.index(), entry.record())) return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace comity
