// What correlations in force say of each code, to be looked up code by code.
#ifndef COMITY_STORAGE_LISTS_CODE_LINKS_H_
#define COMITY_STORAGE_LISTS_CODE_LINKS_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "storage/lists/correlations.h"
#include "storage/match/code_link.h"

namespace comity {

// The correlations of one list that are in force on one day.
using CorrelationTable = std::vector<CorrelationInForce>;

// One correlation, read from the code that it was looked up by. Borrows the table.
struct CodeLink {
  enum class To {
    kCode,
    kArticle,    // the issuer lists no item, and this article bears on it
    kNotListed,  // the issuer lists no item
  };
  // Participants or authorities; empty: everyone who uses the numbering.
  std::string from_issuer;
  std::string to_issuer;
  To to = To::kCode;
  // In its one spelling; the article.
  std::string to_code;
  // What `to` covers, compared with the code looked up; kNone where it is no code.
  LinkDegree degree = LinkDegree::kNone;
  LinkOrigin origin = LinkOrigin::kTable;
  const CorrelationInForce* source = nullptr;
};

// Whether what `issuer` names is `who` (a participant or an authority), one authority of it, or the
// participant that it belongs to; true if it names nobody.
bool IsIssuerOf(std::string_view issuer, std::string_view who);

// Immutable; keeps the tables alive.
class CodeLinks {
 public:
  explicit CodeLinks(std::vector<std::shared_ptr<const CorrelationTable>> tables);

  // By the correlation's list, then key.
  const std::vector<CodeLink>& Of(std::string_view code) const;

 private:
  void Add(const CorrelationInForce& one, const v1::CorrelationSide& from,
           const v1::CorrelationSide& to, bool turned);

  std::vector<std::shared_ptr<const CorrelationTable>> tables_;
  absl::flat_hash_map<std::string, std::vector<CodeLink>> by_code_;
};

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_CODE_LINKS_H_
