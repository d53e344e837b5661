// What must hold of an engine after every step.
#ifndef COMITY_DAEMON_SYNC_INVARIANTS_H_
#define COMITY_DAEMON_SYNC_INVARIANTS_H_

#include "storage/base/types.h"

namespace comity::sync {

class Engine;

class EngineInvariants {
 public:
  // Ends the process, saying which rule broke: only a bug can break one.
  static void Check(const Engine& engine);
  // Of a list, whenever it changed.
  static void CheckHead(TreeSize head, TreeSize held);
};

}  // namespace comity::sync

#endif  // COMITY_DAEMON_SYNC_INVARIANTS_H_
