// Where the next page of divergences begins, and at what it is read.
#ifndef COMITY_STORAGE_LISTS_DIVERGENCE_PAGE_H_
#define COMITY_STORAGE_LISTS_DIVERGENCE_PAGE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "comity/v1/divergence.pb.h"
#include "storage/base/types.h"

namespace comity {

// Value type.
struct DivergencePage {
  // ISO 8601; empty: each list's today at `now`.
  std::string as_of;
  Instant now;
  std::string frontier_token;
  bool common = false;
  // Of the question: ScopeDigest.
  std::string scope;
  // The code last given.
  std::string after;

  // Printable ASCII.
  std::string Token() const;
  // INVALID_ARGUMENT if it is none, or of another question.
  static absl::StatusOr<DivergencePage> Parse(std::string_view token,
                                              const v1::DivergenceScope& scope);
};

// 16 hex digits that are the same for the same question, however it is written.
std::string ScopeDigest(const v1::DivergenceScope& scope);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_DIVERGENCE_PAGE_H_
