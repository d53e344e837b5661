// What readers work out again and again, remembered across snapshots. Everything
// here is a function of (origin, index) or (origin, size, day), so it never goes
// stale; it is dropped only to stay within its bounds.
#ifndef COMITY_STORAGE_LISTS_READ_CACHE_H_
#define COMITY_STORAGE_LISTS_READ_CACHE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/base/mutex.h"
#include "storage/base/types.h"
#include "storage/law/rule_set.h"
#include "storage/lists/code_links.h"
#include "storage/lists/compared_item.h"
#include "storage/lists/store.h"
#include "storage/log/origin.h"

namespace comity {

class Divergences;

// What answers say of one leaf, without its changes.
struct LeafFacts {
  bool genesis = false;
  std::string citation;
  std::string citation_url;
  std::string title;
  std::optional<CivilDay> published_on;
  Instant published_at;
  // The earliest date of its changes; unset for a genesis.
  std::optional<CivilDay> effective_from;
  uint32_t added = 0;
  uint32_t revised = 0;
  uint32_t removed = 0;
  uint32_t redated = 0;
  uint32_t signatures = 0;
  Digest leaf_hash{};
  Digest root_after{};
  Digest state_root_after{};
};

// Thread-safe.
class ReadCache {
 public:
  // Facts of one leaf, read from `store` if they are not known yet.
  absl::StatusOr<std::shared_ptr<const LeafFacts>> Facts(const Store& store, const Origin& origin,
                                                         LeafIndex index);

  std::optional<uint32_t> Count(const Origin& origin, TreeSize size, CivilDay day) const;
  void PutCount(const Origin& origin, TreeSize size, CivilDay day, uint32_t count);

  // The rules of a list; null if they are not there.
  std::shared_ptr<const RuleSet> Rules(const Origin& origin, TreeSize size, CivilDay day) const;
  void PutRules(const Origin& origin, TreeSize size, CivilDay day,
                std::shared_ptr<const RuleSet> rules);

  // An items list as it is compared, and a correlation list, on a day; null if not remembered.
  std::shared_ptr<const ComparedList> Compared(const Origin& origin, TreeSize size,
                                               CivilDay day) const;
  void PutCompared(std::shared_ptr<const ComparedList> list);
  std::shared_ptr<const CorrelationTable> Correlations(const Origin& origin, TreeSize size,
                                                       CivilDay day) const;
  void PutCorrelations(const Origin& origin, TreeSize size, CivilDay day,
                       std::shared_ptr<const CorrelationTable> table);

  // What was made of exactly these lists and tables; null if not remembered.
  using Lists = std::vector<std::shared_ptr<const ComparedList>>;
  using Tables = std::vector<std::shared_ptr<const CorrelationTable>>;
  std::shared_ptr<const Divergences> Judge(const std::set<std::string>& names, const Lists& lists,
                                           const Tables& tables) const;
  void PutJudge(const std::set<std::string>& names, const Lists& lists, const Tables& tables,
                std::shared_ptr<const Divergences> judge);

 private:
  // Leaves and counts are few beside entries; a full cache starts again empty.
  static constexpr size_t kMaxFacts = 100'000;
  static constexpr size_t kMaxCounts = 10'000;
  // A chart of 200 destinations takes some 300 KB: room for some hundred lists and days.
  static constexpr size_t kMaxRuleBytes = 64 << 20;
  // Some 600 bytes each.
  static constexpr size_t kMaxComparedItems = 100'000;
  static constexpr size_t kMaxCorrelations = 50'000;
  // Some 200 bytes for each item beside the lists that they keep: by participant and by authority.
  static constexpr size_t kMaxJudges = 2;

  using OnDay = std::tuple<Origin, TreeSize, CivilDay>;

  mutable Mutex mutex_;
  std::map<std::pair<Origin, LeafIndex>, std::shared_ptr<const LeafFacts>> facts_
      ABSL_GUARDED_BY(mutex_);
  std::map<OnDay, uint32_t> counts_ ABSL_GUARDED_BY(mutex_);
  std::map<OnDay, std::shared_ptr<const RuleSet>> rules_ ABSL_GUARDED_BY(mutex_);
  size_t rule_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<OnDay, std::shared_ptr<const ComparedList>> compared_ ABSL_GUARDED_BY(mutex_);
  size_t compared_items_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<OnDay, std::shared_ptr<const CorrelationTable>> tables_ ABSL_GUARDED_BY(mutex_);
  size_t correlations_ ABSL_GUARDED_BY(mutex_) = 0;
  // They hold on to what they are told apart by. The oldest first.
  struct KeptJudge {
    std::set<std::string> names;
    Lists lists;
    Tables tables;
    std::shared_ptr<const Divergences> judge;
  };
  std::vector<KeptJudge> judges_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_READ_CACHE_H_
