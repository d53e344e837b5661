#include "storage/lists/correlation_check.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"
#include "storage/match/code_text.h"

namespace comity {
namespace {

constexpr size_t kMaxTermBytes = 256;
constexpr size_t kMaxSchemeBytes = 32;
constexpr size_t kMaxIssuerBytes = 64;
constexpr size_t kMaxCitationBytes = 1024;
constexpr size_t kMaxUrlBytes = 2048;
constexpr size_t kMaxNoteBytes = 4096;
constexpr int kMaxSynonyms = 100;

absl::Status BadCorrelation(std::string_view what, v1::Reason reason = v1::REASON_BAD_CHANGE) {
  return MakeError(absl::StatusCode::kInvalidArgument, reason, what);
}

bool IsName(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

absl::Status CheckText(std::string_view text, size_t limit, std::string_view what) {
  if (!text.empty() && text.size() <= limit) return absl::OkStatus();
  return BadCorrelation(absl::StrCat(Absl(what), " has 1-", limit, " bytes"),
                        text.empty() ? v1::REASON_BAD_CHANGE : v1::REASON_LIMIT);
}

absl::Status CheckSide(const v1::CorrelationSide& side) {
  switch (side.what_case()) {
    case v1::CorrelationSide::kCode:
      COMITY_RETURN_IF_ERROR(CheckText(side.code(), kMaxCodeBytes, "a code"));
      break;
    case v1::CorrelationSide::kTerm:
      COMITY_RETURN_IF_ERROR(CheckText(side.term(), kMaxTermBytes, "a term"));
      break;
    case v1::CorrelationSide::kArticle:
      COMITY_RETURN_IF_ERROR(CheckText(side.article(), kMaxCodeBytes, "an article"));
      break;
    case v1::CorrelationSide::kNotListed:
      if (!side.not_listed()) return BadCorrelation("not_listed is true or absent");
      break;
    default:
      return BadCorrelation("it names no code, term or article, nor that nothing is listed");
  }
  if (side.scheme().size() > kMaxSchemeBytes || !IsName(side.scheme())) {
    return BadCorrelation("a scheme is at most 32 of a-z, 0-9 and '-'");
  }
  if (!side.scheme().empty() && !side.has_code()) return BadCorrelation("only a code has a scheme");
  if (side.issuer().size() > kMaxIssuerBytes || !IsName(side.issuer())) {
    return BadCorrelation(
        "an issuer is a participant or an authority, such as \"us\" or \"us-bis\"");
  }
  if ((side.has_article() || side.has_not_listed()) && side.issuer().empty()) {
    return BadCorrelation("it must say whose law it is: name the issuer");
  }
  if (side.synonyms_size() > 0 && !side.has_term())
    return BadCorrelation("only a term has synonyms");
  if (side.synonyms_size() > kMaxSynonyms)
    return BadCorrelation("at most 100 synonyms", v1::REASON_LIMIT);
  for (const std::string& synonym : side.synonyms()) {
    COMITY_RETURN_IF_ERROR(CheckText(synonym, kMaxTermBytes, "a synonym"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckCorrelation(const v1::Correlation& correlation) {
  COMITY_RETURN_IF_ERROR(Annotate(CheckSide(correlation.left()), "left side"));
  COMITY_RETURN_IF_ERROR(Annotate(CheckSide(correlation.right()), "right side"));
  if (!correlation.left().has_code() && !correlation.left().has_term()) {
    return BadCorrelation("the left side is a code or a term");
  }
  if (correlation.right().has_not_listed()) {
    if (correlation.degree() != v1::CORRELATION_DEGREE_UNSPECIFIED) {
      return BadCorrelation("what is not listed has no degree");
    }
  } else if (!v1::CorrelationDegree_IsValid(correlation.degree()) ||
             correlation.degree() == v1::CORRELATION_DEGREE_UNSPECIFIED) {
    return BadCorrelation("the degree must be identical, broader, narrower or overlaps");
  }
  if (!v1::LinkOrigin_IsValid(correlation.origin()) ||
      correlation.origin() == v1::LINK_ORIGIN_UNSPECIFIED) {
    return BadCorrelation("the origin must be rule, table or human");
  }
  if (correlation.degree() == v1::CORRELATION_DEGREE_IDENTICAL &&
      correlation.left().what_case() != correlation.right().what_case()) {
    return BadCorrelation("only two codes or two terms can be identical");
  }
  COMITY_RETURN_IF_ERROR(
      CheckText(correlation.source_citation(), kMaxCitationBytes, "the source citation"));
  if (correlation.source_url().size() > kMaxUrlBytes) {
    return BadCorrelation("the source URL is over 2,048 bytes", v1::REASON_LIMIT);
  }
  if (correlation.note().size() > kMaxNoteBytes) {
    return BadCorrelation("the note is over 4,096 bytes", v1::REASON_LIMIT);
  }
  return absl::OkStatus();
}

}  // namespace comity
