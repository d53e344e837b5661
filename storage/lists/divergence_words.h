// Why a code diverges, in sentences.
#ifndef COMITY_STORAGE_LISTS_DIVERGENCE_WORDS_H_
#define COMITY_STORAGE_LISTS_DIVERGENCE_WORDS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/divergence.pb.h"
#include "storage/lists/divergence.h"

namespace comity {

// Reads the entry of an item.
using EntryReader = std::function<absl::StatusOr<v1::Entry>(const ComparedItem& item)>;

// A sentence for each kind of the finding, in the order of kinds, each at most kMaxExplanation
// bytes. Reads entries for what the lists state of destinations, and for how many words differ
// where there are two wordings.
absl::StatusOr<std::vector<v1::DivergenceReason>> ExplainDivergence(const Divergences& divergences,
                                                                    const CodeFinding& finding,
                                                                    const EntryReader& read);

inline constexpr size_t kMaxExplanation = 512;

// "a, b and c"; of more than eight the first seven and how many there are beside.
std::string Enumerate(const std::vector<std::string>& names);

// The link between two in words: by rule why, else the correlation's source and note.
std::string LinkText(const PairLink& link);

// At most `max_bytes`, cut between characters and ended by "...".
std::string CutText(std::string text, size_t max_bytes);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_DIVERGENCE_WORDS_H_
