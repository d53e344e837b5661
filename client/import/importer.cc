#include "client/import/importer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/import/edition_builder.h"
#include "client/import/input.h"
#include "storage/base/errors.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

absl::StatusOr<Edition> ImportSource(const std::string& format, const SourceFile& source,
                                     const v1::CsvMapping* mapping) {
  if (format == "us-ccl-history") return ImportUsCclHistory(source);
  if (format == "no-list2") return ImportNoList2(source);
  if (format == "jp-end-user") return ImportJpEndUser(source);
  if (format == "entries") return ImportEntries(source);
  return ImportCsv(source, mapping);
}

}  // namespace

std::vector<std::string> FormatNames() {
  return {"csv", "entries", "jp-end-user", "no-list2", "us-ccl-history"};
}

absl::StatusOr<Edition> ImportFile(const std::string& format, const std::string& path,
                                   const v1::CsvMapping* mapping) {
  const std::vector<std::string> names = FormatNames();
  if (std::find(names.begin(), names.end(), format) == names.end()) {
    const std::string near = DidYouMean(format, names);
    return absl::InvalidArgumentError(
        absl::StrCat("unknown format \"", format, "\"",
                     near.empty() ? "" : absl::StrCat("; did you mean \"", near, "\"?"),
                     " (formats: ", absl::StrJoin(names, ", "), ")"));
  }
  COMITY_ASSIGN_OR_RETURN(const SourceFile source, ReadSource(path));
  absl::StatusOr<Edition> edition = ImportSource(format, source, mapping);
  if (!edition.ok()) return Annotate(edition.status(), path);
  return edition;
}

}  // namespace comity
