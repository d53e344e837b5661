// Exports of an audit log: one JSON object on each line, for people and other programs, with
// the stored bytes in it, so that the chain can be verified from the file alone.
#ifndef COMITY_CLIENT_INTERNAL_AUDIT_FILE_H_
#define COMITY_CLIENT_INTERNAL_AUDIT_FILE_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "comity/v1/audit_service.pb.h"

namespace comity {

// The line of one record, without its line feed.
std::string AuditLine(const v1::AuditEntry& entry);

// Gives each line's record as it was stored, with its index; false ends the reading.
// NOT_FOUND, or INVALID_ARGUMENT, naming the line, for a line that is no record, or whose
// text says something else than its record.
absl::Status ReadAuditFile(
    const std::string& path,
    const std::function<bool(uint64_t index, std::string_view record)>& visit);

}  // namespace comity

#endif  // COMITY_CLIENT_INTERNAL_AUDIT_FILE_H_
