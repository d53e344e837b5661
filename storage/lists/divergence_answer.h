// The answers of QueryService on divergence: a scope is resolved, lists are read, pages are cut.
#ifndef COMITY_STORAGE_LISTS_DIVERGENCE_ANSWER_H_
#define COMITY_STORAGE_LISTS_DIVERGENCE_ANSWER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/query_service.pb.h"
#include "comity/v1/roster.pb.h"
#include "storage/lists/divergence.h"
#include "storage/lists/snapshot.h"

namespace comity {

// Who is compared: the members of the scope's arrangement, or the roster's participants and
// whoever else has a list of items at `times`; of them those of `between`. Sorted. NOT_FOUND for an
// arrangement or participant that there is not; INVALID_ARGUMENT for a `between` of one, or of more
// than 64.
absl::StatusOr<std::vector<std::string>> ParticipantsOf(const Snapshot& snapshot,
                                                        const v1::Roster& roster,
                                                        const v1::DivergenceScope& scope,
                                                        const ReadTimes& times);

// `keep_going` is asked now and then while an answer is made, and ends it with its error. Each is
// INVALID_ARGUMENT for what the messages do not allow, and as Snapshot::Resolve and ReadCompared.
absl::StatusOr<v1::GetDivergenceSummaryResponse> SummariseDivergences(
    const Snapshot& snapshot, const v1::Roster& roster,
    const v1::GetDivergenceSummaryRequest& request, const KeepGoing& keep_going);
absl::StatusOr<v1::ListDivergencesResponse> ListDivergences(
    const Snapshot& snapshot, const v1::Roster& roster, const v1::ListDivergencesRequest& request,
    const KeepGoing& keep_going);
absl::StatusOr<v1::GetDivergenceResponse> GetDivergence(const Snapshot& snapshot,
                                                        const v1::Roster& roster,
                                                        const v1::GetDivergenceRequest& request,
                                                        const KeepGoing& keep_going);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_DIVERGENCE_ANSWER_H_
