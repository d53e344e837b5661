// Columns of correlations.
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/import/csv_fields.h"

namespace comity {
namespace {

constexpr char kDegreePrefix[] = "CORRELATION_DEGREE_";
constexpr char kOriginPrefix[] = "LINK_ORIGIN_";

std::string SetDegree(const CsvCell& c) {
  v1::CorrelationDegree degree = v1::CORRELATION_DEGREE_UNSPECIFIED;
  if (!v1::CorrelationDegree_Parse(absl::StrCat(kDegreePrefix, absl::AsciiStrToUpper(c.value)),
                                   &degree)) {
    return "degree must be identical, broader, narrower or overlaps";
  }
  c.entry->mutable_correlation()->set_degree(degree);
  return "";
}

std::string SetOrigin(const CsvCell& c) {
  v1::LinkOrigin origin = v1::LINK_ORIGIN_UNSPECIFIED;
  if (!v1::LinkOrigin_Parse(absl::StrCat(kOriginPrefix, absl::AsciiStrToUpper(c.value)), &origin)) {
    return "link_origin must be rule, table or human";
  }
  c.entry->mutable_correlation()->set_origin(origin);
  return "";
}

std::string SetNotListed(const CsvCell& c) {
  if (c.value != "true") return "right_not_listed must be true or nothing";
  c.entry->mutable_correlation()->mutable_right()->set_not_listed(true);
  return "";
}

}  // namespace

void AddCorrelationFields(std::map<std::string, CsvField>& fields) {
  constexpr v1::ListKind kKind = v1::LIST_KIND_CORRELATIONS;
  using Side = v1::CorrelationSide* (*)(v1::Correlation&);
  using SideSetter = void (*)(v1::CorrelationSide&, const std::string&);
  const auto add_side = [&](const char* name, Side side, SideSetter set) {
    fields[name] = {kKind, false, [side, set](const CsvCell& c) -> std::string {
                      set(*side(*c.entry->mutable_correlation()), c.value);
                      return "";
                    }};
  };
  const Side left = [](v1::Correlation& c) { return c.mutable_left(); };
  const Side right = [](v1::Correlation& c) { return c.mutable_right(); };
  const SideSetter code = [](v1::CorrelationSide& s, const std::string& v) { s.set_code(v); };
  const SideSetter term = [](v1::CorrelationSide& s, const std::string& v) { s.set_term(v); };
  const SideSetter scheme = [](v1::CorrelationSide& s, const std::string& v) { s.set_scheme(v); };
  const SideSetter issuer = [](v1::CorrelationSide& s, const std::string& v) { s.set_issuer(v); };
  add_side("left_code", left, code);
  add_side("left_term", left, term);
  add_side("left_scheme", left, scheme);
  add_side("left_issuer", left, issuer);
  add_side("right_code", right, code);
  add_side("right_term", right, term);
  add_side("right_scheme", right, scheme);
  add_side("right_issuer", right, issuer);
  add_side("right_article", right,
           [](v1::CorrelationSide& s, const std::string& v) { s.set_article(v); });
  fields["right_not_listed"] = {kKind, false, SetNotListed};
  fields["left_synonyms"] = {
      kKind, true, [](const CsvCell& c) -> std::string {
        for (std::string& one : c.Values()) {
          c.entry->mutable_correlation()->mutable_left()->add_synonyms(std::move(one));
        }
        return "";
      }};
  fields["degree"] = {kKind, false, SetDegree};
  fields["link_origin"] = {kKind, false, SetOrigin};

  using Setter = void (*)(v1::Correlation&, const std::string&);
  const auto add = [&](const char* name, Setter set) {
    fields[name] = {kKind, false, [set](const CsvCell& c) -> std::string {
                      set(*c.entry->mutable_correlation(), c.value);
                      return "";
                    }};
  };
  add("source_citation",
      [](v1::Correlation& c, const std::string& v) { c.set_source_citation(v); });
  add("source_url", [](v1::Correlation& c, const std::string& v) { c.set_source_url(v); });
  add("note", [](v1::Correlation& c, const std::string& v) { c.set_note(v); });
}

}  // namespace comity
