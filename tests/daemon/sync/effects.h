// What an engine asked for, by kind.
#ifndef COMITY_TESTS_DAEMON_SYNC_EFFECTS_H_
#define COMITY_TESTS_DAEMON_SYNC_EFFECTS_H_

#include <variant>
#include <vector>

#include "daemon/sync/events.h"

namespace comity::sync {

// Those of kind T, in order.
template <typename T>
std::vector<T> Only(const std::vector<Effect>& effects) {
  std::vector<T> found;
  for (const Effect& effect : effects) {
    if (const T* one = std::get_if<T>(&effect)) found.push_back(*one);
  }
  return found;
}

}  // namespace comity::sync

#endif  // COMITY_TESTS_DAEMON_SYNC_EFFECTS_H_
