// The options by which an edition is read and drafted, shared by `import`,
// `revision draft` and `publish`.
#ifndef COMITY_CLIENT_CLI_EDITION_OPTIONS_H_
#define COMITY_CLIENT_CLI_EDITION_OPTIONS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/import/importer.h"
#include "client/internal/context.h"
#include "comity/v1/publish_service.pb.h"

namespace CLI {
class App;
}

namespace comity::cli {

struct EditionOptions {
  std::string list;
  std::string format;
  std::string from;
  std::string mapping;
  std::string effective;
  std::string citation;
  // A file of instruments that --citation is looked up in; empty: none.
  std::string instruments;
  std::string url;
  std::string instrument_title;
  std::string published;
  std::string published_on;
  std::string title;
  std::string time_zone;
  std::vector<std::string> languages;
  std::vector<std::string> audience;
  bool accept_refused = false;
  bool salvage = false;
  bool declare_bulk_removal = false;

  // Reads the file. INVALID_ARGUMENT, after saying each on standard error, if records
  // were refused and that was not accepted.
  absl::StatusOr<Edition> Read() const;
  // The header of the draft. INVALID_ARGUMENT for a bad date or list.
  absl::StatusOr<v1::DraftHeader> Header(const Context& context, const Edition& edition) const;
};

std::shared_ptr<EditionOptions> AddEditionOptions(CLI::App& command);

inline constexpr char kSalvageHelp[] =
    "Take the sound records of a malformed file and refuse the others; nothing is then removed";

// Reads an edition; a mapping file may be named.
absl::StatusOr<Edition> ReadEdition(const std::string& format, const std::string& path,
                                    const std::string& mapping_path, bool salvage);

// What was read, refused and mended, on standard error.
void ReportEdition(const std::string& path, const Edition& edition);

// Its entries as they are signed.
std::vector<std::string> SerializeEntries(const Edition& edition);

}  // namespace comity::cli

#endif  // COMITY_CLIENT_CLI_EDITION_OPTIONS_H_
