// The strict reader of signed messages. What it accepts has exactly one encoding,
// so that no two nations can read one payload differently.
#ifndef COMITY_STORAGE_CANONICAL_STRICT_H_
#define COMITY_STORAGE_CANONICAL_STRICT_H_

#include <google/protobuf/message.h>

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

namespace comity {

// Reads `bytes` into `out`. INVALID_ARGUMENT with REASON_NOT_CANONICAL, naming the
// field, for: fields out of ascending order, a singular field twice, two members of
// a oneof, a varint longer than it need be, a wrong wire type, an unknown field or
// enum value, an implicit-presence field that holds its default, an unpacked or
// empty packed field, a number out of its type's range, a string that is not UTF-8
// or holds NUL or a control character other than TAB and LF, nesting deeper than
// 32, and types that signed messages do not use (maps, floats, groups, fixed).
absl::Status ParseStrict(std::string_view bytes, google::protobuf::Message* out);

// As ParseStrict for messages that begin with schema_level (1) and critical_level
// (2). FAILED_PRECONDITION with REASON_UNSUPPORTED_LEVEL if critical_level is above
// `supported`; where only schema_level is, unknown fields are passed over.
absl::Status ParseStrictLevel(std::string_view bytes, uint32_t supported,
                              google::protobuf::Message* out);

}  // namespace comity

#endif  // COMITY_STORAGE_CANONICAL_STRICT_H_
