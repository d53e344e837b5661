// How many answers of many bytes one participant may have under way.
#ifndef COMITY_DAEMON_SERVICE_BULK_SLOTS_H_
#define COMITY_DAEMON_SERVICE_BULK_SLOTS_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/base/mutex.h"

namespace comity {

// Thread-safe. A daemon asks each peer for one range at a time; one that opens more and
// reads none of them must not fill the memory here.
class BulkSlots {
 public:
  static constexpr int kMaxPerParticipant = 4;

  // Given back when the last copy goes, also after the slots themselves.
  using Slot = std::shared_ptr<void>;

  // RESOURCE_EXHAUSTED if the participant has as many already.
  absl::StatusOr<Slot> Take(const std::string& participant);

 private:
  struct Books {
    Mutex mutex;
    std::map<std::string, int> taken ABSL_GUARDED_BY(mutex);
  };
  const std::shared_ptr<Books> books_ = std::make_shared<Books>();
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_BULK_SLOTS_H_
