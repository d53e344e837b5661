#include "storage/rocks/wal_check.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace comity::rocks {
namespace {

// The log format of RocksDB (and LevelDB): blocks of 32 KiB, in them pieces of records,
// each behind its checksum (4 bytes), length (2) and type (1), little-endian.
constexpr size_t kBlock = 32768;
constexpr size_t kHeader = 7;
enum PieceType : unsigned char { kFull = 1, kFirst, kMiddle, kLast };
// A record is a write batch, which begins with its sequence number and its count.
constexpr size_t kBatchHeader = 12;

uint64_t LittleEndian(std::string_view bytes) {
  uint64_t number = 0;
  for (size_t i = bytes.size(); i-- > 0;) {
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return number;
}

// Calls `visit` with the first bytes of each whole record; false stops it. What cannot be
// read is passed over up to the next block, as RocksDB does.
void ForEachBatch(std::string_view log, const std::function<bool(std::string_view)>& visit) {
  std::string begun;
  bool inside = false;
  for (size_t at = 0; at + kHeader <= log.size();) {
    const size_t left = std::min(kBlock - at % kBlock, log.size() - at);
    const size_t length = left < kHeader ? 0 : LittleEndian(log.substr(at + 4, 2));
    const auto type = left < kHeader ? PieceType{} : static_cast<PieceType>(log[at + 6]);
    if (type < kFull || type > kLast || kHeader + length > left) {
      inside = false;
      at += kBlock - at % kBlock;
      continue;
    }
    if (type == kFull || type == kFirst) begun.clear();
    if (type == kFull || type == kFirst) inside = true;
    const std::string_view piece = log.substr(at + kHeader, length);
    begun += piece.substr(0, kBatchHeader - std::min(kBatchHeader, begun.size()));
    at += kHeader + length;
    if (type != kFull && type != kLast) continue;
    if (inside && begun.size() == kBatchHeader && !visit(begun)) return;
    inside = false;
  }
}

}  // namespace

absl::Status CheckWals(rocksdb::Env* env, const std::string& directory) {
  std::vector<std::string> names;
  if (!env->GetChildren(directory, &names).ok()) return absl::OkStatus();
  std::map<uint64_t, std::string> logs;
  for (const std::string& name : names) {
    constexpr std::string_view kSuffix = ".log";
    uint64_t number = 0;
    if (name.size() <= kSuffix.size() || !name.ends_with(kSuffix)) continue;
    if (!absl::SimpleAtoi(name.substr(0, name.size() - kSuffix.size()), &number)) continue;
    logs[number] = directory + "/" + name;
  }
  std::optional<uint64_t> expected;
  for (const auto& [number, path] : logs) {
    std::string log;
    if (const rocksdb::Status status = rocksdb::ReadFileToString(env, path, &log); !status.ok()) {
      return absl::UnavailableError(absl::StrCat(path, ": ", status.ToString()));
    }
    bool whole = true;
    ForEachBatch(log, [&](std::string_view batch) {
      const uint64_t sequence = LittleEndian(batch.substr(0, 8));
      const uint64_t count = LittleEndian(batch.substr(8, 4));
      // RocksDB begins a log with an empty batch now and then.
      if (count == 0) return true;
      whole = !expected.has_value() || sequence == *expected;
      expected = sequence + count;
      return whole;
    });
    if (!whole) {
      return absl::DataLossError(
          absl::StrCat("the log ", path,
                       " does not follow on what is before it, writes were lost in between: "
                       "quarantine the data directory and rebuild it from peers"));
    }
  }
  return absl::OkStatus();
}

}  // namespace comity::rocks
