// comity import: a published file to a neutral file of entries.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "client/cli/edition_options.h"
#include "client/import/csv_infer.h"
#include "client/import/entries_file.h"
#include "client/import/field_counts.h"
#include "client/import/instruments_file.h"
#include "comity/v1/report.pb.h"
#include "storage/base/errors.h"
#include "storage/lists/entry_check.h"

namespace comity::cli {
namespace {

struct Options {
  std::string format;
  std::string file;
  std::string out;
  std::string mapping;
  bool accept_refused = false;
  bool salvage = false;
  bool report = false;
  bool infer = false;
};

// Legal acts are no entries: they have a file of their own.
constexpr char kInstruments[] = "us-fr-rules";

absl::Status WriteWhole(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << bytes;
  out.flush();
  if (out) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(path, " cannot be written: give another --out"));
}

v1::ImportReport ReportOf(const Options& options, const Edition& edition) {
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
  if (edition.dated.has_value()) report.set_dated(FormatCivilDay(*edition.dated));
  for (const auto& [field, records] : edition.unmapped) {
    v1::UnmappedField& one = *report.add_unmapped();
    one.set_field(field);
    one.set_records(records);
  }
  if (options.report) {
    for (v1::FieldCount& count : CountFields(edition)) *report.add_fields() = std::move(count);
  }
  return report;
}

// Everything of a report as one table.
Table ReportTable(const v1::ImportReport& report) {
  Table table{{"WHAT", "NAME", "RECORDS", "VALUES"}, {}, {"NAME"}, {"RECORDS", "VALUES"}};
  const auto row = [&](const char* what, const std::string& name, uint32_t records) {
    table.rows.push_back({what, name, std::to_string(records), ""});
  };
  row("format", report.format(), report.read());
  row("entries", report.kind(), report.entries());
  if (!report.dated().empty()) table.rows.push_back({"dated", report.dated(), "", ""});
  for (const v1::FieldCount& count : report.fields()) {
    table.rows.push_back(
        {"field", count.field(), std::to_string(count.entries()), std::to_string(count.values())});
  }
  for (const v1::UnmappedField& one : report.unmapped()) {
    row("unmapped", one.field(), one.records());
  }
  for (const std::string& note : report.notes()) table.rows.push_back({"warning", note, "", ""});
  for (const v1::RefusedRecord& record : report.refusals()) {
    table.rows.push_back({"refused",
                          absl::StrCat(record.where(), record.key().empty() ? "" : " ",
                                       record.key(), ": ", record.why()),
                          "", ""});
  }
  return table;
}

absl::Status Import(Globals& globals, const Options& options) {
  COMITY_ASSIGN_OR_RETURN(const Edition edition, ReadEdition(options.format, options.file,
                                                             options.mapping, options.salvage));
  v1::ImportReport report = ReportOf(options, edition);
  const bool accepted = edition.refused.empty() || options.accept_refused || options.salvage;
  if (accepted && !options.out.empty()) {
    report.set_output(options.out);
    COMITY_RETURN_IF_ERROR(WriteWhole(options.out, WriteEntries(edition)));
  }
  const Output output = globals.MakeOutput();
  if (options.report) {
    output.Answer(report, ReportTable(report));
  } else if (output.table()) {
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
  if (!options.out.empty()) {
    output.Line(absl::StrCat("Wrote ", options.out, ": ", Grouped(edition.entries.size()),
                             " entries (publish it with --format entries)"));
  }
  return absl::OkStatus();
}

absl::Status ImportInstruments(Globals& globals, const Options& options) {
  COMITY_ASSIGN_OR_RETURN(const Instruments acts, ImportUsFrRules(options.file));
  v1::ImportReport report;
  report.set_file(options.file);
  report.set_format(kInstruments);
  report.set_kind("instruments");
  report.set_read(acts.read);
  report.set_entries(static_cast<uint32_t>(acts.documents.size()));
  report.set_refused(static_cast<uint32_t>(acts.refused.size()));
  for (const Refusal& refusal : acts.refused) {
    v1::RefusedRecord& record = *report.add_refusals();
    record.set_where(refusal.where);
    record.set_why(refusal.why);
  }
  for (const std::string& note : acts.notes) report.add_notes(note);
  for (const auto& [field, records] : acts.unmapped) {
    v1::UnmappedField& one = *report.add_unmapped();
    one.set_field(field);
    one.set_records(records);
  }
  const Output output = globals.MakeOutput();
  const bool accepted = acts.refused.empty() || options.accept_refused;
  if (accepted && !options.out.empty()) {
    report.set_output(options.out);
    COMITY_RETURN_IF_ERROR(WriteWhole(options.out, WriteInstruments(acts)));
  }
  output.Answer(report, ReportTable(report));
  if (!accepted) {
    return absl::InvalidArgumentError(absl::StrCat(
        options.file, ": ", acts.refused.size(),
        " documents were refused, nothing is written: mend them, or give --accept-refused"));
  }
  if (!options.out.empty()) {
    output.Line(absl::StrCat("Wrote ", options.out,
                             " (name it as --instruments, and an act by --citation)"));
  }
  return absl::OkStatus();
}

absl::Status Infer(const Options& options) {
  if (options.format != "csv") {
    return absl::InvalidArgumentError("--infer is for the format csv");
  }
  COMITY_ASSIGN_OR_RETURN(const std::string yaml, InferCsvMapping(options.file));
  if (options.out.empty()) {
    std::fputs(yaml.c_str(), stdout);
    Say("Read it, mend it, and give it as --mapping.");
    return absl::OkStatus();
  }
  return WriteWhole(options.out, yaml);
}

}  // namespace

void AddImportCommand(CLI::App& app, Globals& globals) {
  CLI::App* command = app.add_subcommand("import", "Read a published file into a file of entries");
  auto o = std::make_shared<Options>();
  command
      ->add_option("FORMAT", o->format,
                   absl::StrCat("auto (by content), ", absl::StrJoin(FormatNames(), ", "), "; ",
                                kInstruments, " for legal acts"))
      ->required();
  command->add_option("FILE", o->file, "The edition's file (gzip is undone)")->required();
  command->add_option(
      "--out", o->out,
      "The file to write (default: FILE's name, .entries.jsonl; with --report none)");
  command->add_option("--mapping", o->mapping, "csv, json: which column is which field (YAML)");
  command->add_flag("--infer", o->infer,
                    "csv: propose a mapping (to standard output, or --out) and write no entries");
  command->add_flag("--report", o->report,
                    "Count what was read: fields, warnings, and what no field takes");
  command->add_flag("--salvage", o->salvage, kSalvageHelp);
  command->add_flag("--accept-refused", o->accept_refused, "Write what could be read all the same");
  command->footer(absl::StrCat("Fields of csv columns: ", absl::StrJoin(CsvFieldNames(), ", ")));
  command->fallthrough()->callback([&globals, o] {
    if (o->infer) {
      globals.action = [o](Globals&) { return Infer(*o); };
      return;
    }
    const bool acts = o->format == kInstruments;
    if (o->out.empty() && !o->report) {
      o->out = std::filesystem::path(o->file)
                   .filename()
                   .replace_extension(acts ? "instruments.jsonl" : "entries.jsonl")
                   .string();
    }
    globals.action = [o, acts](Globals& g) {
      return acts ? ImportInstruments(g, *o) : Import(g, *o);
    };
  });
}

}  // namespace comity::cli
