// One item as it is compared with the items of other lists: what of it can differ, in a few hashes.
#ifndef COMITY_STORAGE_LISTS_COMPARED_ITEM_H_
#define COMITY_STORAGE_LISTS_COMPARED_ITEM_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "comity/v1/entry.pb.h"
#include "storage/base/types.h"
#include "storage/lists/timeline.h"
#include "storage/log/origin.h"
#include "storage/match/parsed_code.h"

namespace comity {

// Whether, and how, an entry controls anything on the day.
enum class Standing {
  kInForce,
  kReserved,      // in force, a placeholder
  kDecontrolled,  // in force, and says that the item is no longer controlled
  kPending,       // comes into force later
  kEnded,
};

// An item's text in one language.
struct ItemText {
  // BCP 47; empty: not said.
  std::string lang;
  // Hashes of the text as it is, and in its TypographyFreeForm.
  Digest exact{};
  Digest folded{};
};

// Value type.
struct ComparedItem {
  std::string key;
  std::string supplement;
  // As published, and the one spelling under which lists are compared: canonical, or the text
  // itself where no numbering reads it.
  std::string published_code;
  std::string code;
  std::optional<ParsedCode> parsed;
  Standing standing = Standing::kInForce;
  // Of the version in force, the next one if it is pending, the last one if it ended.
  CivilDay from;
  std::optional<CivilDay> to;
  std::optional<CivilDay> compliance_from;
  // When a later version that is known takes effect.
  std::optional<CivilDay> next_change_on;
  LeafIndex index;
  Digest entry_hash{};
  // The entry's own text first, then translations.
  std::vector<ItemText> texts;
  // Reasons and destinations as a set, whatever their order and typography; unset: none stated.
  std::optional<Digest> controls;
  v1::Sensitivity sensitivity = v1::SENSITIVITY_UNSPECIFIED;
};

// One list on one day. Immutable once made.
struct ComparedList {
  Origin origin;
  std::string participant;
  CivilDay day;
  TreeSize size;
  // By code (CompareCodes), supplement, key.
  std::vector<ComparedItem> items;
  // Numberings of those in force.
  std::set<CodeScheme> schemes;
  // In force, and no control codes: tariff headings. They are not among the items.
  uint32_t headings = 0;
};

// The text that is compared: heading, text, further lines and paragraphs, a line each. A heading
// that the text begins with is said once. In the translation to `lang`, if there is one of exactly
// that tag, heading and text are that one's.
std::string TextToCompare(const v1::Entry& entry, std::string_view lang = "");

// What an entry's version is to be compared by. `version` is of `timeline`, and gave `entry`.
ComparedItem MakeComparedItem(const v1::Entry& entry, const Timeline& timeline,
                              const Version& version, CivilDay day, const std::string& participant);

// Of a timeline the version that says how the key stands on the day: in force, else the next one
// that brings it, else the last one. Null if it never had or will have an entry.
const Version* VersionToCompare(const Timeline& timeline, CivilDay day);

// Sorts the items and gathers the numberings.
void FinishComparedList(ComparedList* list);

// "basic", "sensitive", "very sensitive", "annex IV"; empty: not said.
const char* SensitivityName(v1::Sensitivity sensitivity);

// "in force", "reserved", "decontrolled", "pending", "ended".
const char* StandingName(Standing standing);

// One line: "NS Column 2", "all destinations", "none named", a group expression or a text.
std::string DestinationsText(const v1::Destinations& destinations);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_COMPARED_ITEM_H_
