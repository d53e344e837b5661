// What of all logs makes the merged view, and its digests: rules that readers and those who
// verify must apply alike.
#ifndef COMITY_STORAGE_LISTS_MERGED_H_
#define COMITY_STORAGE_LISTS_MERGED_H_

#include <cstdint>
#include <functional>
#include <map>

#include "storage/base/types.h"
#include "storage/lists/frontier.h"
#include "storage/log/roster.h"

namespace comity {

// The merge rules that the newest roster names; at least 1.
uint32_t RuleSetOf(const Roster& roster);

// Leaves of each list the newest epoch that is open, or else the oldest that there is. An epoch
// is open from the size on that `opens_at` gives.
void DropSupersededEpochs(const std::function<TreeSize(const Origin&)>& opens_at,
                          Frontier* frontier);

// The view digest of each audience of `state_roots`, and that of the federation always.
// `audience_of` gives who may hold a list.
std::map<Audience, Digest> DigestsByAudience(
    uint32_t rule_set, const std::map<Origin, Digest>& state_roots,
    const std::function<const Audience&(const Origin&)>& audience_of);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_MERGED_H_
