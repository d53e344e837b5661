// What a watch has to tell and has not told yet.
#ifndef COMITY_DAEMON_SERVICE_HINTS_H_
#define COMITY_DAEMON_SERVICE_HINTS_H_

#include <map>
#include <string>
#include <utility>

#include "comity/v1/sync_service.pb.h"
#include "storage/lists/replica.h"

namespace comity {

// Keeps the newest head of each origin and the newest statement of each participant about
// it, so that a caller who reads slowly costs the memory of those and no more. What is
// beyond the bounds is dropped: the caller's next Hello finds it. Not thread-safe.
class Hints {
 public:
  static constexpr size_t kMaxHeads = 20'000;
  static constexpr size_t kMaxStatements = 50'000;

  void Add(const LogHead& head);
  void Add(const HeldStatement& statement);
  bool empty() const { return heads_.empty() && statements_.empty(); }

  // Moves as much into `message` as fits; some of it may stay for the next one.
  void TakeInto(v1::WatchResponse* message);

 private:
  std::map<Origin, LogHead> heads_;
  std::map<std::pair<Origin, std::string>, HeldStatement> statements_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_SERVICE_HINTS_H_
