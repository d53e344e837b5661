#include "storage/lists/read_cache.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "comity/v1/envelope.pb.h"
#include "comity/v1/revision.pb.h"
#include "storage/base/errors.h"
#include "storage/canonical/pae.h"

namespace comity {
namespace {

void CountChange(const v1::Change& change, LeafFacts& facts) {
  switch (change.operation()) {
    case v1::OPERATION_ADD:
      ++facts.added;
      break;
    case v1::OPERATION_REVISE:
      ++facts.revised;
      break;
    case v1::OPERATION_REMOVE:
      ++facts.removed;
      break;
    default:
      ++facts.redated;
  }
  const CivilDay from{change.effective_from()};
  facts.effective_from = std::min(facts.effective_from.value_or(from), from);
}

absl::StatusOr<LeafFacts> ReadFacts(const Store& store, const Origin& origin, LeafIndex index) {
  COMITY_ASSIGN_OR_RETURN(const StoredLeaf leaf, store.ReadLeaf(origin, index));
  LeafFacts facts;
  facts.published_at = leaf.published_at;
  facts.leaf_hash = leaf.leaf_hash;
  facts.root_after = leaf.root_after;
  facts.state_root_after = leaf.state_root_after;
  const auto unreadable = [&] {
    return absl::DataLossError(
        absl::StrCat(origin.ToString(), ": leaf ", index.value, " cannot be read"));
  };
  v1::Envelope envelope;
  if (!envelope.ParseFromString(leaf.envelope)) return unreadable();
  facts.signatures = static_cast<uint32_t>(envelope.signatures_size());
  if (OpensLog(envelope.payload_type())) {
    v1::Genesis genesis;
    if (!genesis.ParseFromString(envelope.payload())) return unreadable();
    facts.genesis = true;
    facts.title = genesis.title();
    return facts;
  }
  v1::Revision revision;
  if (!revision.ParseFromString(envelope.payload())) return unreadable();
  facts.citation = revision.instrument().citation();
  facts.citation_url = revision.instrument().url();
  facts.title = revision.instrument().title();
  if (revision.instrument().has_published_on()) {
    facts.published_on = CivilDay{revision.instrument().published_on()};
  }
  for (const v1::Change& change : revision.changes()) CountChange(change, facts);
  return facts;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const LeafFacts>> ReadCache::Facts(const Store& store,
                                                                  const Origin& origin,
                                                                  LeafIndex index) {
  const std::pair<Origin, LeafIndex> id(origin, index);
  {
    MutexLock lock(mutex_);
    if (const auto it = facts_.find(id); it != facts_.end()) return it->second;
  }
  COMITY_ASSIGN_OR_RETURN(LeafFacts read, ReadFacts(store, origin, index));
  auto facts = std::make_shared<const LeafFacts>(std::move(read));
  MutexLock lock(mutex_);
  if (facts_.size() >= kMaxFacts) facts_.clear();
  facts_[id] = facts;
  return facts;
}

std::optional<uint32_t> ReadCache::Count(const Origin& origin, TreeSize size, CivilDay day) const {
  MutexLock lock(mutex_);
  const auto it = counts_.find({origin, size, day});
  if (it == counts_.end()) return std::nullopt;
  return it->second;
}

void ReadCache::PutCount(const Origin& origin, TreeSize size, CivilDay day, uint32_t count) {
  MutexLock lock(mutex_);
  if (counts_.size() >= kMaxCounts) counts_.clear();
  counts_[{origin, size, day}] = count;
}

std::shared_ptr<const RuleSet> ReadCache::Rules(const Origin& origin, TreeSize size,
                                                CivilDay day) const {
  MutexLock lock(mutex_);
  const auto it = rules_.find({origin, size, day});
  return it == rules_.end() ? nullptr : it->second;
}

void ReadCache::PutRules(const Origin& origin, TreeSize size, CivilDay day,
                         std::shared_ptr<const RuleSet> rules) {
  MutexLock lock(mutex_);
  if (rule_bytes_ + rules->bytes > kMaxRuleBytes) {
    rules_.clear();
    rule_bytes_ = 0;
  }
  const size_t bytes = rules->bytes;
  if (rules_.try_emplace({origin, size, day}, std::move(rules)).second) rule_bytes_ += bytes;
}

std::shared_ptr<const ComparedList> ReadCache::Compared(const Origin& origin, TreeSize size,
                                                        CivilDay day) const {
  MutexLock lock(mutex_);
  const auto it = compared_.find({origin, size, day});
  return it == compared_.end() ? nullptr : it->second;
}

void ReadCache::PutCompared(std::shared_ptr<const ComparedList> list) {
  // One that is too long for it would push out everything and not stay either.
  if (list->items.size() > kMaxComparedItems) return;
  MutexLock lock(mutex_);
  if (compared_items_ + list->items.size() > kMaxComparedItems) {
    compared_.clear();
    compared_items_ = 0;
  }
  const OnDay id(list->origin, list->size, list->day);
  const size_t items = list->items.size();
  if (compared_.emplace(id, std::move(list)).second) compared_items_ += items;
}

std::shared_ptr<const CorrelationTable> ReadCache::Correlations(const Origin& origin, TreeSize size,
                                                                CivilDay day) const {
  MutexLock lock(mutex_);
  const auto it = tables_.find({origin, size, day});
  return it == tables_.end() ? nullptr : it->second;
}

void ReadCache::PutCorrelations(const Origin& origin, TreeSize size, CivilDay day,
                                std::shared_ptr<const CorrelationTable> table) {
  if (table->size() > kMaxCorrelations) return;
  MutexLock lock(mutex_);
  if (correlations_ + table->size() > kMaxCorrelations) {
    tables_.clear();
    correlations_ = 0;
  }
  const size_t lines = table->size();
  if (tables_.emplace(OnDay(origin, size, day), std::move(table)).second) correlations_ += lines;
}

std::shared_ptr<const Divergences> ReadCache::Judge(const std::set<std::string>& names,
                                                    const Lists& lists,
                                                    const Tables& tables) const {
  MutexLock lock(mutex_);
  for (const KeptJudge& one : judges_) {
    if (one.names == names && one.lists == lists && one.tables == tables) return one.judge;
  }
  return nullptr;
}

void ReadCache::PutJudge(const std::set<std::string>& names, const Lists& lists,
                         const Tables& tables, std::shared_ptr<const Divergences> judge) {
  MutexLock lock(mutex_);
  if (judges_.size() == kMaxJudges) judges_.erase(judges_.begin());
  judges_.push_back({names, lists, tables, std::move(judge)});
}

}  // namespace comity
