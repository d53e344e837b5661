// The file of an air gap, record by record: bundle_service.proto says what it looks like.
// Nothing in it is verified here but its form.
#ifndef COMITY_STORAGE_BUNDLE_BUNDLE_H_
#define COMITY_STORAGE_BUNDLE_BUNDLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/base/types.h"

namespace comity {

enum class BundleKind : uint8_t {
  kHeader = 1,
  kHead = 3,
  kRevisions = 5,
  kHeld = 7,
  kEvidence = 8,
  kEnd = 9,
  kStatus = 10,
};

inline constexpr size_t kMaxBundleRecord = 1 << 20;

// Gives the file's bytes piece by piece. Used by one thread.
class BundleWriter {
 public:
  BundleWriter();
  // The first bytes of the file.
  std::string Begin() const;
  // One record; `payload` is at most kMaxBundleRecord.
  std::string Record(BundleKind kind, std::string_view payload);

 private:
  Digest running_;
};

struct BundleRecord {
  BundleKind kind;
  std::string payload;
};

// Takes the file's bytes as they come, in pieces of any size. Used by one thread; holds at
// most one record and what was fed.
class BundleReader {
 public:
  BundleReader();
  void Feed(std::string_view bytes) { buffer_.append(bytes); }
  // The next record, unset if more bytes are needed. INVALID_ARGUMENT says at which record
  // it is no bundle, or was altered; every later call says the same.
  absl::StatusOr<std::optional<BundleRecord>> Next();
  // INVALID_ARGUMENT unless the end record came and nothing after it.
  absl::Status CheckEnded() const;
  // Bytes of whole records so far.
  uint64_t bytes() const { return taken_; }

 private:
  absl::Status Fail(std::string_view what);

  std::string buffer_;
  Digest running_;
  absl::Status failure_;
  uint64_t taken_ = 0;
  uint64_t records_ = 0;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace comity

#endif  // COMITY_STORAGE_BUNDLE_BUNDLE_H_
