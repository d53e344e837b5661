#include "client/import/csv_join.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace comity {
namespace {

// Adds what is not there yet.
void Unite(const google::protobuf::RepeatedPtrField<std::string>& from,
           google::protobuf::RepeatedPtrField<std::string>* into) {
  for (const std::string& one : from) {
    if (std::find(into->begin(), into->end(), one) == into->end()) *into->Add() = one;
  }
}

void UniteLists(const v1::ListedParty& from, v1::ListedParty* into) {
  for (const v1::PartyName& name : from.names()) {
    const bool known = std::any_of(into->names().begin(), into->names().end(),
                                   [&](const auto& one) { return one.text() == name.text(); });
    if (known) continue;
    v1::PartyName& added = *into->add_names();
    added = name;
    // The first row's name stays the primary one.
    added.set_type(v1::NAME_TYPE_AKA);
  }
  for (const v1::Address& address : from.addresses()) {
    const bool known = std::any_of(into->addresses().begin(), into->addresses().end(),
                                   [&](const auto& one) { return one.raw() == address.raw(); });
    if (!known) *into->add_addresses() = address;
  }
  Unite(from.nationalities(), into->mutable_nationalities());
  Unite(from.programmes(), into->mutable_programmes());
  Unite(from.citations(), into->mutable_citations());
}

// What rows of one entry must agree on.
std::string Fixed(v1::Entry entry) {
  if (entry.has_party()) {
    v1::ListedParty& party = *entry.mutable_party();
    party.clear_names();
    party.clear_addresses();
    party.clear_nationalities();
    party.clear_programmes();
    party.clear_citations();
  }
  return entry.SerializeAsString();
}

}  // namespace

void RowJoiner::Add(const std::string& where, const v1::Entry& row) {
  const auto [it, first] = entries_.try_emplace(row.key(), Joined{where, row, ""});
  if (first) return;
  Joined& joined = it->second;
  if (Fixed(joined.entry) != Fixed(row) && joined.problem.empty()) {
    joined.problem = absl::StrCat("the row at ", where, " has the same key and says otherwise");
  }
  if (row.has_party()) UniteLists(row.party(), joined.entry.mutable_party());
}

void RowJoiner::MoveInto(EditionBuilder& builder) {
  for (auto& [key, joined] : entries_) {
    if (joined.problem.empty()) {
      builder.Add(joined.where, joined.entry);
    } else {
      builder.Refuse(joined.where, key, joined.problem);
    }
  }
  entries_.clear();
}

}  // namespace comity
