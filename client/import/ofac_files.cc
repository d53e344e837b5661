#include "client/import/ofac_files.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

namespace fs = std::filesystem;

// Names of the SDN list's files, and of the consolidated (non-SDN) list's.
constexpr const char* kNames[2][kParts] = {{"sdn", "alt", "add", "sdn_comments"},
                                           {"cons_prim", "cons_alt", "cons_add", "cons_comments"}};

// "SDN.CSV.gz" -> "sdn", ".csv.gz".
std::pair<std::string, std::string> StemAndEnding(const fs::path& path) {
  const std::string name = absl::AsciiStrToLower(path.filename().string());
  const size_t dot = std::min(name.find('.'), name.size());
  return {name.substr(0, dot), name.substr(dot)};
}

bool IsCsv(const std::string& ending) { return ending == ".csv" || ending == ".csv.gz"; }
bool IsXml(const std::string& ending) { return ending == ".xml" || ending == ".xml.gz"; }

std::vector<fs::path> FilesOf(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const fs::directory_entry& one : fs::directory_iterator(folder, error)) {
    files.push_back(one.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::Status Two(const fs::path& one, const fs::path& other, const fs::path& folder) {
  return absl::InvalidArgumentError(absl::StrCat(
      one.filename().string(), " and ", other.filename().string(), " are both in ", folder.string(),
      ": leave one of them, or name the file of an edition that is there once"));
}

}  // namespace

absl::StatusOr<OfacFiles> OfacFilesBeside(const std::string& given) {
  const fs::path path = given;
  const auto [stem, ending] = StemAndEnding(path);
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const std::vector<fs::path> beside = FilesOf(folder);
  for (const auto& names : kNames) {
    if (std::find(std::begin(names), std::end(names), stem) == std::end(names)) continue;
    OfacFiles set;
    std::vector<std::string> missing;
    for (int part = 0; part < kParts; ++part) {
      if (stem == names[part]) {
        set[part] = given;
        continue;
      }
      for (const fs::path& one : beside) {
        if (StemAndEnding(one) != std::pair(std::string(names[part]), ending)) continue;
        if (!set[part].empty()) return Two(set[part], one, folder);
        set[part] = one.string();
      }
      // Comments are what overflows the remarks; not every edition has any.
      if (set[part].empty() && part != kComments) {
        missing.push_back(absl::StrCat(names[part], ending));
      }
    }
    if (missing.empty()) return set;
    return absl::InvalidArgumentError(absl::StrCat(
        "the set is incomplete: ", absl::StrJoin(missing, ", "), " is not in ", folder.string(),
        "; without it aliases and addresses would be lost: fetch the whole set"));
  }
  return absl::InvalidArgumentError(absl::StrCat("not a set of OFAC files: they are named ",
                                                 absl::StrJoin(kNames[0], ".csv, "), ".csv (or ",
                                                 absl::StrJoin(kNames[1], ".csv, "), ".csv)"));
}

absl::StatusOr<std::string> OfacFileIn(const std::string& folder) {
  // By part; the primary parts of both lists are one.
  std::map<std::string, fs::path> parts;
  for (const fs::path& path : FilesOf(folder)) {
    const auto [stem, ending] = StemAndEnding(path);
    const bool first = stem == kNames[0][kPrimary] || stem == kNames[1][kPrimary];
    const bool other = std::any_of(std::begin(kNames), std::end(kNames), [&](const auto& names) {
      return std::find(std::begin(names), std::end(names), stem) != std::end(names);
    });
    if (!(other && IsCsv(ending)) && !(first && IsXml(ending))) continue;
    const auto [it, alone] = parts.emplace(first ? "" : stem, path);
    if (!alone) return Two(it->second, path, folder);
  }
  const auto primary = parts.find("");
  if (primary != parts.end()) return primary->second.string();
  return absl::InvalidArgumentError(
      absl::StrCat(folder, " is a folder without a set of OFAC files (sdn.csv): name a file"));
}

}  // namespace comity
