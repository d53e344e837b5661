// Where the items lists of participants differ. Pure: a function of the lists on their days and
// the correlations in force, whatever the order in which either is given.
//
// A code is judged participant by participant (does it control it?), then two by two (do the
// entries that they have under it differ, and are they the same item at all?). A list that does
// not have a code is taken to differ only where its numbering can say so.
#ifndef COMITY_STORAGE_LISTS_DIVERGENCE_H_
#define COMITY_STORAGE_LISTS_DIVERGENCE_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "comity/v1/divergence.pb.h"
#include "storage/lists/code_links.h"
#include "storage/lists/compared_item.h"
#include "storage/lists/keep_going.h"
#include "storage/match/code_link.h"

namespace comity {

// In the order in which reasons are given.
enum class DivergenceKind { kOnlySome, kText, kDestinations, kDates, kMapping, kTypography };
inline constexpr size_t kDivergenceKinds = 6;

// "only-some", "text", "destinations", "dates", "mapping", "typography".
const char* DivergenceKindName(DivergenceKind kind);
// INVALID_ARGUMENT, naming those that there are.
absl::StatusOr<DivergenceKind> DivergenceKindOf(std::string_view name);

// A set of kinds. Value type.
class KindSet {
 public:
  void Add(DivergenceKind kind) { bits_ |= Bit(kind); }
  void Add(KindSet others) { bits_ |= others.bits_; }
  bool Has(DivergenceKind kind) const { return (bits_ & Bit(kind)) != 0; }
  bool HasAnyOf(KindSet others) const { return (bits_ & others.bits_) != 0; }
  bool empty() const { return bits_ == 0; }
  static KindSet All() {
    KindSet all;
    all.bits_ = (1U << kDivergenceKinds) - 1;
    return all;
  }

 private:
  static uint32_t Bit(DivergenceKind kind) { return 1U << static_cast<uint32_t>(kind); }
  uint32_t bits_ = 0;
};

// What one participant has for a code; DivergenceState explains each.
enum class HoldState {
  kListed,
  kLinked,
  kBelow,
  kWithin,
  kRule,
  kPending,
  kEnded,
  kReserved,
  kDecontrolled,
  kNotListed,
  kOtherNumbering,
  kNoList,
};

const char* HoldStateName(HoldState state);
// The participant controls the code; it does not. Neither: it cannot be said.
bool Controls(HoldState state);
bool ControlsNot(HoldState state);

struct Hold {
  HoldState state = HoldState::kNoList;
  // As in DivergenceState.
  std::string code;
  std::optional<CivilDay> day;
};

// An entry under the code, or under the code that a correlation links to it. Borrowed.
struct HeldEntry {
  // Place among the participants.
  size_t participant = 0;
  const ComparedList* list = nullptr;
  const ComparedItem* item = nullptr;
  // It stands for its list in comparisons.
  bool compared = false;
};

// How the entries of two participants are linked.
struct PairLink {
  size_t left = 0;
  size_t right = 0;
  Link link;
  // The correlation that says so; null: by rule.
  const CodeLink* by = nullptr;
  // Another one in force says otherwise; null: none.
  const CodeLink* against = nullptr;
  std::string left_code;
  std::string right_code;
};

// How two compared entries differ.
enum class TextDifference { kSame, kTypography, kWords, kNoCommonLanguage };
enum class TermsDifference { kSame, kOneSided, kDiffer };
// The texts to compare, by the places of their languages; unset: no common language. Two that say
// no language are in the same one.
std::optional<std::pair<size_t, size_t>> CommonLanguage(const ComparedItem& left,
                                                        const ComparedItem& right);
TextDifference CompareTexts(const ComparedItem& left, const ComparedItem& right);
TermsDifference CompareTerms(const ComparedItem& left, const ComparedItem& right);
bool DatesDiffer(const ComparedItem& left, const ComparedItem& right);

// What differs between the compared entries of two participants that control a code.
struct PairDifference {
  size_t left = 0;
  size_t right = 0;
  // Both have an entry to compare.
  bool compared = false;
  KindSet kinds;
  // All that differs in terms is that one states some.
  bool terms_one_sided = false;
};

// All that is found out about one code.
struct CodeFinding {
  std::string code;
  std::optional<ParsedCode> parsed;
  // Of each participant.
  std::vector<Hold> holds;
  // By participant, list, supplement, key.
  std::vector<HeldEntry> entries;
  // Each two participants that control it with entries, or in paragraphs below.
  std::vector<PairLink> links;
  std::vector<PairDifference> differences;
  KindSet kinds;
  // The number is of a national series, and some participant is not in it.
  bool national = false;
  // Why the base entries are not the same by rule for one who controls the code and one who does
  // not list it; null: they are, or nobody does not.
  const char* base_apart = nullptr;
};

// Immutable, and so thread-safe; keeps what it was given alive.
class Divergences {
 public:
  // `participants` sorted, unique. Lists of others are not looked at. A participant without a
  // list in which anything is in force is taken as one whose list is not held. One that is named
  // by an authority ("us-bis") has the lists of that authority alone.
  Divergences(std::vector<std::string> participants,
              const std::vector<std::shared_ptr<const ComparedList>>& lists,
              std::vector<std::shared_ptr<const CorrelationTable>> correlations);

  struct Row {
    std::string code;
    KindSet kinds;
  };
  // Judges every code that some participant controls and that is `code` or lies below it (empty:
  // all); gives the codes with any kind in the order of CompareCodes, and counts all.
  absl::StatusOr<std::vector<Row>> Compute(std::string_view code, const KeepGoing& keep_going,
                                           v1::DivergenceSummary* summary) const;

  CodeFinding Judge(const std::string& code) const;
  // The one spelling of `code`, which may be known only by who lists it ("16" of Japan).
  std::string SpellingOf(std::string_view code) const;

  const std::vector<std::string>& participants() const { return participants_; }
  const CodeLinks& links() const { return links_; }
  // Of a list the entry above `code` that is nearest and states controls of its own; null if
  // there is none.
  static const ComparedItem* StatesControlsAbove(const ComparedList& list, std::string_view code);

 private:
  struct Holder {
    std::vector<std::shared_ptr<const ComparedList>> lists;
    bool in_force = false;
    // Of every standing.
    absl::flat_hash_map<std::string, std::vector<HeldEntry>> entries;
    // Those in force, by bytes: what lies below a code stands together.
    std::vector<std::string_view> controlled;
    std::set<CodeScheme> schemes;

    bool ListsInForce(std::string_view code) const;
    bool HasBelow(std::string_view code) const;
  };

  Hold HoldOf(size_t participant, const std::string& code,
              const std::optional<ParsedCode>& parsed) const;
  std::optional<Hold> LinkedHold(size_t participant, const std::string& code) const;
  // Of a code that its lists do not have: whether an undivided entry above may cover it, and
  // whether its numbering could have it at all.
  Hold AbsentHold(const Holder& holder, const std::string& code,
                  const std::optional<ParsedCode>& parsed) const;
  // Whether the number is a country's own for one of those compared.
  bool IsNational(const CodeFinding& finding) const;
  void JudgeNumbering(CodeFinding& finding) const;
  void JudgeBase(CodeFinding& finding) const;
  void GatherEntries(CodeFinding& finding) const;
  PairDifference ComparePair(const CodeFinding& finding, const PairLink& link) const;
  void JudgePairs(CodeFinding& finding) const;
  PairLink LinkPair(const CodeFinding& finding, size_t left, size_t right) const;
  void Count(const CodeFinding& finding, v1::DivergenceSummary* summary) const;

  std::vector<std::string> participants_;
  std::vector<Holder> holders_;
  CodeLinks links_;
};

// Whether an entry under `code` lies below `above` ("5A001.f.1" below "5A001.f" and "5A001").
bool LiesBelow(std::string_view code, std::string_view above);
// The code one step up; empty above `base`.
std::string_view StepUp(std::string_view code, std::string_view base);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_DIVERGENCE_H_
