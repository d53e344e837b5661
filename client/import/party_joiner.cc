#include "client/import/party_joiner.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/import/party_fields.h"
#include "storage/lists/entry_check.h"

namespace comity {
namespace {

using google::protobuf::RepeatedPtrField;

void UniteValues(const RepeatedPtrField<std::string>& from, RepeatedPtrField<std::string>* into) {
  for (const std::string& one : from) {
    const bool compared = into->size() <= kMaxCompared;
    if (compared && std::find(into->begin(), into->end(), one) != into->end()) continue;
    *into->Add() = one;
  }
}

// Messages are compared by their bytes: none of them holds a map.
template <typename Message>
void UniteMessages(const RepeatedPtrField<Message>& from, RepeatedPtrField<Message>* into) {
  for (const Message& one : from) {
    const std::string bytes = one.SerializeAsString();
    const bool known = into->size() <= kMaxCompared &&
                       std::any_of(into->begin(), into->end(), [&](const Message& other) {
                         return other.SerializeAsString() == bytes;
                       });
    if (!known) *into->Add() = one;
  }
}

// What rows of one party must agree on.
std::string Fixed(const v1::Entry& entry) {
  v1::Entry fixed;
  fixed.set_lang(entry.lang());
  v1::ListedParty& party = *fixed.mutable_party();
  party.set_kind(entry.party().kind());
  if (entry.party().has_source_id()) party.set_source_id(entry.party().source_id());
  if (entry.party().has_gender()) party.set_gender(entry.party().gender());
  if (entry.party().has_vessel()) *party.mutable_vessel() = entry.party().vessel();
  return fixed.SerializeAsString();
}

}  // namespace

void PartyJoiner::Unite(const v1::ListedParty& from, Joined* joined) {
  v1::ListedParty* into = joined->entry.mutable_party();
  for (v1::PartyName name : from.names()) {
    const bool known = into->names_size() <= kMaxCompared &&
                       std::any_of(into->names().begin(), into->names().end(),
                                   [&](const auto& one) { return one.text() == name.text(); });
    if (known) continue;
    if (name.type() == v1::NAME_TYPE_PRIMARY) name.set_type(v1::NAME_TYPE_AKA);
    *into->add_names() = name;
  }
  UniteMessages(from.addresses(), into->mutable_addresses());
  UniteMessages(from.ids(), into->mutable_ids());
  UniteMessages(from.births(), into->mutable_births());
  UniteMessages(from.measures(), into->mutable_measures());
  UniteValues(from.nationalities(), into->mutable_nationalities());
  UniteValues(from.citizenships(), into->mutable_citizenships());
  UniteValues(from.programmes(), into->mutable_programmes());
  UniteValues(from.citations(), into->mutable_citations());
  UniteValues(from.footnotes(), into->mutable_footnotes());
  UniteValues(from.linked_to(), into->mutable_linked_to());
  UniteValues(from.concerns(), into->mutable_concerns());
  UniteValues(from.titles(), into->mutable_titles());
  if (from.listed_on() != into->listed_on() || from.expires_on() != into->expires_on()) {
    joined->dates_differ = true;
    if (from.has_listed_on() && (!into->has_listed_on() || from.listed_on() < into->listed_on())) {
      into->set_listed_on(from.listed_on());
    }
    // Without an end it does not end.
    if (!from.has_expires_on()) {
      into->clear_expires_on();
    } else if (into->has_expires_on() && from.expires_on() > into->expires_on()) {
      into->set_expires_on(from.expires_on());
    }
  }
  if (from.has_last_action() && from.last_action() > into->last_action()) {
    into->set_last_action(from.last_action());
  }
  // What is longer than an entry may be is refused as a whole.
  if (from.has_remarks() && !from.remarks().empty() && into->remarks().size() <= kMaxEntryBytes &&
      absl::StrCat("\n", into->remarks(), "\n").find(absl::StrCat("\n", from.remarks(), "\n")) ==
          std::string::npos) {
    into->set_remarks(into->remarks().empty()
                          ? from.remarks()
                          : absl::StrCat(into->remarks(), "\n", from.remarks()));
  }
}

void PartyJoiner::Add(const std::string& where, const v1::Entry& entry) {
  ++rows_;
  const auto [it, first] = parties_.try_emplace(entry.key(), Joined{where, entry, "", false});
  if (first) return;
  Joined& joined = it->second;
  if (Fixed(joined.entry) != Fixed(entry) && joined.problem.empty()) {
    joined.problem =
        absl::StrCat(where, " has the same key and another kind, id, gender, language or vessel");
  }
  Unite(entry.party(), &joined);
}

void PartyJoiner::Refuse(const std::string& where, const std::string& key, const std::string& why) {
  Joined& joined = parties_[key];
  if (joined.problem.empty()) {
    joined.where = where;
    joined.problem = why;
  }
}

void PartyJoiner::MoveInto(EditionBuilder& builder) {
  size_t dates = 0;
  std::string example;
  for (auto& [key, joined] : parties_) {
    if (!joined.problem.empty()) {
      builder.Refuse(joined.where, key, joined.problem);
      continue;
    }
    if (joined.dates_differ && ++dates == 1) example = joined.where;
    builder.Add(joined.where, joined.entry);
  }
  if (rows_ > parties_.size()) {
    builder.Note(absl::StrCat(rows_, " records are ", parties_.size(),
                              " parties: those of one key were joined"));
  }
  if (dates > 0) {
    builder.Note(absl::StrCat(dates, " joined parties have records with different dates (", example,
                              "): the earliest listing and the latest end stand"));
  }
  parties_.clear();
}

}  // namespace comity
