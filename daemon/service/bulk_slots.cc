#include "daemon/service/bulk_slots.h"

#include "absl/strings/str_cat.h"

namespace comity {

absl::StatusOr<BulkSlots::Slot> BulkSlots::Take(const std::string& participant) {
  MutexLock lock(books_->mutex);
  int& taken = books_->taken[participant];
  if (taken >= kMaxPerParticipant) {
    return absl::ResourceExhaustedError(
        absl::StrCat("\"", participant, "\" has ", taken,
                     " fetches under way here already: read those to their end first"));
  }
  ++taken;
  return Slot(nullptr, [books = books_, participant](void*) {
    MutexLock lock(books->mutex);
    const auto it = books->taken.find(participant);
    if (--it->second == 0) books->taken.erase(it);
  });
}

}  // namespace comity
