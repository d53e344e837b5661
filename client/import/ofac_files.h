// Which files of a folder are one edition of an OFAC list.
#ifndef COMITY_CLIENT_IMPORT_OFAC_FILES_H_
#define COMITY_CLIENT_IMPORT_OFAC_FILES_H_

#include <array>
#include <string>

#include "absl/status/statusor.h"

namespace comity {

enum OfacPart { kPrimary, kAliases, kAddresses, kComments, kParts };

// The paths of the files of a set, by part; empty for comments that are not there.
using OfacFiles = std::array<std::string, kParts>;

// The set that the named file is one of: it itself, and the other parts beside it with the same
// ending ("alt.2024-01-01.csv" for "sdn.2024-01-01.csv"), names in any case. INVALID_ARGUMENT if
// it is named as no part, if a part other than the comments is missing, or if one is there twice.
absl::StatusOr<OfacFiles> OfacFilesBeside(const std::string& path);

// The first file of the one list that the folder holds as sdn or cons_prim with the ending .csv or
// .xml, each perhaps with .gz, names in any case. INVALID_ARGUMENT if there is none, if two may be
// meant, or if another part of its set is there twice.
absl::StatusOr<std::string> OfacFileIn(const std::string& folder);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_OFAC_FILES_H_
