// comity import: a published file to a neutral file of entries.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "client/cli/edition_options.h"
#include "client/import/entries_file.h"
#include "comity/v1/report.pb.h"
#include "storage/base/errors.h"
#include "storage/lists/entry_check.h"

namespace comity::cli {
namespace {

struct ImportOptions {
  std::string format;
  std::string file;
  std::string out;
  std::string mapping;
  bool accept_refused = false;
};

absl::Status WriteWhole(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << bytes;
  out.flush();
  if (out) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(path, " cannot be written: give another --out"));
}

v1::ImportReport ReportOf(const ImportOptions& options, const Edition& edition) {
  v1::ImportReport report;
  report.set_file(options.file);
  report.set_format(edition.format);
  report.set_kind(ListKindName(edition.kind));
  report.set_read(edition.read);
  report.set_entries(static_cast<uint32_t>(edition.entries.size()));
  report.set_refused(static_cast<uint32_t>(edition.refused.size()));
  for (const Refusal& refusal : edition.refused) {
    v1::RefusedRecord& record = *report.add_refusals();
    record.set_where(refusal.where);
    record.set_key(refusal.key);
    record.set_why(refusal.why);
  }
  for (const std::string& note : edition.notes) report.add_notes(note);
  return report;
}

absl::Status Import(Globals& globals, const ImportOptions& options) {
  COMITY_ASSIGN_OR_RETURN(const Edition edition,
                          ReadEdition(options.format, options.file, options.mapping));
  v1::ImportReport report = ReportOf(options, edition);
  const bool accepted = edition.refused.empty() || options.accept_refused;
  if (accepted) {
    report.set_output(options.out);
    COMITY_RETURN_IF_ERROR(WriteWhole(options.out, WriteEntries(edition)));
  }
  const Output output = globals.MakeOutput();
  if (output.table()) {
    ReportEdition(options.file, edition);
  } else {
    Table table{{"WHERE", "KEY", "WHY"}, {}, {}, {}};
    for (const v1::RefusedRecord& record : report.refusals()) {
      table.rows.push_back({record.where(), record.key(), record.why()});
    }
    output.Answer(report, table);
  }
  if (!accepted) {
    return absl::InvalidArgumentError(absl::StrCat(
        options.file, ": ", edition.refused.size(),
        " records were refused, nothing is written: mend them, or give --accept-refused"));
  }
  output.Line(absl::StrCat("Wrote ", options.out, ": ", Grouped(edition.entries.size()),
                           " entries (publish it with --format entries)"));
  return absl::OkStatus();
}

}  // namespace

void AddImportCommand(CLI::App& app, Globals& globals) {
  CLI::App* command = app.add_subcommand("import", "Read a published file into a file of entries");
  auto o = std::make_shared<ImportOptions>();
  command->add_option("FORMAT", o->format, absl::StrJoin(FormatNames(), ", "))->required();
  command->add_option("FILE", o->file, "The edition's file (gzip is undone)")->required();
  command->add_option("--out", o->out, "The file to write (default: FILE's name, .entries.jsonl)");
  command->add_option("--mapping", o->mapping, "csv: which column is which field (YAML)");
  command->add_flag("--accept-refused", o->accept_refused, "Write what could be read all the same");
  command->footer(absl::StrCat("Fields of csv columns: ", absl::StrJoin(CsvFieldNames(), ", ")));
  command->fallthrough()->callback([&globals, o] {
    if (o->out.empty()) {
      o->out =
          std::filesystem::path(o->file).filename().replace_extension("entries.jsonl").string();
    }
    globals.action = [o](Globals& g) { return Import(g, *o); };
  });
}

}  // namespace comity::cli
