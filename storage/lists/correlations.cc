#include "storage/lists/correlations.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "storage/lists/code_index.h"
#include "storage/log/origin.h"
#include "storage/match/code_link.h"
#include "storage/match/dual_use.h"
#include "storage/match/parsed_code.h"
#include "storage/match/text_search.h"

namespace comity {
namespace {

enum class Direction { kLeftToRight, kRightToLeft };

// "LINK_ORIGIN_TABLE" -> "table".
std::string NameAfter(std::string_view prefix, const std::string& name) {
  return absl::AsciiStrToLower(name.substr(prefix.size()));
}

v1::CorrelationDegree Turned(v1::CorrelationDegree degree) {
  if (degree == v1::CORRELATION_DEGREE_BROADER) return v1::CORRELATION_DEGREE_NARROWER;
  if (degree == v1::CORRELATION_DEGREE_NARROWER) return v1::CORRELATION_DEGREE_BROADER;
  return degree;
}

v1::LinkedItem Read(const CorrelationInForce& one, Direction direction) {
  const v1::Correlation& correlation = one.correlation;
  const bool forward = direction == Direction::kLeftToRight;
  v1::LinkedItem link;
  *link.mutable_from() = forward ? correlation.left() : correlation.right();
  *link.mutable_to() = forward ? correlation.right() : correlation.left();
  link.set_degree(DegreeName(forward ? correlation.degree() : Turned(correlation.degree())));
  link.set_origin(NameAfter("LINK_ORIGIN_", v1::LinkOrigin_Name(correlation.origin())));
  link.set_source_citation(correlation.source_citation());
  link.set_source_url(correlation.source_url());
  link.set_note(correlation.note());
  link.set_list(one.list);
  link.set_key(one.key);
  link.set_citation(one.citation);
  return link;
}

bool HasTerm(const v1::CorrelationSide& side, const std::vector<std::string>& words) {
  if (!side.has_term()) return false;
  return HasWords(words, FoldCase(side.term())) ||
         std::any_of(side.synonyms().begin(), side.synonyms().end(),
                     [&](const std::string& one) { return HasWords(words, FoldCase(one)); });
}

}  // namespace

std::string DegreeName(v1::CorrelationDegree degree) {
  if (degree == v1::CORRELATION_DEGREE_UNSPECIFIED) return "";
  return NameAfter("CORRELATION_DEGREE_", v1::CorrelationDegree_Name(degree));
}

std::vector<v1::LinkedItem> LinkCode(std::string_view code,
                                     const std::vector<CorrelationInForce>& correlations) {
  const std::string form = LookupForm(code);
  std::vector<v1::LinkedItem> links;
  for (const CorrelationInForce& one : correlations) {
    if (SideForm(one.correlation.left()) == form) {
      links.push_back(Read(one, Direction::kLeftToRight));
    }
    if (SideForm(one.correlation.right()) == form) {
      links.push_back(Read(one, Direction::kRightToLeft));
    }
  }
  return links;
}

std::vector<v1::LinkedItem> LinkTerm(const std::vector<std::string>& words,
                                     const std::vector<CorrelationInForce>& correlations) {
  std::vector<v1::LinkedItem> links;
  if (words.empty()) return links;
  for (const CorrelationInForce& one : correlations) {
    if (HasTerm(one.correlation.left(), words)) {
      links.push_back(Read(one, Direction::kLeftToRight));
    } else if (HasTerm(one.correlation.right(), words)) {
      links.push_back(Read(one, Direction::kRightToLeft));
    }
  }
  return links;
}

bool IsOfIssuer(const v1::CorrelationSide& side, std::string_view authority) {
  return side.issuer().empty() || side.issuer() == authority ||
         side.issuer() == ParticipantOf(authority);
}

std::vector<v1::LinkedItem> LinkRegimeNumber(std::string_view code) {
  const std::optional<ParsedCode> parsed = ParseCode(code);
  if (!parsed.has_value() || parsed->scheme != CodeScheme::kWassenaar) return {};
  const std::optional<ParsedCode> shared = ParseCode(SharedCodeOf(*parsed));
  if (!shared.has_value()) return {};
  const Link link = LinkByRule(*parsed, "", *shared, "");
  if (link.degree == LinkDegree::kNone) return {};
  v1::LinkedItem linked;
  linked.mutable_from()->set_code(parsed->canonical);
  linked.mutable_from()->set_scheme(CodeSchemeName(parsed->scheme));
  linked.mutable_to()->set_code(shared->canonical);
  linked.mutable_to()->set_scheme(CodeSchemeName(shared->scheme));
  linked.set_degree(LinkDegreeName(link.degree));
  linked.set_origin(LinkOriginName(link.origin));
  linked.set_note(link.why);
  return {std::move(linked)};
}

std::string LinkOf(std::string_view code, const std::set<std::string>& participants) {
  if (participants.size() < 2) return "";
  const std::optional<ParsedCode> parsed = ParseCode(code);
  if (!parsed.has_value()) return LinkDegreeName(LinkDegree::kNone);
  return LinkDegreeName(LinkAmong(*parsed, participants)->degree);
}

}  // namespace comity
