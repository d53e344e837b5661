// comity bundle: lists as a file, for a daemon that no network reaches.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "client/cli/app.h"
#include "client/internal/bundle_check.h"
#include "client/transport/channel.h"
#include "storage/base/errors.h"

namespace comity::cli {
namespace {

// The file's bytes, piece by piece, with progress.
class FileSource {
 public:
  explicit FileSource(const std::string& path) : path_(path), in_(path, std::ios::binary) {
    std::error_code error;
    size_ = std::filesystem::file_size(path, error);
  }
  absl::StatusOr<std::string> Next() {
    if (!in_.is_open()) return absl::NotFoundError(absl::StrCat(path_, " cannot be read"));
    std::string bytes(kChunkBytes, '\0');
    in_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (in_.bad()) return absl::UnavailableError(absl::StrCat(path_, ": reading failed"));
    bytes.resize(static_cast<size_t>(in_.gcount()));
    done_ += bytes.size();
    progress_.Set(absl::StrCat(done_ >> 10, " of ", size_ >> 10, " KiB"));
    if (bytes.empty()) progress_.Clear();
    return bytes;
  }

 private:
  const std::string path_;
  std::ifstream in_;
  Progress progress_;
  uint64_t size_ = 0;
  uint64_t done_ = 0;
};

absl::Status Export(Globals& globals, const std::string& made_for, const std::string& since,
                    const std::string& path, bool force) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Operators()));
  if (!force && std::filesystem::exists(path)) {
    return absl::AlreadyExistsError(absl::StrCat(path, " is there already: give --force"));
  }
  // Beside it and renamed, so that half a bundle never has the name of a whole one.
  const std::string part = path + ".part";
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  Connection connection(context);
  v1::ExportBundleRequest request;
  request.set_made_for(made_for);
  request.set_since(since);
  Progress progress;
  uint64_t done = 0;
  absl::Status status = connection.ExportBundle(request, [&](const std::string& bytes) {
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    done += bytes.size();
    progress.Set(absl::StrCat(done >> 10, " KiB"));
    return out ? absl::OkStatus()
               : absl::UnavailableError(absl::StrCat(part, " cannot be written"));
  });
  progress.Clear();
  out.flush();
  if (status.ok() && !out)
    status = absl::UnavailableError(absl::StrCat(part, " cannot be written"));
  std::error_code error;
  if (!status.ok()) {
    std::filesystem::remove(part, error);
    return status;
  }
  std::filesystem::rename(part, path, error);
  if (error) return absl::UnavailableError(absl::StrCat(path, ": ", error.message()));
  Say(absl::StrCat(path, ": ", done, " bytes for ", made_for, "; there: `comity bundle import`"));
  return absl::OkStatus();
}

absl::Status Inspect(Globals& globals, const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(AnyRole()));
  COMITY_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster, LoadRoster(context));
  FileSource source(path);
  COMITY_ASSIGN_OR_RETURN(const v1::BundleSummary summary,
                          CheckBundle(*roster, [&] { return source.Next(); }));
  Table table{{"LIST", "FROM", "TO", "SIZE", "ROOT", "CHECKPOINT"}, {}, {}, {"FROM", "TO", "SIZE"}};
  for (const v1::BundledList& list : summary.lists()) {
    table.rows.push_back({list.list(), absl::StrCat(list.from()), absl::StrCat(list.to()),
                          absl::StrCat(list.size()), list.root().substr(0, 16), list.checkpoint()});
  }
  const Output output = globals.MakeOutput();
  output.Answer(summary, table);
  output.Line(absl::StrCat("Made by ", summary.header().made_by(), " for ",
                           summary.header().made_for(), " at ",
                           FormatInstant(Instant{summary.header().made_at()}), ", ", summary.held(),
                           " HELD statements, all verified"));
  return absl::OkStatus();
}

absl::Status Import(Globals& globals, const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(Operators()));
  Connection connection(context);
  FileSource source(path);
  COMITY_ASSIGN_OR_RETURN(const v1::ImportBundleResponse response,
                          connection.ImportBundle([&] { return source.Next(); }));
  Table table{
      {"LIST", "LEAVES", "NEW", "SIZE", "REFUSED"}, {}, {"REFUSED"}, {"LEAVES", "NEW", "SIZE"}};
  int refused = 0;
  for (const v1::ImportedList& list : response.lists()) {
    table.rows.push_back({list.list(), absl::StrCat(list.leaves()), absl::StrCat(list.added()),
                          absl::StrCat(list.size()), list.refused()});
    refused += list.refused().empty() ? 0 : 1;
  }
  const Output output = globals.MakeOutput();
  output.Answer(response, table);
  output.Line(absl::StrCat("Made by ", response.made_by(), " at ", response.made_at(), ", ",
                           response.held(), " new HELD statements"));
  if (refused == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      refused, refused == 1 ? " list was" : " lists were", " refused, in part or whole"));
}

}  // namespace

void AddBundleCommands(CLI::App& app, Globals& globals) {
  CLI::App* bundle =
      app.add_subcommand("bundle", "Lists as a file, for a daemon that no network reaches");
  bundle->fallthrough()->require_subcommand(0, 1);
  auto path = std::make_shared<std::string>();
  {
    CLI::App* command = bundle->add_subcommand("export", "Write what a participant may hold");
    auto made_for = std::make_shared<std::string>();
    auto since = std::make_shared<std::string>();
    auto force = std::make_shared<bool>(false);
    command->add_option("--for", *made_for, "The participant that it is for, such as no")
        ->required();
    command->add_option("--since", *since,
                        "What is held there already: the frontierToken of its `comity status -o "
                        "json` (default: nothing)");
    command->add_option("--out", *path, "The file to write")->required();
    command->add_flag("--force", *force, "Replace the file if it is there");
    command->fallthrough()->callback([&globals, made_for, since, path, force] {
      globals.action = [=](Globals& g) { return Export(g, *made_for, *since, *path, *force); };
    });
  }
  CLI::App* inspect = bundle->add_subcommand(
      "inspect", "What is in it, and who signed it; needs no network, only the context's roster");
  inspect->add_option("FILE", *path, "The bundle")->required();
  inspect->fallthrough()->callback(
      [&globals, path] { globals.action = [path](Globals& g) { return Inspect(g, *path); }; });
  CLI::App* import = bundle->add_subcommand(
      "import", "Hand it to the daemon; after a break simply again (exit 7: a list was refused)");
  import->add_option("FILE", *path, "The bundle")->required();
  import->fallthrough()->callback(
      [&globals, path] { globals.action = [path](Globals& g) { return Import(g, *path);
};
}  // namespace comity::cli
);
}

}  // namespace comity::cli
