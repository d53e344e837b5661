// The remarks of OFAC's files, in which births, nationalities, ids and weak aliases stand as
// text.
#ifndef COMITY_CLIENT_IMPORT_OFAC_REMARKS_H_
#define COMITY_CLIENT_IMPORT_OFAC_REMARKS_H_

#include <string>
#include <string_view>

#include "comity/v1/entry.pb.h"

namespace comity {

// Adds what the remarks say in OFAC's set phrases, parted by ";":
// "a.k.a. 'X'" (a weak alias; f.k.a., n.k.a.), "DOB 01 Jan 1960", "POB Lahore, Pakistan",
// "nationality X", "citizen X", "Gender Male", "Linked To: X", and ids as
// "TYPE NUMBER (COUNTRY) issued DATE expires DATE"; each may follow "alt.". What is in none
// of these phrases is left to the remarks, which the caller keeps whole.
void ReadOfacRemarks(std::string_view remarks, v1::ListedParty* party);

// "NUMBER (COUNTRY) issued DATE expires DATE" as an id of that type.
v1::Identifier OfacId(std::string_view type, std::string_view text);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_OFAC_REMARKS_H_
