// Takes a bundle in, through the same door as what comes over the network.
#ifndef COMITY_DAEMON_SERVICE_BUNDLE_IMPORT_H_
#define COMITY_DAEMON_SERVICE_BUNDLE_IMPORT_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "comity/v1/bundle_service.pb.h"
#include "comity/v1/sync_service.pb.h"
#include "storage/bundle/bundle.h"
#include "storage/lists/replica.h"

namespace comity {

// One import; used by one thread at a time. Holds at most one range of leaves.
class BundleImporter {
 public:
  explicit BundleImporter(Replica* replica, Actor by = {})
      : replica_(replica), by_(std::move(by)) {}

  // The file's next bytes. An error says why it is no bundle for this daemon; one list that
  // is refused does not stop the others.
  absl::Status Feed(std::string_view bytes);
  // After the last bytes: what was taken. INVALID_ARGUMENT if the file is cut short.
  absl::StatusOr<v1::ImportBundleResponse> Finish();

 private:
  absl::Status Take(const BundleRecord& record);
  absl::Status TakeHeader(const std::string& payload);
  absl::Status TakeHead(const std::string& payload);
  absl::Status TakePart(const std::string& payload);
  absl::Status TakeHeld(const std::string& payload);
  // Hands the range over; what is wrong with it is the list's.
  void TakeRange(const v1::FetchProof& proof);
  void FlushHeld();

  Replica* const replica_;
  // Who brings it.
  const Actor by_;
  BundleReader reader_;
  v1::BundleHeader header_;
  std::map<Origin, v1::ImportedList> lists_;
  // The list at hand, and the range of it that is coming.
  std::optional<LogHead> head_;
  uint64_t begin_ = 0;
  std::vector<std::string> envelopes_;
  size_t range_bytes_ = 0;
  bool leaf_open_ = false;
  std::vector<HeldNote> notes_;
  uint32_t held_ = 0;
  uint32_t evidence_ = 0;
  uint32_t statuses_ = 0;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_BUNDLE_IMPORT_H_
