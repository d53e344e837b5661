// Where items lists differ, on lists of a few lines.
#include "storage/lists/divergence.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "storage/lists/divergence_words.h"
#include "storage/merkle/hash.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Item;

CivilDay Day(const char* text) { return *ParseCivilDay(text); }

// Lists and correlations, and what is found in them on 2024-01-01.
class DivergenceTest : public ::testing::Test {
 protected:
  static constexpr const char* kToday = "2024-01-01";

  struct Dates {
    const char* from = "2020-01-01";
    const char* to = nullptr;
    const char* compliance = nullptr;
  };

  // An entry of "PARTICIPANT-x/LIST".
  void Put(const std::string& participant, const v1::Entry& entry, const Dates& dates,
           const std::string& list = "items") {
    auto& one = lists_[participant + "/" + list];
    if (one == nullptr) {
      one = std::make_shared<ComparedList>();
      one->origin = Origin{"echri.example", {participant + "-x", list}, 1};
      one->participant = participant;
      one->day = Day(kToday);
    }
    v1::Change change;
    change.set_key(entry.key());
    change.set_operation(v1::OPERATION_ADD);
    change.set_effective_from(Day(dates.from).days);
    if (dates.to != nullptr) change.set_effective_to(Day(dates.to).days);
    if (dates.compliance != nullptr) change.set_compliance_from(Day(dates.compliance).days);
    const std::string body = entry.SerializeAsString();
    bodies_[Sha256(body)] = entry;
    Timeline timeline;
    const absl::Status applied = timeline.Apply(change, LeafIndex{1}, Sha256(body));
    ASSERT_TRUE(applied.ok()) << applied;
    const Version* version = VersionToCompare(timeline, Day(kToday));
    ASSERT_NE(version, nullptr);
    one->items.push_back(MakeComparedItem(entry, timeline, *version, Day(kToday), participant));
  }
  void Put(const std::string& participant, const std::string& code, const std::string& text) {
    Put(participant, Item(code, text), Dates());
  }

  void Correlate(const std::string& left_issuer, const std::string& left,
                 const std::string& right_issuer, const std::string& right,
                 v1::CorrelationDegree degree) {
    v1::Correlation correlation;
    correlation.mutable_left()->set_issuer(left_issuer);
    correlation.mutable_left()->set_code(left);
    correlation.mutable_right()->set_issuer(right_issuer);
    if (right == "-") {
      correlation.mutable_right()->set_not_listed(true);
    } else if (right.substr(0, 8) == "Article ") {
      correlation.mutable_right()->set_article(right);
    } else {
      correlation.mutable_right()->set_code(right);
    }
    correlation.set_degree(degree);
    correlation.set_origin(v1::LINK_ORIGIN_TABLE);
    correlation.set_source_citation("Table 1");
    table_->push_back({"us-x/map", "k" + std::to_string(table_->size()), "", correlation});
  }

  const Divergences& View() {
    if (view_ == nullptr) {
      std::vector<std::shared_ptr<const ComparedList>> lists;
      for (auto& [name, list] : lists_) {
        FinishComparedList(list.get());
        lists.push_back(list);
      }
      view_ = std::make_unique<Divergences>(
          participants_, lists, std::vector<std::shared_ptr<const CorrelationTable>>{table_});
    }
    return *view_;
  }

  std::vector<std::string> Kinds(const std::string& code) {
    const CodeFinding finding = View().Judge(code);
    std::vector<std::string> kinds;
    for (size_t i = 0; i < kDivergenceKinds; ++i) {
      const auto kind = static_cast<DivergenceKind>(i);
      if (finding.kinds.Has(kind)) kinds.push_back(DivergenceKindName(kind));
    }
    return kinds;
  }

  std::string StateOf(const std::string& participant, const std::string& code) {
    const CodeFinding finding = View().Judge(code);
    for (size_t i = 0; i < participants_.size(); ++i) {
      if (participants_[i] != participant) continue;
      const Hold& hold = finding.holds[i];
      return HoldStateName(hold.state) + (hold.code.empty() ? "" : " " + hold.code) +
             (hold.day.has_value() ? " " + FormatCivilDay(*hold.day) : "");
    }
    return "";
  }

  // What is said of one kind; empty if the code is not of it.
  std::string Why(const std::string& code, const std::string& kind) {
    const EntryReader read = [&](const ComparedItem& item) -> absl::StatusOr<v1::Entry> {
      return bodies_.at(item.entry_hash);
    };
    const auto reasons = ExplainDivergence(View(), View().Judge(code), read);
    EXPECT_TRUE(reasons.ok()) << reasons.status();
    for (const v1::DivergenceReason& reason : *reasons) {
      EXPECT_LE(reason.explanation().size(), kMaxExplanation);
      if (reason.kind() == kind) return reason.explanation();
    }
    return "";
  }

  v1::DivergenceSummary Summary() {
    v1::DivergenceSummary summary;
    const auto rows = View().Compute(
        "", [] { return absl::OkStatus(); }, &summary);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return summary;
  }

  std::vector<std::string> participants_ = {"eu", "jp", "no", "us"};
  std::map<std::string, std::shared_ptr<ComparedList>> lists_;
  std::map<Digest, v1::Entry> bodies_;
  std::shared_ptr<CorrelationTable> table_ = std::make_shared<CorrelationTable>();
  std::unique_ptr<Divergences> view_;
};

TEST_F(DivergenceTest, WhoseListIsNotHeldIsNeverSaidNotToControl) {
  Put("us", "5A001", "telecommunications");
  Put("no", "5A002", "information security");
  // Known here, and nothing of it in force on that day.
  Put("eu", Item("5A001", "telecommunications"), {.from = "2025-01-01"});
  EXPECT_EQ(StateOf("us", "5A001"), "listed");
  EXPECT_EQ(StateOf("no", "5A001"), "not listed");
  EXPECT_EQ(StateOf("jp", "5A001"), "no list held");
  EXPECT_EQ(StateOf("eu", "5A001"), "no list held");
  EXPECT_THAT(Kinds("5A001"), ElementsAre("only-some"));
  EXPECT_EQ(Why("5A001", "only-some"), "us controls it, no does not list it");
  const v1::DivergenceSummary summary = Summary();
  ASSERT_EQ(summary.pairs_size(), 1);
  EXPECT_EQ(summary.pairs(0).left(), "no");
  EXPECT_EQ(summary.pairs(0).only_left(), 1u);
  EXPECT_EQ(summary.pairs(0).only_right(), 1u);
  EXPECT_EQ(summary.participants(1).state(), "no list held");
}

TEST_F(DivergenceTest, EqualEntriesOfOneBaseDoNotDiverge) {
  Put("us", "5A001", "telecommunications");
  Put("no", "5a001", "telecommunications");
  EXPECT_THAT(Kinds("5A001"), IsEmpty());
  EXPECT_EQ(Summary().pairs(0).same(), 1u);
  EXPECT_EQ(Summary().without_divergence(), 1u);
}

TEST_F(DivergenceTest, ParagraphsAboveAndBelowCountAsWhatTheyAre) {
  Put("us", "5A001.b.1", "underwater");
  Put("us", "5A001.c", "fibres");
  Put("no", "5A001", "telecommunications");
  Put("no", "5A001.b", "transmission");
  Put("no", "5A001.b.1", "underwater");
  Put("no", "5A001.b.2", "radio");
  Put("no", "5A001.c.1", "long fibres");
  EXPECT_EQ(StateOf("us", "5A001"), "below") << "it lists paragraphs alone";
  EXPECT_EQ(StateOf("us", "5A001.b"), "below");
  EXPECT_EQ(StateOf("us", "5A001.b.2"), "not listed") << "it divides 5A001.b otherwise";
  EXPECT_EQ(StateOf("us", "5A001.c.1"), "within 5A001.c");
  EXPECT_EQ(StateOf("no", "5A001.c"), "below");
  EXPECT_THAT(Kinds("5A001"), IsEmpty());
  EXPECT_THAT(Kinds("5A001.b.2"), ElementsAre("only-some"));
  EXPECT_THAT(Kinds("5A001.c.1"), ElementsAre("mapping"));
  EXPECT_THAT(Why("5A001.c.1", "mapping"), HasSubstr("undivided entry 5A001.c may cover it in us"));
  EXPECT_EQ(Summary().pairs(0).cannot_say(), 1u);
}

TEST_F(DivergenceTest, APlaceholderControlsNothing) {
  v1::Entry reserved = Item("5A001.i", "[Reserved]");
  reserved.mutable_item()->set_status(v1::ITEM_STATUS_RESERVED);
  v1::Entry freed = Item("5A001.k", "gear");
  freed.mutable_item()->set_status(v1::ITEM_STATUS_DECONTROLLED);
  Put("us", reserved, Dates());
  Put("us", freed, Dates());
  Put("us", "5A001.j", "surveillance");
  Put("no", "5A001.i", "gear");
  Put("no", "5A001.k", "gear");
  EXPECT_EQ(StateOf("us", "5A001.i"), "reserved");
  EXPECT_EQ(Why("5A001.i", "only-some"),
            "no controls it, us has a placeholder that controls nothing");
  EXPECT_EQ(StateOf("us", "5A001.k"), "decontrolled");
  EXPECT_THAT(Why("5A001.k", "only-some"), HasSubstr("us says that it is no longer controlled"));
  EXPECT_EQ(Summary().codes(), 3u);
}

TEST_F(DivergenceTest, DatesOfWhatIsInForceAboutToBeOrOver) {
  Put("us", Item("4A005", "intrusion"), {.from = "2022-03-07", .compliance = "2022-05-01"});
  Put("no", Item("4A005", "intrusion"), {.from = "2022-03-07"});
  Put("us", Item("4D004", "software"), {.from = "2022-03-07"});
  Put("no", Item("4D004", "software"), {.from = "2024-06-01"});
  Put("us", Item("4E001", "technology"), {.from = "2020-01-01", .to = "2023-01-01"});
  Put("no", Item("4E001", "technology"), {.from = "2020-01-01", .to = "2025-01-01"});
  EXPECT_THAT(Kinds("4A005"), ElementsAre("dates"));
  EXPECT_EQ(Why("4A005", "dates"),
            "in force from 2022-03-07 in no, from 2022-03-07 (to be complied with from "
            "2022-05-01) in us");
  EXPECT_EQ(StateOf("no", "4D004"), "pending 2024-06-01");
  EXPECT_THAT(Kinds("4D004"), ElementsAre("only-some", "dates"));
  EXPECT_EQ(Why("4D004", "only-some"), "us controls it, no will from 2024-06-01");
  EXPECT_EQ(StateOf("us", "4E001"), "ended 2023-01-01");
  EXPECT_THAT(Why("4E001", "dates"), HasSubstr("ended on 2023-01-01 in us"));
}

TEST_F(DivergenceTest, TermsStandSideBySideAndAreNeverMerged) {
  v1::Entry us = Item("5A001", "telecommunications");
  v1::Control& control = *us.mutable_item()->add_controls();
  control.set_reason("NS");
  control.mutable_destinations()->set_chart_column("NS Column 2");
  v1::Entry eu = Item("5A001", "telecommunications");
  eu.mutable_item()->add_controls()->mutable_destinations()->set_all(true);
  eu.mutable_item()->set_sensitivity(v1::SENSITIVITY_ANNEX_IV);
  Put("us", us, Dates());
  Put("eu", eu, Dates());
  Put("no", "5A001", "telecommunications");
  EXPECT_THAT(Kinds("5A001"), ElementsAre("destinations"));
  EXPECT_EQ(Why("5A001", "destinations"),
            "eu states all destinations; annex IV, us states NS: NS Column 2, no states none in "
            "this entry");
  const v1::DivergenceSummary summary = Summary();
  ASSERT_EQ(summary.pairs_size(), 3);
  EXPECT_EQ(summary.pairs(0).destinations_one_sided(), 1u) << "eu and no";
  EXPECT_EQ(summary.pairs(1).destinations_one_sided(), 0u) << "eu and us";
  EXPECT_EQ(summary.pairs(1).destinations(), 1u);
}

TEST_F(DivergenceTest, OrderAndTypographyOfControlsAreNoDifference) {
  const auto make = [](std::vector<const char*> reasons) {
    v1::Entry entry = Item("5A001", "t");
    for (const char* reason : reasons) {
      v1::Control& control = *entry.mutable_item()->add_controls();
      control.set_reason(reason);
      control.mutable_destinations()->set_chart_column(std::string(reason) + " Column 1");
    }
    return entry;
  };
  Put("us", make({"NS", "AT"}), Dates());
  Put("no", make({"AT", "ns", "NS"}), Dates());
  EXPECT_THAT(Kinds("5A001"), IsEmpty());
}

TEST_F(DivergenceTest, WordsAreTextAndTheRestIsTypography) {
  Put("us", "5A001", "\u201cGear\u201d for 5 kW.");
  Put("no", "5A001", "\"gear\" for 5kW;");
  Put("us", "5A002", "Gear for 5 kW");
  Put("no", "5A002", "Gear for 6 kW");
  Put("us", "5A003", "");
  Put("no", "5A003", "Gear");
  EXPECT_THAT(Kinds("5A001"), ElementsAre("typography"));
  EXPECT_THAT(Why("5A001", "typography"), HasSubstr("no and us differ in typography alone"));
  EXPECT_THAT(Kinds("5A002"), ElementsAre("text"));
  EXPECT_EQ(Why("5A002", "text"),
            "the texts of no and us differ: 3 words the same, 1 only in no, 1 only in us");
  EXPECT_EQ(Why("5A003", "text"), "us gives no text under this code, no does");
  EXPECT_EQ(Summary().pairs(0).text(), 2u);
  EXPECT_EQ(Summary().pairs(0).typography(), 1u);
}

TEST_F(DivergenceTest, ThreeWordingsAreNamedByWhoSharesThem) {
  Put("eu", "5A001", "gear one");
  Put("no", "5A001", "Gear one.");
  Put("us", "5A001", "gear two");
  EXPECT_EQ(Why("5A001", "text"),
            "the texts of eu and no and us differ: 1 word the same, 1 only in eu and no, 1 only in "
            "us");
  Put("jp", "5A001", "gear three");
  view_ = nullptr;
  EXPECT_EQ(Why("5A001", "text"), "3 wordings: eu and no | jp | us");
}

TEST_F(DivergenceTest, ALanguageInCommonIsCompared) {
  v1::Entry eu = Item("5A001", "Geräte");
  eu.set_lang("de");
  v1::Translation& english = *eu.add_translations();
  english.set_lang("en");
  english.set_text("gear");
  v1::Entry no = Item("5A001", "Gear");
  no.set_lang("en-GB");
  Put("eu", eu, Dates());
  Put("no", no, Dates());
  EXPECT_THAT(Kinds("5A001"), ElementsAre("typography"));
  v1::Entry french = Item("5A001", "gear");
  french.set_lang("fr");
  Put("us", french, Dates());
  view_ = nullptr;
  EXPECT_THAT(Kinds("5A001"), ElementsAre("text", "typography"));
  EXPECT_THAT(Why("5A001", "text"), HasSubstr("(fr) have no language in common"));
}

TEST_F(DivergenceTest, TheFirstPartOfAListSpeaksForIt) {
  for (const char* supplement : {"10", "6", "1"}) {
    v1::Entry entry = Item("5A001", supplement == std::string("1") ? "gear" : "other gear");
    entry.set_key(std::string(supplement) + ":5A001");
    entry.mutable_item()->set_supplement(supplement);
    Put("us", entry, Dates());
  }
  Put("no", "5A001", "gear");
  EXPECT_THAT(Kinds("5A001"), IsEmpty());
  const CodeFinding finding = View().Judge("5A001");
  std::vector<std::string> keys;
  for (const HeldEntry& one : finding.entries) {
    keys.push_back(one.item->key + (one.compared ? "" : " beside"));
  }
  EXPECT_THAT(keys, ElementsAre("5A001", "1:5A001", "6:5A001 beside", "10:5A001 beside"));
}

TEST_F(DivergenceTest, CandidatesFalseFriendsAndSeriesAreUncertain) {
  for (const char* who : {"no", "us"}) {
    Put(who, "5A001.f.1", "gear");
    Put(who, "1C351", "agents");
    Put(who, "9A115", "vehicles");
    Put(who, "4A980", "computers");
  }
  Put("us", "1C351.a.60", "a virus");
  Put("no", "1C351.a.1", "another virus");
  Put("us", "3A090", "chips");
  Put("no", "0B001", "plant for separation");
  EXPECT_THAT(Kinds("5A001.f.1"), ElementsAre("mapping"));
  EXPECT_THAT(Why("5A001.f.1", "mapping"), HasSubstr("no and us: paragraphs differ often"));
  EXPECT_THAT(Kinds("1C351"), ElementsAre("mapping"));
  EXPECT_THAT(Why("9A115", "mapping"), HasSubstr("false friend"));
  EXPECT_THAT(Why("4A980", "mapping"), HasSubstr("national series"));
  EXPECT_EQ(StateOf("no", "1C351.a.60"), "other numbering 1C351");
  EXPECT_THAT(Kinds("1C351.a.60"), ElementsAre("mapping")) << "no may list it under another number";
  EXPECT_EQ(StateOf("no", "1C351.a.99"), "other numbering 1C351") << "nor does anyone here list it";
  EXPECT_EQ(StateOf("no", "5A001.c"), "not listed");
  EXPECT_THAT(Kinds("0B001"), ElementsAre("only-some", "mapping"));
  EXPECT_THAT(Why("0B001", "mapping"), HasSubstr("remainder of the trigger list"));
  EXPECT_THAT(Kinds("3A090"), ElementsAre("only-some", "mapping"));
  EXPECT_THAT(Why("3A090", "mapping"), HasSubstr("a national series of US"));
  const v1::DivergenceSummary summary = Summary();
  EXPECT_EQ(summary.pairs(0).only_right(), 1u);
  EXPECT_EQ(summary.pairs(0).only_right_national(), 1u);
  EXPECT_EQ(summary.pairs(0).cannot_say(), 2u) << "a paragraph of 1C351 in each";
}

TEST_F(DivergenceTest, TheEusOwnSeriesIsNationalOnlyOutsideItsFamily) {
  Put("no", "4A506", "quantum computers");
  Put("eu", "4A506", "quantum computers");
  Put("eu", "4A507", "others");
  EXPECT_THAT(Kinds("4A506"), ElementsAre("mapping"));
  EXPECT_THAT(Why("4A506", "mapping"), HasSubstr("the EU's 500 series: both texts"));
  EXPECT_THAT(Kinds("4A507"), ElementsAre("only-some", "mapping"));
  EXPECT_EQ(Summary().pairs(0).only_left_national(), 0u) << "no can have it under that number";
  view_ = nullptr;
  Put("us", "5A001", "gear");
  EXPECT_THAT(Why("4A507", "mapping"), HasSubstr("a national series of EU"));
}

TEST_F(DivergenceTest, AnotherNumberingSaysNothingUnlessACorrelationLinksIt) {
  Put("us", "5A001", "gear");
  Put("us", "5A002", "locks");
  v1::Entry japan = Item("9-1", "gear");
  japan.mutable_item()->set_code("９の項（１）");
  Put("jp", japan, Dates());
  Correlate("us", "5A001", "jp", "9の項(1)", v1::CORRELATION_DEGREE_BROADER);
  EXPECT_EQ(StateOf("jp", "5A001"), "linked 9の項(1)");
  EXPECT_EQ(StateOf("us", "9の項(1)"), "linked 5A001");
  EXPECT_EQ(StateOf("jp", "5A002"), "other numbering");
  EXPECT_THAT(Kinds("5A001"), ElementsAre("mapping"));
  EXPECT_EQ(Why("5A001", "mapping"), "jp and us: narrower by Table 1")
      << "the link is read from jp to us";
  EXPECT_THAT(Kinds("5A002"), ElementsAre("mapping"));
  EXPECT_EQ(Summary().pairs(0).both(), 2u);
}

TEST_F(DivergenceTest, ATableMakesACandidateSure) {
  Put("us", "5A001.f.1", "gear");
  Put("no", "5A001.f.1", "gear");
  Correlate("us", "5A001.f.1", "no", "5a001f1", v1::CORRELATION_DEGREE_IDENTICAL);
  EXPECT_THAT(Kinds("5A001.f.1"), IsEmpty());
}

TEST_F(DivergenceTest, CorrelationsThatContradictEachOtherAreSaid) {
  Put("us", "5A001", "gear");
  Put("no", "5A001", "gear");
  Put("us", "5A002", "locks");
  Put("no", "5A002", "locks");
  Correlate("us", "5A001", "no", "5A001", v1::CORRELATION_DEGREE_IDENTICAL);
  Correlate("no", "5A001", "us", "5A001", v1::CORRELATION_DEGREE_OVERLAPS);
  Correlate("us", "5A002", "no", "-", v1::CORRELATION_DEGREE_UNSPECIFIED);
  EXPECT_THAT(Kinds("5A001"), ElementsAre("mapping"));
  EXPECT_THAT(Why("5A001", "mapping"),
              HasSubstr("contradict each other: us-x/map k0 and us-x/map k1"));
  EXPECT_THAT(Why("5A002", "mapping"), HasSubstr("says that it is not listed, and it is"));
}

TEST_F(DivergenceTest, AnArticleThatBearsOnItIsNoEntryAndNoAbsence) {
  Put("us", "4A980", "fingerprints");
  Put("eu", "4A003", "computers");
  Correlate("us", "4A980", "eu", "Article 5", v1::CORRELATION_DEGREE_OVERLAPS);
  EXPECT_EQ(StateOf("eu", "4A980"), "rule Article 5");
  EXPECT_THAT(Kinds("4A980"), ElementsAre("mapping"));
  EXPECT_THAT(Why("4A980", "mapping"), HasSubstr("Article 5 bears on it"));
}

TEST_F(DivergenceTest, TheOrderInWhichListsCameIsNoMatter) {
  const std::vector<std::string> codes = {"5A001", "5A001.f.1", "1C351.a.1", "4A980", "9A115", "X"};
  std::mt19937 random(11);
  std::vector<std::shared_ptr<const ComparedList>> lists;
  for (const char* who : {"eu", "no", "us"}) {
    for (const std::string& code : codes) {
      if (random() % 4 == 0) continue;
      Put(who, Item(code, random() % 2 == 0 ? "gear" : "gears"),
          {.from = random() % 2 == 0 ? "2020-01-01" : "2021-01-01"});
    }
  }
  for (const auto& [name, list] : lists_) {
    FinishComparedList(list.get());
    lists.push_back(list);
  }
  std::set<std::string> answers;
  for (int round = 0; round < 6; ++round) {
    const Divergences view(participants_, lists, {});
    v1::DivergenceSummary summary;
    const auto rows = view.Compute(
        "", [] { return absl::OkStatus(); }, &summary);
    ASSERT_TRUE(rows.ok());
    std::string answer = summary.SerializeAsString();
    for (const auto& row : *rows) answer += row.code + "\n";
    answers.insert(answer);
    std::shuffle(lists.begin(), lists.end(), random);
  }
  EXPECT_EQ(answers.size(), 1u);
}

TEST_F(DivergenceTest, EndsWhenItIsNoLongerWanted) {
  Put("us", "5A001", "gear");
  v1::DivergenceSummary summary;
  EXPECT_EQ(View()
                .Compute(
                    "", [] { return absl::CancelledError("gone"); }, &summary)
                .status()
                .code(),
            absl::StatusCode::kCancelled);
}

TEST(ComparedItemTest, AHeadingThatTheTextBeginsWithIsSaidOnce) {
  v1::Entry entry = Item("5A001", "Gear\nfor phones");
  entry.mutable_item()->set_heading("Gear");
  v1::Paragraph& note = *entry.mutable_item()->add_paragraphs();
  note.set_label("Note:");
  note.set_text("not for billing");
  EXPECT_EQ(TextToCompare(entry), "Gear\nfor phones\nNote: not for billing");
  entry.mutable_item()->set_heading("Telephony");
  EXPECT_EQ(TextToCompare(entry), "Telephony\nGear\nfor phones\nNote: not for billing");
}

TEST(LiesBelowTest, ByWholeParagraphs) {
  EXPECT_TRUE(LiesBelow("5A001.f.1", "5A001.f"));
  EXPECT_TRUE(LiesBelow("5A001.f.1", "5A001"));
  EXPECT_FALSE(LiesBelow("5A001.f.10", "5A001.f.1"));
  EXPECT_FALSE(LiesBelow("5A001", "5A001"));
  EXPECT_EQ(StepUp("5A001.f.1", "5A001"), "5A001.f");
  EXPECT_EQ(StepUp("5A001.f", "5A001"), "5A001");
  EXPECT_EQ(StepUp("5A001", "5A001"), "");
  EXPECT_EQ(StepUp("M11.A.3", "M11.A.3"), "");
}

}  // namespace
}  // namespace comity
