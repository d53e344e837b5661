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
#include "absl/container/inlined_vector.h"
#include "comity/v1/entry.pb.h"
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
  // What the entry can be found by: an item's code, the codes on both sides of a correlation.
  void Add(const v1::Entry& entry, const Origin& origin, LeafIndex first);

  // Items under a code, by origin, then key.
  std::vector<Posting> Find(std::string_view code) const;
  // Correlations that name the code on either side, by origin, then key.
  std::vector<Posting> FindCorrelations(std::string_view code) const;

  // Codes of some item with the same base code as `code`, without `code` itself: what lies
  // below it first. At most `limit`.
  std::vector<std::string> Related(std::string_view code, size_t limit) const;

  // Whether an item of a participant other than `participant` has that base code.
  bool HasBase(const std::string& base, std::string_view participant) const;

 private:
  // A posting with its origin, of which there are few, once for all: there is one for every
  // entry in memory, and most codes have one.
  struct Stored {
    const Origin* origin;
    std::string key;
    LeafIndex first;
  };
  using Postings = absl::flat_hash_map<std::string, absl::InlinedVector<Stored, 1>>;
  static void Put(Postings& postings, const std::string& form, const Stored& posting);
  std::vector<Posting> FindIn(const Postings& postings, std::string_view code) const;

  mutable std::shared_mutex mutex_;
  std::set<Origin> origins_;
  Postings items_;
  Postings correlations_;
  absl::flat_hash_map<std::string, std::set<std::string>> by_base_;
};

// The form under which a code that is asked for is looked up: its canonical form in whatever
// numbering it is, or the text as it is.
std::string LookupForm(std::string_view code);

// The forms under which `participant`'s item with that code is found: its numbering may tell
// more than the text alone ("16" is an item of Japan's, and a chapter of the HS elsewhere).
std::set<std::string> LookupForms(std::string_view code, std::string_view participant);

// The form of a correlation's side; empty if it is no code.
std::string SideForm(const v1::CorrelationSide& side);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_CODE_INDEX_H_
