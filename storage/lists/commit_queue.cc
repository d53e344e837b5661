#include "storage/lists/commit_queue.h"

#include <algorithm>
#include <set>
#include <vector>

namespace comity {

void CommitQueue::Run(CommitWork& work) {
  std::vector<CommitWork*> group;
  {
    MutexLock lock(mutex_);
    waiting_.push_back(&work);
    while (!work.done && (leading_ || waiting_.front() != &work)) finished_.wait(mutex_);
    if (work.done) return;
    leading_ = true;
    group = NextGroup();
  }
  commit_(group);
  {
    MutexLock lock(mutex_);
    for (CommitWork* one : group) one->done = true;
    std::erase_if(waiting_, [](const CommitWork* one) { return one->done; });
    leading_ = false;
  }
  finished_.notify_all();
}

std::vector<CommitWork*> CommitQueue::NextGroup() const {
  std::vector<CommitWork*> group;
  std::set<Origin> taken;
  for (CommitWork* work : waiting_) {
    if (group.size() == kMaxGroup) break;
    if (taken.insert(work->origin).second) group.push_back(work);
  }
  return group;
}

}  // namespace comity
