// Errors that carry a machine reason beside their text.
#ifndef COMITY_STORAGE_BASE_ERRORS_H_
#define COMITY_STORAGE_BASE_ERRORS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "comity/v1/error_detail.pb.h"

namespace comity {

// A status whose payload is an ErrorDetail with `reason`. The message says what
// happened, to which list or peer, and what the caller can do. `subject` is the
// list or peer; `winner` is for REASON_STALE_PARENT alone.
absl::Status MakeError(absl::StatusCode code, v1::Reason reason, std::string_view message,
                       std::string_view subject = {}, std::string_view winner = {});

// The detail that MakeError attached, if any.
std::optional<v1::ErrorDetail> DetailOf(const absl::Status& status);

// Shorthand for DetailOf(status)->reason(), REASON_UNSPECIFIED if there is none.
v1::Reason ReasonOf(const absl::Status& status);

// The same error with `context` and ": " before its message. OK stays OK.
absl::Status Annotate(const absl::Status& status, std::string_view context);

}  // namespace comity

#define COMITY_CONCAT_INNER_(a, b) a##b
#define COMITY_CONCAT_(a, b) COMITY_CONCAT_INNER_(a, b)

// Returns from the enclosing function if `expr` is an error.
#define COMITY_RETURN_IF_ERROR(expr)                                    \
  do {                                                                  \
    if (::absl::Status comity_status_ = (expr); !comity_status_.ok()) { \
      return comity_status_;                                            \
    }                                                                   \
  } while (false)

// Declares or assigns `lhs` from a StatusOr, or returns its error.
#define COMITY_ASSIGN_OR_RETURN(lhs, expr) \
  COMITY_ASSIGN_OR_RETURN_IMPL_(COMITY_CONCAT_(comity_or_, __LINE__), lhs, expr)
#define COMITY_ASSIGN_OR_RETURN_IMPL_(var, lhs, expr) \
  auto var = (expr);                                  \
  if (!var.ok()) return var.status();                 \
  lhs = *std::move(var)

#endif  // COMITY_STORAGE_BASE_ERRORS_H_
