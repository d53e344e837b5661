#include "daemon/service/hints.h"

#include "client/transport/channel.h"
#include "daemon/service/sync_messages.h"

namespace comity {
namespace {

// Half of what a message may be: the one that passes it is at most 64 KiB long.
constexpr size_t kFullBytes = kMaxMessageBytes / 2;

}  // namespace

void Hints::Add(const LogHead& head) {
  const auto known = heads_.find(head.origin);
  if (known != heads_.end()) {
    if (known->second.size <= head.size) known->second = head;
  } else if (heads_.size() < kMaxHeads) {
    heads_.emplace(head.origin, head);
  }
}

void Hints::Add(const HeldStatement& statement) {
  const std::pair key(statement.origin, statement.participant);
  const auto known = statements_.find(key);
  if (known != statements_.end()) {
    known->second = statement;
  } else if (statements_.size() < kMaxStatements) {
    statements_.emplace(key, statement);
  }
}

void Hints::TakeInto(v1::WatchResponse* message) {
  size_t bytes = 0;
  while (!heads_.empty() && bytes < kFullBytes) {
    const v1::Head& head = *message->add_heads() = ToMessage(heads_.begin()->second);
    bytes += head.ByteSizeLong();
    heads_.erase(heads_.begin());
  }
  while (!statements_.empty() && bytes < kFullBytes) {
    const v1::HeldStatement& held = *message->add_held() = ToMessage(statements_.begin()->second);
    bytes += held.ByteSizeLong();
    statements_.erase(statements_.begin());
  }
}

}  // namespace comity
