// Which entries carry which control code.
#ifndef COMITY_STORAGE_LISTS_CODE_INDEX_H_
#define COMITY_STORAGE_LISTS_CODE_INDEX_H_

#include <map>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "storage/base/types.h"
#include "storage/log/origin.h"

namespace comity {

// An entry that carried the code in some version.
struct Posting {
  Origin origin;
  std::string key;
  // The first revision that said so: a reader at a smaller size passes it over.
  LeafIndex first;
};

// Only ever grows: what was indexed stays, and readers judge by size. Thread-safe.
class CodeIndex {
 public:
  // `code` as published: indexed by its canonical form, or as it is if it has none.
  void Add(std::string_view code, const Origin& origin, const std::string& key, LeafIndex first);

  // By origin, then key.
  std::vector<Posting> Find(std::string_view code) const;

  // Codes of some entry with the same base code as `code`, without `code` itself:
  // what lies below it first. At most `limit`.
  std::vector<std::string> Related(std::string_view code, size_t limit) const;

 private:
  mutable std::shared_mutex mutex_;
  absl::flat_hash_map<std::string, std::vector<Posting>> postings_;
  absl::flat_hash_map<std::string, std::set<std::string>> by_base_;
};

// The form under which a code is looked up.
std::string LookupForm(std::string_view code);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_CODE_INDEX_H_
