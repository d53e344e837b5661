#include "storage/match/code_link.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "storage/match/false_friend.h"

namespace comity {
namespace {

std::string_view ParticipantPart(std::string_view issuer) {
  return issuer.substr(0, issuer.find('-'));
}

// How a participant stands to the shared numbering.
enum class Numbering { kEuFamily, kUs, kOwn, kUnknown };

// Members of the EU, and those who took over its Annex I or number their dual-use list alike
// (Australia's DSGL part 2, New Zealand's list, Switzerland's annex 2).
constexpr std::array<std::string_view, 35> kEuFamily = {
    "at", "au", "be", "bg", "ch", "cy", "cz", "de", "dk", "ee", "es", "eu",
    "fi", "fr", "gb", "gr", "hr", "hu", "ie", "is", "it", "li", "lt", "lu",
    "lv", "mt", "nl", "no", "nz", "pl", "pt", "ro", "se", "si", "sk"};
// Japan counts items; China's list looks like the shared numbers and is not.
constexpr std::array<std::string_view, 2> kOwn = {"cn", "jp"};

Numbering NumberingOf(std::string_view issuer) {
  const std::string_view participant = ParticipantPart(issuer);
  if (participant == "us") return Numbering::kUs;
  const auto in = [&](const auto& names) {
    return std::find(names.begin(), names.end(), participant) != names.end();
  };
  if (in(kEuFamily)) return Numbering::kEuFamily;
  if (in(kOwn)) return Numbering::kOwn;
  return Numbering::kUnknown;
}

Link Candidate(const char* why) { return {LinkDegree::kCandidate, LinkOrigin::kRule, why}; }
Link Identical(const char* why) { return {LinkDegree::kIdentical, LinkOrigin::kRule, why}; }
Link Apart(const char* why) { return {LinkDegree::kNone, LinkOrigin::kRule, why}; }

// One code of the shared numbering, no national series, in two lists.
Link LinkShared(const ParsedCode& code, std::string_view left_issuer,
                std::string_view right_issuer) {
  const Numbering left = NumberingOf(left_issuer);
  const Numbering right = NumberingOf(right_issuer);
  if (left == Numbering::kOwn || right == Numbering::kOwn) {
    return Apart("one of the two numbers its list in another way: only a published table links it");
  }
  // The two texts of one family are one text; between it and the US differences are known.
  const bool across = left != Numbering::kEuFamily || right != Numbering::kEuFamily;
  if (across && IsFalseFriend(code.canonical)) {
    return Apart("a known false friend: the code stands for other things in the two lists");
  }
  if (code.origin_digit >= 3) {
    if (code.is_base()) return Candidate("chemicals and biology: listed in different orders");
    return Apart("paragraphs of this series are numbered differently by country");
  }
  const bool unknown = (left == Numbering::kUnknown && !left_issuer.empty()) ||
                       (right == Numbering::kUnknown && !right_issuer.empty());
  if (unknown) return Candidate("one of the two is not known to use the shared numbering");
  if (!code.is_base()) return Candidate("paragraphs differ often enough that both must be read");
  if (across && code.origin_digit == 0 && code.base[0] == '0') {
    return Candidate("category 0: the US list holds only a remainder of the trigger list");
  }
  return Identical("one base entry of the shared numbering");
}

// A Wassenaar number and one of the shared numbering.
Link LinkRegime(const ParsedCode& wassenaar, const ParsedCode& shared,
                std::string_view shared_issuer) {
  if (shared.regimes.empty() || shared.regimes[0].regime != "WA" ||
      shared.regimes[0].reference != wassenaar.canonical) {
    return Apart("different numbers");
  }
  return LinkShared(shared, shared_issuer, shared_issuer);
}

}  // namespace

const char* LinkDegreeName(LinkDegree degree) {
  switch (degree) {
    case LinkDegree::kCandidate:
      return "candidate";
    case LinkDegree::kIdentical:
      return "identical";
    case LinkDegree::kBroader:
      return "broader";
    case LinkDegree::kNarrower:
      return "narrower";
    case LinkDegree::kOverlaps:
      return "overlaps";
    default:
      return "none";
  }
}

const char* LinkOriginName(LinkOrigin origin) {
  switch (origin) {
    case LinkOrigin::kTable:
      return "table";
    case LinkOrigin::kHuman:
      return "human";
    default:
      return "rule";
  }
}

LinkDegree Reversed(LinkDegree degree) {
  if (degree == LinkDegree::kBroader) return LinkDegree::kNarrower;
  if (degree == LinkDegree::kNarrower) return LinkDegree::kBroader;
  return degree;
}

bool InEuSeries(const ParsedCode& code, std::string_view left_issuer,
                std::string_view right_issuer) {
  constexpr int kEuSeries = 5;
  return code.origin_digit == kEuSeries && NumberingOf(left_issuer) == Numbering::kEuFamily &&
         NumberingOf(right_issuer) == Numbering::kEuFamily;
}

Link LinkByRule(const ParsedCode& left, std::string_view left_issuer, const ParsedCode& right,
                std::string_view right_issuer) {
  if (left.scheme != right.scheme) {
    if (left.scheme == CodeScheme::kWassenaar && right.scheme == CodeScheme::kDualUse) {
      return LinkRegime(left, right, right_issuer);
    }
    if (right.scheme == CodeScheme::kWassenaar && left.scheme == CodeScheme::kDualUse) {
      return LinkRegime(right, left, left_issuer);
    }
    return Apart("different numberings: only a published table links them");
  }
  if (left.canonical != right.canonical) return Apart("different codes");
  if (!left_issuer.empty() && ParticipantPart(left_issuer) == ParticipantPart(right_issuer)) {
    return Identical("one code of one country");
  }
  switch (left.scheme) {
    case CodeScheme::kDualUse:
      if (InEuSeries(left, left_issuer, right_issuer)) {
        return left.is_base() ? Candidate("the EU's 500 series: both texts must be read")
                              : Apart("paragraphs of the EU's 500 series are numbered by country");
      }
      if (!left.space.empty() || !right.space.empty()) {
        return Apart("a national series: each country numbers it for itself");
      }
      return LinkShared(left, left_issuer, right_issuer);
    case CodeScheme::kMilitary:
      return Candidate("one number of the munitions list, in words of each country");
    case CodeScheme::kWassenaar:
    case CodeScheme::kMtcr:
    case CodeScheme::kNsg:
    case CodeScheme::kNsgTrigger:
      return Identical("one number of one regime");
    case CodeScheme::kHs:
      return Apart("tariff headings name goods, not controls: only a published table links them");
    default:
      return Apart("a series of one country: only a published table links it");
  }
}

std::optional<Link> LinkAmong(const ParsedCode& code, const std::set<std::string>& participants) {
  std::optional<Link> weakest;
  for (auto left = participants.begin(); left != participants.end(); ++left) {
    for (auto right = std::next(left); right != participants.end(); ++right) {
      const Link link = LinkByRule(code, *left, code, *right);
      // By rule there are only none, candidate and identical, in this order.
      if (!weakest.has_value() || link.degree < weakest->degree) weakest = link;
    }
  }
  return weakest;
}

}  // namespace comity
