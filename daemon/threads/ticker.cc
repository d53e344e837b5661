#include "daemon/threads/ticker.h"

#include <utility>

namespace comity {

Ticker::Ticker(std::chrono::milliseconds period, std::function<bool()> tick)
    : period_(period), tick_(std::move(tick)), thread_([this] { Loop(); }) {}

Ticker::~Ticker() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Ticker::Loop() {
  while (tick_()) {
    MutexLock lock(mutex_);
    if (!stopping_) wake_.wait_for(mutex_, period_);
    if (stopping_) return;
  }
}

}  // namespace comity
