// What a correlation must be before it may stand in a list.
#ifndef COMITY_STORAGE_LISTS_CORRELATION_CHECK_H_
#define COMITY_STORAGE_LISTS_CORRELATION_CHECK_H_

#include "absl/status/status.h"
#include "comity/v1/entry.pb.h"

namespace comity {

// Against the bounds of entry.proto. The left side is a code or a term; a term on either side
// may have synonyms, a code a scheme; "identical" holds only between two codes or two terms.
// INVALID_ARGUMENT says what is wrong.
absl::Status CheckCorrelation(const v1::Correlation& correlation);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_CORRELATION_CHECK_H_
