// The neutral file of entries: what `comity import` writes and `--format entries`
// reads. JSON lines: a header, then one entry (entry.proto as JSON) a line.
#ifndef COMITY_CLIENT_IMPORT_ENTRIES_FILE_H_
#define COMITY_CLIENT_IMPORT_ENTRIES_FILE_H_

#include <string>

#include "client/import/importer.h"

namespace comity {

std::string WriteEntries(const Edition& edition);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_ENTRIES_FILE_H_
