#include "daemon/sync/local.h"

#include <utility>

namespace comity::sync {

LocalCommitted LocalOf(const Replica& replica, const Origin& origin) {
  LocalCommitted event;
  event.origin = origin;
  const auto held = replica.snapshot();
  if (const auto view = held->lists().find(origin); view != held->lists().end()) {
    event.held = view->second->log_size;
    event.audience = view->second->audience;
    event.contested = view->second->contested;
    event.common = view->second->common;
    event.current = held->IsCurrent(origin);
  }
  event.bootstrap = replica.BootstrapOf(origin);
  // Taken after the size, so that it may be newer: never above what is held then.
  if (auto head = replica.HeadOf(origin); head.ok()) {
    event.held = std::max(event.held, head->size);
    event.head = *std::move(head);
  }
  return event;
}

}  // namespace comity::sync
