#include "storage/lists/divergence_page.h"

#include <charconv>
#include <set>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "storage/lists/code_index.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

constexpr std::string_view kPrefix = "d1.";
// A frontier token of 1,000 origins, and the rest.
constexpr size_t kMaxTokenBytes = 512 << 10;
constexpr size_t kDigestDigits = 16;
// 9999-12-31T23:59:59Z: civil days end there.
constexpr int64_t kLastInstant = 253'402'300'799'000'000;

absl::Status NoToken() {
  return absl::InvalidArgumentError("page_token is not one that an answer gave");
}

}  // namespace

std::string ScopeDigest(const v1::DivergenceScope& scope) {
  const std::set<std::string> between(scope.between().begin(), scope.between().end());
  const std::set<std::string> kinds(scope.kinds().begin(), scope.kinds().end());
  const std::string text =
      absl::StrCat(scope.arrangement(), "\n", absl::StrJoin(between, ","), "\n",
                   absl::StrJoin(kinds, ","), "\n", LookupForm(scope.code()));
  return ToHex(Sha256(text)).substr(0, kDigestDigits);
}

std::string DivergencePage::Token() const {
  const std::string text =
      absl::StrCat(scope, "\n", as_of, "\n", now.micros, "\n", common ? "common" : "latest", "\n",
                   frontier_token, "\n", after);
  return absl::StrCat(Absl(kPrefix), absl::WebSafeBase64Escape(text));
}

absl::StatusOr<DivergencePage> DivergencePage::Parse(std::string_view token,
                                                     const v1::DivergenceScope& scope) {
  std::string text;
  if (token.size() > kMaxTokenBytes || token.substr(0, kPrefix.size()) != kPrefix ||
      !absl::WebSafeBase64Unescape(Absl(token.substr(kPrefix.size())), &text)) {
    return NoToken();
  }
  const std::vector<std::string> fields = absl::StrSplit(text, absl::MaxSplits('\n', 5));
  constexpr size_t kFields = 6;
  if (fields.size() != kFields || (fields[3] != "common" && fields[3] != "latest")) {
    return NoToken();
  }
  DivergencePage page;
  page.scope = fields[0];
  page.as_of = fields[1];
  const char* const end = fields[2].data() + fields[2].size();
  const auto read = std::from_chars(fields[2].data(), end, page.now.micros);
  if (read.ec != std::errc() || read.ptr != end) return NoToken();
  if (page.now.micros < 0 || page.now.micros > kLastInstant) return NoToken();
  page.common = fields[3] == "common";
  page.frontier_token = fields[4];
  page.after = fields[5];
  if (page.scope != ScopeDigest(scope)) {
    return absl::InvalidArgumentError(
        "page_token is of another question: ask for the next page with the same scope");
  }
  return page;
}

}  // namespace comity
