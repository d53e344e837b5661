#include "storage/match/parsed_code.h"

#include <array>

#include "storage/match/code_text.h"
#include "storage/match/dual_use.h"
#include "storage/match/hs.h"
#include "storage/match/japan.h"
#include "storage/match/mtcr.h"
#include "storage/match/nsg.h"
#include "storage/match/uk_rating.h"
#include "storage/match/wassenaar.h"

namespace comity {
namespace {

// In this order a text without a scheme is tried: the first that reads it has it.
struct Reader {
  CodeScheme scheme;
  const char* name;
  std::optional<ParsedCode> (*parse)(std::string_view squeezed, std::string_view issuer);
};

constexpr std::array<Reader, 9> kReaders = {{
    {CodeScheme::kDualUse, "dual-use", ParseDualUse},
    {CodeScheme::kUkPl, "uk-pl", ParseUkPl},
    {CodeScheme::kMilitary, "military", ParseMilitary},
    {CodeScheme::kWassenaar, "wassenaar", ParseWassenaar},
    {CodeScheme::kMtcr, "mtcr", ParseMtcr},
    {CodeScheme::kNsg, "nsg", ParseNsg},
    {CodeScheme::kNsgTrigger, "nsg-trigger", ParseNsgTrigger},
    {CodeScheme::kJapan, "japan", ParseJapan},
    {CodeScheme::kHs, "hs", ParseHs},
}};

}  // namespace

const char* CodeSchemeName(CodeScheme scheme) {
  for (const Reader& reader : kReaders) {
    if (reader.scheme == scheme) return reader.name;
  }
  return "";
}

std::optional<CodeScheme> CodeSchemeOfName(std::string_view name) {
  for (const Reader& reader : kReaders) {
    if (reader.name == name) return reader.scheme;
  }
  return std::nullopt;
}

std::optional<ParsedCode> ParseCode(std::string_view text, std::string_view issuer,
                                    std::optional<CodeScheme> scheme) {
  if (text.size() > kMaxCodeBytes) return std::nullopt;
  // Dots and spaces group the digits of HS codes, so it reads the text itself.
  const std::string folded = FoldCodeSpaces(text);
  const std::string squeezed = SqueezeCode(text);
  for (const Reader& reader : kReaders) {
    if (scheme.has_value() && reader.scheme != *scheme) continue;
    // Who says that it is Japan's may leave the marks of an item away.
    const bool told = scheme == CodeScheme::kJapan && issuer.empty();
    const std::string& form = reader.scheme == CodeScheme::kHs ? folded : squeezed;
    std::optional<ParsedCode> code = reader.parse(form, told ? "jp" : issuer);
    if (!code.has_value()) continue;
    code->scheme = reader.scheme;
    return code;
  }
  return std::nullopt;
}

}  // namespace comity
