// What an edition holds, counted, so that a person sees at once what was read of a file.
#ifndef COMITY_CLIENT_IMPORT_FIELD_COUNTS_H_
#define COMITY_CLIENT_IMPORT_FIELD_COUNTS_H_

#include <vector>

#include "client/import/importer.h"
#include "comity/v1/report.pb.h"

namespace comity {

// By path below the entries' bodies, ascending; an enumeration counts by value.
std::vector<v1::FieldCount> CountFields(const Edition& edition);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_FIELD_COUNTS_H_
