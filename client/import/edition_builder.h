// Collects the entries of one edition, checking each as it comes.
#ifndef COMITY_CLIENT_IMPORT_EDITION_BUILDER_H_
#define COMITY_CLIENT_IMPORT_EDITION_BUILDER_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/import/importer.h"
#include "client/import/input.h"

namespace comity {

// Used by one importer for one file.
class EditionBuilder {
 public:
  EditionBuilder(std::string format, v1::ListKind kind);

  // One more record was read.
  void CountRead(uint32_t records = 1) { edition_.read += records; }
  void Note(std::string note) { edition_.notes.push_back(std::move(note)); }
  // A field of the source holds a value that no field of an entry takes: one more record
  // has it. Names are as in the source: a column, a path of JSON or XML.
  void CountUnmapped(const std::string& field) { ++edition_.unmapped[field]; }
  void SetDated(CivilDay day) { edition_.dated = day; }

  // Takes the entry if it may stand in a list of this kind, else refuses it. A second
  // entry under one key refuses both, unless they are equal: then they merge.
  void Add(const std::string& where, const v1::Entry& entry);
  void Refuse(const std::string& where, const std::string& key, std::string_view why);

  // INVALID_ARGUMENT if no record was read.
  absl::StatusOr<Edition> Build(const SourceFile& source);

 private:
  // Notes codes that look misprinted; they are taken as they are.
  void RemarkOnCodes();

  struct Kept {
    std::string where;
    std::string bytes;
    v1::Entry entry;
  };
  Edition edition_;
  std::map<std::string, Kept> kept_;
  std::set<std::string> refused_keys_;
};

// The key of a party whose source gives it no lasting id: "h:" and 128 bits of
// SHA-256 over what names it.
std::string PartyKey(std::string_view source_list, std::string_view primary_name,
                     std::string_view country, std::string_view first_citation);

// The key of an item that is given none: "SUPPLEMENT:CODE", or the code where the list is not
// divided. Keys are ASCII: where that is not, "c:" and 128 bits of the SHA-256 of it with the
// code in its one spelling, so that full-width digits make no other key.
std::string ItemKey(const std::string& supplement, const std::string& code);

// The key of a correlation that is given none: "LEFT=RIGHT", each with "@ISSUER" if it names one,
// spaces as '-'; where that is over 256 bytes or not ASCII, "c:" and 128 bits of its SHA-256. Empty
// if a side is.
std::string CorrelationKey(const v1::Correlation& correlation);

// The importers, each in a file of its own name.
using Importer = absl::StatusOr<Edition>(const SourceFile& source, const ImportOptions& options);
Importer ImportCnLists;
Importer ImportCsv;
Importer ImportEcfrXml;
Importer ImportEntries;
Importer ImportEuFsf;
Importer ImportHs;
Importer ImportIso3166;
Importer ImportJpEndUser;
Importer ImportJson;
Importer ImportNoList2;
Importer ImportOfacSdn;
Importer ImportUkOfsi;
Importer ImportUkRegimes;
Importer ImportUnSc;
Importer ImportUsBisDpl;
Importer ImportUsBisEl;
Importer ImportUsCcl;
Importer ImportUsCclFull;
Importer ImportUsCclHistory;
Importer ImportUsCountryChart;
Importer ImportUsCountryGroups;
Importer ImportUsCsl;

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_EDITION_BUILDER_H_
