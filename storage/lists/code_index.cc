#include "storage/lists/code_index.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <tuple>

#include "storage/match/control_code.h"

namespace comity {

std::string LookupForm(std::string_view code) {
  const std::optional<ControlCode> parsed = ParseControlCode(code);
  return parsed.has_value() ? parsed->canonical : std::string(code);
}

void CodeIndex::Add(std::string_view code, const Origin& origin, const std::string& key,
                    LeafIndex first) {
  const std::optional<ControlCode> parsed = ParseControlCode(code);
  const std::string form = parsed.has_value() ? parsed->canonical : std::string(code);
  const std::unique_lock lock(mutex_);
  std::vector<Posting>& postings = postings_[form];
  const auto at = std::lower_bound(postings.begin(), postings.end(), std::tie(origin, key),
                                   [](const Posting& posting, const auto& wanted) {
                                     return std::tie(posting.origin, posting.key) < wanted;
                                   });
  if (at != postings.end() && at->origin == origin && at->key == key) {
    at->first = std::min(at->first, first);
    return;
  }
  postings.insert(at, Posting{origin, key, first});
  if (parsed.has_value()) by_base_[parsed->base].insert(form);
}

std::vector<Posting> CodeIndex::Find(std::string_view code) const {
  const std::string form = LookupForm(code);
  const std::shared_lock lock(mutex_);
  const auto it = postings_.find(form);
  return it == postings_.end() ? std::vector<Posting>() : it->second;
}

std::vector<std::string> CodeIndex::Related(std::string_view code, size_t limit) const {
  const std::optional<ControlCode> parsed = ParseControlCode(code);
  std::vector<std::string> related;
  if (!parsed.has_value()) return related;
  const std::shared_lock lock(mutex_);
  const auto it = by_base_.find(parsed->base);
  if (it == by_base_.end()) return related;
  const std::string below = parsed->canonical + ".";
  for (const bool want_below : {true, false}) {
    for (const std::string& other : it->second) {
      if (related.size() == limit) return related;
      const bool is_below = other.compare(0, below.size(), below) == 0;
      if (is_below == want_below && other != parsed->canonical) related.push_back(other);
    }
  }
  return related;
}

}  // namespace comity
