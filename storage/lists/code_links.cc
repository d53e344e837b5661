#include "storage/lists/code_links.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "storage/lists/code_index.h"
#include "storage/log/origin.h"

namespace comity {
namespace {

LinkDegree DegreeOf(v1::CorrelationDegree degree) {
  switch (degree) {
    case v1::CORRELATION_DEGREE_IDENTICAL:
      return LinkDegree::kIdentical;
    case v1::CORRELATION_DEGREE_BROADER:
      return LinkDegree::kBroader;
    case v1::CORRELATION_DEGREE_NARROWER:
      return LinkDegree::kNarrower;
    case v1::CORRELATION_DEGREE_OVERLAPS:
      return LinkDegree::kOverlaps;
    default:
      return LinkDegree::kNone;
  }
}

LinkOrigin OriginOf(v1::LinkOrigin origin) {
  if (origin == v1::LINK_ORIGIN_RULE) return LinkOrigin::kRule;
  return origin == v1::LINK_ORIGIN_HUMAN ? LinkOrigin::kHuman : LinkOrigin::kTable;
}

}  // namespace

bool IsIssuerOf(std::string_view issuer, std::string_view who) {
  return issuer.empty() || issuer == who || ParticipantOf(issuer) == who ||
         ParticipantOf(who) == issuer;
}

CodeLinks::CodeLinks(std::vector<std::shared_ptr<const CorrelationTable>> tables)
    : tables_(std::move(tables)) {
  for (const auto& table : tables_) {
    for (const CorrelationInForce& one : *table) {
      Add(one, one.correlation.left(), one.correlation.right(), false);
      Add(one, one.correlation.right(), one.correlation.left(), true);
    }
  }
  for (auto& [code, links] : by_code_) {
    std::stable_sort(links.begin(), links.end(), [](const CodeLink& a, const CodeLink& b) {
      return std::tie(a.source->list, a.source->key) < std::tie(b.source->list, b.source->key);
    });
  }
}

void CodeLinks::Add(const CorrelationInForce& one, const v1::CorrelationSide& from,
                    const v1::CorrelationSide& to, bool turned) {
  const std::string code = SideForm(from);
  if (code.empty()) return;
  CodeLink link;
  link.from_issuer = from.issuer();
  link.to_issuer = to.issuer();
  link.source = &one;
  link.origin = OriginOf(one.correlation.origin());
  switch (to.what_case()) {
    case v1::CorrelationSide::kCode:
      link.to_code = SideForm(to);
      link.degree = DegreeOf(one.correlation.degree());
      if (turned) link.degree = Reversed(link.degree);
      break;
    case v1::CorrelationSide::kArticle:
      link.to = CodeLink::To::kArticle;
      link.to_code = to.article();
      break;
    case v1::CorrelationSide::kNotListed:
      link.to = CodeLink::To::kNotListed;
      break;
    default:
      // A technology in words is no code.
      return;
  }
  by_code_[code].push_back(std::move(link));
}

const std::vector<CodeLink>& CodeLinks::Of(std::string_view code) const {
  static const std::vector<CodeLink> kNone;
  const auto it = by_code_.find(Absl(code));
  return it == by_code_.end() ? kNone : it->second;
}

}  // namespace comity
