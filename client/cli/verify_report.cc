#include "client/cli/verify_report.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/roster_pin.h"
#include "storage/base/errors.h"
#include "storage/lists/verify_message.h"

namespace comity::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kRedraw{100};

uint64_t NotHeld(const v1::VerifiedList& list) { return list.not_held_to() - list.not_held_from(); }

// "leaves 3-9"; "leaf 3".
std::string NotHeldText(const v1::VerifiedList& list) {
  if (NotHeld(list) == 1) return absl::StrCat("leaf ", list.not_held_from());
  return absl::StrCat("leaves ", list.not_held_from(), "-", list.not_held_to() - 1);
}

std::string ResultOf(const v1::VerifiedList& list) {
  const uint64_t faults = list.faults_size() + list.more_faults();
  std::vector<std::string> parts;
  if (faults > 0) {
    parts.push_back(faults == 1 ? "1 fault" : absl::StrCat(Grouped(faults), " faults"));
  } else if (!list.problem().empty()) {
    parts.push_back(list.problem());
  }
  if (NotHeld(list) > 0) {
    parts.push_back(absl::StrCat("not verified: ", NotHeldText(list), " not held"));
  }
  if (parts.empty() && list.verified() < list.size()) parts.push_back("not to its end");
  return parts.empty() ? "ok" : absl::StrJoin(parts, "; ");
}

void AddRows(const google::protobuf::RepeatedPtrField<v1::VerificationFault>& faults,
             Table* table) {
  for (const v1::VerificationFault& fault : faults) {
    table->rows.push_back({fault.list(), fault.has_leaf() ? absl::StrCat(fault.leaf()) : "",
                           fault.key(), fault.what()});
  }
}

void ShowView(const Output& output, const v1::VerifiedView& view) {
  output.Line(absl::StrCat("View digest  ", view.view_digest(),
                           "  (made from the signed bytes alone, roster version ",
                           view.roster_version(), ": compare it with other nations')"));
  for (const v1::AudienceDigest& one : view.restricted_digests()) {
    output.Line(absl::StrCat("  restricted ", one.view_digest(), "  among ",
                             absl::StrJoin(one.audience(), ", ")));
  }
}

}  // namespace

bool VerifyProgress::Due() {
  if (SteadyClock::now() - drawn_ < kRedraw) return false;
  drawn_ = SteadyClock::now();
  return true;
}

void VerifyProgress::Draw(const v1::VerifiedList& list) {
  if (!Due()) return;
  const uint64_t percent = list.size() == 0 ? 100 : uint64_t{list.verified()} * 100 / list.size();
  progress_.Set(absl::StrCat("Verifying ", list.list(), " (list ", list.number(), " of ",
                             list.of_lists(), "): ", Grouped(list.verified()), " of ",
                             Grouped(list.size()), " leaves, ", percent, " %"));
}

void VerifyProgress::DrawFiles(size_t done, size_t of) {
  if (!Due()) return;
  progress_.Set(absl::StrCat("Verifying files: ", Grouped(done), " of ", Grouped(of)));
}

absl::StatusOr<RosterTrust> TrustOf(const Context& context) {
  RosterTrust trust;
  COMITY_ASSIGN_OR_RETURN(trust.pinned, LoadRoster(context));
  trust.digest = trust.pinned->digest();
  return trust;
}

absl::StatusOr<DataDirectoryCheck> CheckDirectory(const std::string& directory,
                                                  const RosterTrust& trust,
                                                  const VerifyOptions& options) {
  VerifyProgress progress;
  progress.Say(absl::StrCat("Opening ", directory, " ..."));
  return VerifyDataDirectory(
      directory, trust, options,
      [&](const ListVerification& list) {
        progress.Draw(ToMessage(list));
        return true;
      },
      [&](size_t done, size_t of) {
        progress.DrawFiles(done, of);
        return true;
      });
}

void AddCheck(const DataDirectoryCheck& check, v1::StoreReport* report) {
  for (const ListVerification& list : check.lists) *report->add_lists() = ToMessage(list);
  report->set_files(static_cast<uint32_t>(check.files));
  report->set_of_files(static_cast<uint32_t>(check.of_files));
  AddFaults(check.store.loose, "", report->mutable_loose_faults());
  report->set_more_loose_faults(static_cast<uint32_t>(check.store.loose.more));
  if (check.damage.ok() && check.missing.ok() && check.store.frontier.has_value()) {
    *report->mutable_view() = ViewMessage(check.store, *check.roster);
  }
}

absl::Status VerifyDirectory(Globals& globals, const VerifyArguments& arguments) {
  RosterTrust trust;
  if (arguments.roster_digest.empty()) {
    COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(AnyRole()));
    COMITY_ASSIGN_OR_RETURN(trust, TrustOf(context));
  } else {
    COMITY_ASSIGN_OR_RETURN(trust.digest, RosterPin(globals, arguments.roster_digest));
  }
  const absl::StatusOr<DataDirectoryCheck> check =
      CheckDirectory(arguments.directory, trust, {arguments.list, arguments.known_at});
  if (!check.ok()) return InUseIsConflict(check.status(), arguments.directory);
  v1::StoreReport report;
  report.set_data_dir(arguments.directory);
  AddCheck(*check, &report);
  const Output output = globals.MakeOutput();
  ShowReport(output, report);
  if (!check->damage.ok()) {
    return absl::DataLossError(absl::StrCat(
        check->damage.message(),
        "; if a daemon is to run on it, run `comity store rebuild "
        "--data-dir ",
        arguments.directory,
        "`, which puts the database aside and has all fetched again; if it is a copy, do not "
        "answer from it, and verify where it was made"));
  }
  if (!check->anchored) {
    Say(absl::StrCat(
        "note: no head anchor lies beside it, so that leaves cut off the ends of its "
        "logs cannot be noticed: compare the view digest, or copy the whole data_dir"));
  }
  COMITY_RETURN_IF_ERROR(check->missing);
  return UnlessAllHeld(report);
}

void ShowReport(const Output& output, const v1::StoreReport& report) {
  Table table{{"LIST", "VERIFIED", "LEAVES", "RESULT"}, {}, {"RESULT"}, {"VERIFIED", "LEAVES"}};
  Table faults{{"LIST", "LEAF", "KEY", "FAULT"}, {}, {"FAULT"}, {"LEAF"}};
  uint64_t more = report.more_loose_faults();
  for (const v1::VerifiedList& list : report.lists()) {
    table.rows.push_back(
        {list.list(), absl::StrCat(list.verified()), absl::StrCat(list.size()), ResultOf(list)});
    AddRows(list.faults(), &faults);
    more += list.more_faults();
  }
  AddRows(report.loose_faults(), &faults);
  output.Answer(report, table);
  if (!faults.rows.empty() && !output.json()) {
    output.Line("");
    // In CSV there is one table alone.
    if (output.table()) output.Show(faults);
    if (more > 0) output.Line(absl::StrCat("and ", Grouped(more), " more"));
    output.Line("");
  }
  for (const v1::VerifiedList& list : report.lists()) {
    for (const std::string& remark : list.remarks()) {
      output.Line(absl::StrCat("note: ", list.list(), ": ", remark));
    }
  }
  if (report.of_files() > 0) {
    output.Line(absl::StrCat(report.files(), " of ", report.of_files(),
                             " files of the database have the right checksums."));
  }
  if (report.has_view()) ShowView(output, report.view());
}

absl::Status UnlessAllHeld(const v1::StoreReport& report) {
  std::vector<std::string> lists;
  for (const v1::VerifiedList& list : report.lists()) {
    if (NotHeld(list) > 0) lists.push_back(absl::StrCat(list.list(), " ", NotHeldText(list)));
  }
  if (lists.empty()) return absl::OkStatus();
  return absl::UnknownError(
      absl::StrCat("all that is held is sound; not verified, as it is not held yet: ",
                   absl::StrJoin(lists, ", "),
                   "; the daemon is fetching it, see `comity status`; verify again then"));
}

absl::Status InUseIsConflict(const absl::Status& status, const std::string& directory) {
  if (!IsInUse(status)) return status;
  return absl::FailedPreconditionError(
      absl::StrCat(directory,
                   " is in use, a daemon runs on it: stop it first, or let it check itself with "
                   "`comity verify`"));
}

}  // namespace comity::cli
