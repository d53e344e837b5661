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
absl::StatusOr<Edition> ImportUsCclHistory(const SourceFile& source);
absl::StatusOr<Edition> ImportNoList2(const SourceFile& source);
absl::StatusOr<Edition> ImportJpEndUser(const SourceFile& source);
absl::StatusOr<Edition> ImportCsv(const SourceFile& source, const v1::CsvMapping* mapping);
absl::StatusOr<Edition> ImportEntries(const SourceFile& source);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_EDITION_BUILDER_H_
