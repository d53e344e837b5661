// How two entries differ, and how that is counted.
#ifndef COMITY_STORAGE_LISTS_DIVERGENCE_COMPARE_H_
#define COMITY_STORAGE_LISTS_DIVERGENCE_COMPARE_H_

#include "comity/v1/divergence.pb.h"
#include "storage/lists/divergence.h"

namespace comity {

// Adds a code that both control to the counts of the two.
void CountPair(const PairDifference& difference, v1::DivergencePair& pair);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_DIVERGENCE_COMPARE_H_
