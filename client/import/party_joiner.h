// One party that a list spreads over several rows or records.
#ifndef COMITY_CLIENT_IMPORT_PARTY_JOINER_H_
#define COMITY_CLIENT_IMPORT_PARTY_JOINER_H_

#include <map>
#include <string>
#include <vector>

#include "client/import/edition_builder.h"

namespace comity {

// Used by one importer for one file.
class PartyJoiner {
 public:
  // Joins the entry to those of its key. Lists of values are united, each value once; a
  // further primary name becomes an alias. Of different dates the earliest `listed_on` and
  // the latest `expires_on` stand (none if one row has none), of different `last_action`
  // the greatest; different remarks stand under each other. What differs in kind, gender,
  // id, language or vessel refuses the party.
  void Add(const std::string& where, const v1::Entry& entry);

  // Refuses the party of that key, whatever else is known of it.
  void Refuse(const std::string& where, const std::string& key, const std::string& why);

  // Moves all into the builder, with a note where dates differed.
  void MoveInto(EditionBuilder& builder);

 private:
  struct Joined {
    std::string where;
    v1::Entry entry;
    std::string problem;
    bool dates_differ = false;
  };
  static void Unite(const v1::ListedParty& from, Joined* joined);

  std::map<std::string, Joined> parties_;
  size_t rows_ = 0;
};

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_PARTY_JOINER_H_
