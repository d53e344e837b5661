#include "storage/lists/code_index.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <tuple>

#include "storage/match/parsed_code.h"

namespace comity {

std::string LookupForm(std::string_view code) {
  const std::optional<ParsedCode> parsed = ParseCode(code);
  return parsed.has_value() ? parsed->canonical : std::string(code);
}

std::set<std::string> LookupForms(std::string_view code, std::string_view participant) {
  std::set<std::string> forms = {LookupForm(code)};
  if (const auto parsed = ParseCode(code, participant)) forms.insert(parsed->canonical);
  return forms;
}

std::string SideForm(const v1::CorrelationSide& side) {
  if (!side.has_code()) return "";
  const auto parsed = ParseCode(side.code(), side.issuer(), CodeSchemeOfName(side.scheme()));
  return parsed.has_value() ? parsed->canonical : LookupForm(side.code());
}

void CodeIndex::Put(Postings& postings, const std::string& form, const Stored& posting) {
  auto& all = postings[form];
  const auto at = std::lower_bound(
      all.begin(), all.end(), posting, [](const Stored& one, const Stored& wanted) {
        return std::tie(*one.origin, one.key) < std::tie(*wanted.origin, wanted.key);
      });
  if (at != all.end() && at->origin == posting.origin && at->key == posting.key) {
    at->first = std::min(at->first, posting.first);
    return;
  }
  all.insert(at, posting);
}

void CodeIndex::Add(const v1::Entry& entry, const Origin& origin, LeafIndex first) {
  if (entry.has_item()) {
    const std::string participant = ParticipantOf(origin.name.authority);
    const std::set<std::string> forms = LookupForms(entry.item().code(), participant);
    const std::optional<ParsedCode> parsed = ParseCode(entry.item().code(), participant);
    const std::unique_lock lock(mutex_);
    const Stored posting{&*origins_.insert(origin).first, entry.key(), first};
    for (const std::string& form : forms) Put(items_, form, posting);
    if (parsed.has_value()) by_base_[parsed->base].insert(parsed->canonical);
  } else if (entry.has_correlation()) {
    const std::string left = SideForm(entry.correlation().left());
    const std::string right = SideForm(entry.correlation().right());
    const std::unique_lock lock(mutex_);
    const Stored posting{&*origins_.insert(origin).first, entry.key(), first};
    if (!left.empty()) Put(correlations_, left, posting);
    if (!right.empty()) Put(correlations_, right, posting);
  }
}

std::vector<Posting> CodeIndex::FindIn(const Postings& postings, std::string_view code) const {
  const std::string form = LookupForm(code);
  const std::shared_lock lock(mutex_);
  const auto it = postings.find(form);
  std::vector<Posting> found;
  if (it == postings.end()) return found;
  for (const Stored& one : it->second) found.push_back({*one.origin, one.key, one.first});
  return found;
}

std::vector<Posting> CodeIndex::Find(std::string_view code) const { return FindIn(items_, code); }

std::vector<Posting> CodeIndex::FindCorrelations(std::string_view code) const {
  return FindIn(correlations_, code);
}

std::vector<std::string> CodeIndex::Related(std::string_view code, size_t limit) const {
  const std::optional<ParsedCode> parsed = ParseCode(code);
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

bool CodeIndex::HasBase(const std::string& base, std::string_view participant) const {
  const std::shared_lock lock(mutex_);
  const auto it = by_base_.find(base);
  if (it == by_base_.end()) return false;
  for (const std::string& form : it->second) {
    const auto postings = items_.find(form);
    if (postings == items_.end()) continue;
    for (const Stored& posting : postings->second) {
      if (ParticipantOf(posting.origin->name.authority) != participant) return true;
    }
  }
  return false;
}

}  // namespace comity
