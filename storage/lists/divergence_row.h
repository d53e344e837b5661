// A finding about one code as answers show it.
#ifndef COMITY_STORAGE_LISTS_DIVERGENCE_ROW_H_
#define COMITY_STORAGE_LISTS_DIVERGENCE_ROW_H_

#include "absl/status/statusor.h"
#include "comity/v1/divergence.pb.h"
#include "comity/v1/query_service.pb.h"
#include "storage/lists/divergence.h"
#include "storage/lists/snapshot.h"

namespace comity {

// The row of a page; with_terms: that of GetDivergence, with what each entry states.
absl::StatusOr<v1::DivergenceRow> MakeDivergenceRow(const Snapshot& snapshot,
                                                    const Divergences& divergences,
                                                    const CodeFinding& finding, bool with_terms);

// Fills links and diffs.
absl::Status AddDivergenceDetail(const Snapshot& snapshot, const Divergences& divergences,
                                 const CodeFinding& finding, const KeepGoing& keep_going,
                                 v1::GetDivergenceResponse* response);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_DIVERGENCE_ROW_H_
