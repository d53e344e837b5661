// ofac-sdn: OFAC's lists in their old forms: four files without a line of names that join by
// ent_num, or one XML file (ofac_xml.cc).
#include <algorithm>
#include <filesystem>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/import/csv_rows.h"
#include "client/import/csv_table.h"
#include "client/import/ofac_files.h"
#include "client/import/ofac_remarks.h"
#include "client/import/ofac_xml.h"
#include "client/import/party_fields.h"
#include "client/import/shape.h"
#include "storage/base/errors.h"
#include "storage/law/country_names.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

namespace fs = std::filesystem;

// The cells of each file; it may not have fewer.
constexpr size_t kCells[kParts] = {12, 5, 6, 2};

class SdnReader {
 public:
  explicit SdnReader(const ImportOptions& options) : salvage_(options.salvage) {}

  absl::Status ReadAll(const OfacFiles& files, SourceFile* whole) {
    std::string digests;
    for (int part = 0; part < kParts; ++part) {
      if (files[part].empty()) {
        // Not a literal alone: g++ 12 warns falsely of one that is moved (GCC bug 105329).
        builder_.Note(absl::StrCat("there is no file of comments beside ",
                                   fs::path(files[kPrimary]).filename().string(),
                                   ": remarks that it goes on are cut short"));
        continue;
      }
      COMITY_ASSIGN_OR_RETURN(const SourceFile source, ReadSource(files[part]));
      digests += ToBytes(source.sha256);
      name_ = fs::path(files[part]).filename().string();
      COMITY_RETURN_IF_ERROR(Annotate(ReadPart(static_cast<OfacPart>(part), source.bytes), name_));
    }
    whole->sha256 = Sha256(digests);
    return absl::OkStatus();
  }

  absl::StatusOr<Edition> Finish(const SourceFile& whole) {
    for (auto& [id, record] : records_) {
      v1::ListedParty& party = *record.entry.mutable_party();
      record.remarks = Trimmed(record.remarks);
      if (!record.remarks.empty()) {
        party.set_remarks(record.remarks);
        ReadOfacRemarks(record.remarks, &party);
      }
      if (record.problem.empty()) {
        builder_.Add(record.where, record.entry);
      } else {
        builder_.Refuse(record.where, record.entry.key(), record.problem);
      }
    }
    return builder_.Build(whole);
  }

 private:
  struct Record {
    std::string where;
    v1::Entry entry;
    std::string remarks;
    std::string problem;
  };

  static std::string Cell(const CsvRow& row, size_t at) { return Trimmed(RawCell(row, at)); }

  // With the white space at its ends, which may part words of a text that goes on elsewhere.
  // "-0- " stands for nothing.
  static std::string RawCell(const CsvRow& row, size_t at) {
    std::string text = at < row.size() ? row[at].value_or("") : "";
    return Trimmed(text) == "-0-" ? "" : text;
  }

  absl::Status ReadPart(OfacPart part, std::string_view bytes) {
    const std::string text = TextOf(bytes, builder_);
    CsvRowsOptions options;
    if (salvage_) {
      options.refuse = [&](uint32_t line, const std::string& why) {
        builder_.CountRead();
        builder_.Refuse(absl::StrCat(name_, " line ", line), "", why);
      };
    }
    return ForEachCsvRow(text, options, [&](uint32_t line, const CsvRow& row) {
      if (row.size() == 1 && Cell(row, 0).empty()) return absl::OkStatus();
      builder_.CountRead();
      const std::string where = absl::StrCat(name_, " line ", line);
      const std::string id = Cell(row, 0);
      const bool number =
          !id.empty() && id.size() <= 12 && std::all_of(id.begin(), id.end(), [](char c) {
            return absl::ascii_isdigit(static_cast<unsigned char>(c));
          });
      if (!number || row.size() != kCells[part]) {
        const std::string why =
            absl::StrCat("it has ", row.size(), " cells and the number \"", id.substr(0, 32),
                         "\"; ", kCells[part], " cells and a number are due");
        if (!salvage_ && records_.empty()) {
          return absl::InvalidArgumentError(
              absl::StrCat("line ", line, ": not an OFAC file: ", why));
        }
        Fault(where, number ? id : "", why);
        return absl::OkStatus();
      }
      Take(part, where, id, row);
      return absl::OkStatus();
    });
  }

  // A row that cannot be taken spoils the whole party, so that it stays as it was.
  void Fault(const std::string& where, const std::string& id, const std::string& why) {
    const auto it = records_.find(id);
    if (it == records_.end()) return builder_.Refuse(where, id, why);
    it->second.where = where;
    it->second.problem = why;
  }

  void Take(OfacPart part, const std::string& where, const std::string& id, const CsvRow& row) {
    if (part == kPrimary) {
      const auto [it, first] = records_.try_emplace(id);
      if (!first) return Fault(where, id, "its number is given again");
      it->second.where = where;
      return TakePrimary(id, row, &it->second);
    }
    const auto it = records_.find(id);
    if (it == records_.end()) return builder_.Refuse(where, id, "no party has its number");
    v1::ListedParty* party = it->second.entry.mutable_party();
    if (part == kAliases) TakeAlias(row, party);
    if (part == kAddresses) TakeAddress(row, party);
    // The comments go on where the remarks' thousand characters end, in a word or beside one.
    if (part == kComments) it->second.remarks += RawCell(row, 1);
  }

  static void TakePrimary(const std::string& id, const CsvRow& row, Record* record) {
    v1::Entry& entry = record->entry;
    entry.set_key(id);
    entry.set_lang("en");
    v1::ListedParty& party = *entry.mutable_party();
    party.set_source_id(id);
    const std::string kind = Cell(row, 2);
    party.set_kind(kind.empty() ? v1::PARTY_KIND_ENTITY : PartyKindOf(kind));
    AddName(Cell(row, 1), v1::NAME_TYPE_PRIMARY, v1::NAME_QUALITY_STRONG, &party);
    // "SDGT] [IFSR" and "SDGT; IFSR".
    for (const std::string& group : Parts(Cell(row, 3), "] [")) {
      for (const std::string& one : Parts(group, ";")) AddUnique(one, party.mutable_programmes());
    }
    AddUnique(Cell(row, 4), party.mutable_titles());
    v1::Vessel vessel;
    vessel.set_call_sign(Cell(row, 5));
    vessel.set_type(Cell(row, 6));
    vessel.set_tonnage(Cell(row, 7));
    vessel.set_gross_registered_tonnage(Cell(row, 8));
    vessel.set_flag(Cell(row, 9));
    vessel.set_owner(Cell(row, 10));
    if (vessel.ByteSizeLong() > 0) *party.mutable_vessel() = vessel;
    record->remarks = RawCell(row, 11);
  }

  void TakeAlias(const CsvRow& row, v1::ListedParty* party) {
    const std::string word = Cell(row, 2);
    const v1::NameType type = word == "fka"   ? v1::NAME_TYPE_FKA
                              : word == "nka" ? v1::NAME_TYPE_NKA
                                              : v1::NAME_TYPE_AKA;
    // Weak aliases stand in the remarks alone.
    v1::PartyName* name = AddName(Cell(row, 3), type, v1::NAME_QUALITY_STRONG, party);
    if (name != nullptr) name->set_note(Cell(row, 4));
    builder_.CountUnmapped("alt_num");
  }

  void TakeAddress(const CsvRow& row, v1::ListedParty* party) {
    builder_.CountUnmapped("add_num");
    v1::Address address;
    if (const std::string street = Cell(row, 2); !street.empty()) address.add_lines(street);
    address.set_city(Cell(row, 3));
    const std::string country = Cell(row, 4);
    address.set_country_iso(CountryCode(country));
    // "Region: Gaza", "undetermined".
    if (address.country_iso().empty()) address.set_note(country);
    if (const std::string remarks = Cell(row, 5); !remarks.empty()) {
      address.set_note(address.note().empty() ? remarks
                                              : absl::StrCat(address.note(), "; ", remarks));
    }
    if (address.ByteSizeLong() > 0) *party->add_addresses() = address;
  }

  const bool salvage_;
  EditionBuilder builder_{"ofac-sdn", v1::LIST_KIND_PARTIES};
  std::string name_;
  // By ent_num.
  std::map<std::string, Record> records_;
};

}  // namespace

absl::StatusOr<Edition> ImportOfacSdn(const SourceFile& source, const ImportOptions& options) {
  if (ShapeOf(source.bytes).kind == Shape::kXml) return ImportOfacXml(source, options);
  COMITY_ASSIGN_OR_RETURN(const OfacFiles files, OfacFilesBeside(source.path));
  SdnReader reader(options);
  SourceFile whole;
  COMITY_RETURN_IF_ERROR(reader.ReadAll(files, &whole));
  return reader.Finish(whole);
}

}  // namespace comity
