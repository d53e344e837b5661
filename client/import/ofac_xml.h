// OFAC's lists in their old XML form (sdnList), the SDN list and the consolidated one.
#ifndef COMITY_CLIENT_IMPORT_OFAC_XML_H_
#define COMITY_CLIENT_IMPORT_OFAC_XML_H_

#include "client/import/edition_builder.h"

namespace comity {

// As the importers of importer.h.
absl::StatusOr<Edition> ImportOfacXml(const SourceFile& source, const ImportOptions& options);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_OFAC_XML_H_
