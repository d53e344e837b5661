// Denials and correlations as kinds of entry: what may stand in a list, and in which.
#include <gtest/gtest.h>

#include "storage/base/errors.h"
#include "storage/lists/entry_check.h"

namespace comity {
namespace {

v1::Entry DenialEntry() {
  v1::Entry entry;
  entry.set_key("NO-2024-17");
  v1::Denial& denial = *entry.mutable_denial();
  denial.set_reference("NO/2024/17");
  denial.set_party_name("Example Trading");
  denial.set_notifying_government("no");
  denial.set_destination_country("AQ");
  denial.add_control_codes("5A001.f.1");
  denial.set_denied_on("2024-03");
  return entry;
}

v1::Entry CorrelationEntry() {
  v1::Entry entry;
  entry.set_key("5A001.f.1=item-9@jp");
  v1::Correlation& correlation = *entry.mutable_correlation();
  correlation.mutable_left()->set_code("5A001.f.1");
  correlation.mutable_right()->set_code("9の項(1)");
  correlation.mutable_right()->set_scheme("japan");
  correlation.mutable_right()->set_issuer("jp");
  correlation.set_degree(v1::CORRELATION_DEGREE_OVERLAPS);
  correlation.set_origin(v1::LINK_ORIGIN_TABLE);
  correlation.set_source_citation("An example table");
  return entry;
}

absl::Status Check(const v1::Entry& entry, v1::ListKind kind) {
  return CheckEntry(entry.SerializeAsString(), kind).status();
}

void ExpectRefused(const v1::Entry& entry, v1::ListKind kind, const char* words) {
  const absl::Status status = Check(entry, kind);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << words;
  EXPECT_NE(std::string(status.message()).find(words), std::string::npos) << status;
  EXPECT_NE(std::string(status.message()).find(entry.key()), std::string::npos) << status;
}

TEST(EntryKindsTest, EachStandsInListsOfItsKindOnly) {
  EXPECT_TRUE(Check(DenialEntry(), v1::LIST_KIND_DENIALS).ok());
  EXPECT_TRUE(Check(CorrelationEntry(), v1::LIST_KIND_CORRELATIONS).ok());
  for (const v1::ListKind kind : {v1::LIST_KIND_ITEMS, v1::LIST_KIND_PARTIES, v1::LIST_KIND_RULES,
                                  v1::LIST_KIND_CORRELATIONS}) {
    ExpectRefused(DenialEntry(), kind, "a denial cannot stand");
  }
  ExpectRefused(CorrelationEntry(), v1::LIST_KIND_DENIALS, "a correlation cannot stand");
  for (const char* name : {"items", "parties", "rules", "denials", "correlations"}) {
    EXPECT_STREQ(ListKindName(ListKindOfName(name)), name);
  }
  EXPECT_EQ(ListKindOfName(""), v1::LIST_KIND_UNSPECIFIED);
  EXPECT_EQ(ListKindOfName("else"), v1::LIST_KIND_UNSPECIFIED);
}

TEST(EntryKindsTest, ADenialIsWithinItsBounds) {
  const auto with = [](auto change) {
    v1::Entry entry = DenialEntry();
    change(*entry.mutable_denial());
    return entry;
  };
  constexpr v1::ListKind kKind = v1::LIST_KIND_DENIALS;
  ExpectRefused(with([](v1::Denial& d) { d.clear_reference(); }), kKind, "has a reference");
  ExpectRefused(with([](v1::Denial& d) { d.clear_party_name(); }), kKind, "names the party");
  ExpectRefused(with([](v1::Denial& d) { d.set_notifying_government("NO"); }), kKind,
                "two lower-case letters");
  ExpectRefused(with([](v1::Denial& d) { d.set_denied_on("2024-13"); }), kKind, "denied_on");
  ExpectRefused(with([](v1::Denial& d) { d.set_denied_on(""); }), kKind, "denied_on");
  ExpectRefused(with([](v1::Denial& d) { d.set_party_name(std::string(1025, 'x')); }), kKind,
                "over 1024 bytes");
  ExpectRefused(with([](v1::Denial& d) { d.add_control_codes(""); }), kKind, "1-128 bytes");
  ExpectRefused(with([](v1::Denial& d) {
                  while (d.control_codes_size() < 101) d.add_control_codes("5A001");
                }),
                kKind, "at most 100");
  EXPECT_TRUE(Check(with([](v1::Denial& d) {
                      while (d.control_codes_size() < 100) d.add_control_codes("5A001");
                      d.set_party_name(std::string(1024, 'x'));
                      d.set_denied_on("2024-02-29");
                    }),
                    kKind)
                  .ok());
}

TEST(EntryKindsTest, ACorrelationSaysBothSidesDegreeOriginAndSource) {
  const auto with = [](auto change) {
    v1::Entry entry = CorrelationEntry();
    change(*entry.mutable_correlation());
    return entry;
  };
  constexpr v1::ListKind kKind = v1::LIST_KIND_CORRELATIONS;
  ExpectRefused(with([](v1::Correlation& c) { c.clear_left(); }), kKind, "left side");
  ExpectRefused(with([](v1::Correlation& c) { c.clear_right(); }), kKind, "right side");
  ExpectRefused(with([](v1::Correlation& c) { c.mutable_left()->set_code(""); }), kKind,
                "left side: a code has 1-128 bytes");
  ExpectRefused(with([](v1::Correlation& c) {
                  c.mutable_left()->set_article("Article 5");
                  c.mutable_left()->set_issuer("eu");
                }),
                kKind, "the left side is a code or a term");
  ExpectRefused(with([](v1::Correlation& c) { c.clear_degree(); }), kKind, "degree");
  ExpectRefused(with([](v1::Correlation& c) { c.clear_origin(); }), kKind, "origin");
  ExpectRefused(with([](v1::Correlation& c) { c.clear_source_citation(); }), kKind, "source");
  ExpectRefused(with([](v1::Correlation& c) { c.mutable_right()->set_scheme("Japan"); }), kKind,
                "scheme");
  ExpectRefused(with([](v1::Correlation& c) { c.mutable_right()->set_issuer("JP"); }), kKind,
                "issuer");
  ExpectRefused(with([](v1::Correlation& c) { c.mutable_left()->add_synonyms("x"); }), kKind,
                "only a term has synonyms");
  ExpectRefused(with([](v1::Correlation& c) { c.set_note(std::string(4097, 'x')); }), kKind,
                "note is over");
}

TEST(EntryKindsTest, WhatIsNotListedHasAnIssuerAndNoDegree) {
  v1::Entry entry = CorrelationEntry();
  v1::Correlation& correlation = *entry.mutable_correlation();
  correlation.mutable_left()->set_term("facial recognition");
  correlation.mutable_right()->clear_scheme();
  correlation.mutable_right()->set_not_listed(true);
  correlation.mutable_right()->set_issuer("no");
  ExpectRefused(entry, v1::LIST_KIND_CORRELATIONS, "no degree");
  correlation.clear_degree();
  EXPECT_TRUE(Check(entry, v1::LIST_KIND_CORRELATIONS).ok());
  correlation.mutable_right()->clear_issuer();
  ExpectRefused(entry, v1::LIST_KIND_CORRELATIONS, "whose law");
  correlation.mutable_right()->set_article("Article 5");
  correlation.mutable_right()->set_issuer("eu");
  correlation.set_degree(v1::CORRELATION_DEGREE_IDENTICAL);
  ExpectRefused(entry, v1::LIST_KIND_CORRELATIONS, "only two codes or two terms");
  correlation.set_degree(v1::CORRELATION_DEGREE_BROADER);
  EXPECT_TRUE(Check(entry, v1::LIST_KIND_CORRELATIONS).ok());
}

}  // namespace
}  // namespace comity
