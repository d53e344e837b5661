// What an entry must be before it may stand in a list.
#ifndef COMITY_STORAGE_LISTS_ENTRY_CHECK_H_
#define COMITY_STORAGE_LISTS_ENTRY_CHECK_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "comity/v1/entry.pb.h"
#include "comity/v1/revision.pb.h"

namespace comity {

inline constexpr size_t kMaxEntryBytes = 1 << 20;
inline constexpr int kMaxChanges = 100'000;
inline constexpr size_t kMaxRevisionBytes = 32 << 20;

// "items", "parties", "rules", "denials", "correlations"; empty for anything else.
const char* ListKindName(v1::ListKind kind);
// The kind of that name; unspecified if there is none.
v1::ListKind ListKindOfName(std::string_view name);

// Reads the signed bytes of an entry strictly and checks it against the limits of
// entry.proto and the kind of its list. INVALID_ARGUMENT names the entry.
absl::StatusOr<v1::Entry> CheckEntry(std::string_view bytes, v1::ListKind kind);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_ENTRY_CHECK_H_
