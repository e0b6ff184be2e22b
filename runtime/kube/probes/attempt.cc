#include "runtime/kube/probes/attempt.h"

#include "base/text.h"

namespace kube {

Attempt::Attempt(Loop& loop, int64_t timeout, HandlerDone done)
    : loop_(loop), timeout_(timeout), done_(std::move(done)) {
  timer_ = loop_.after(timeout, [this] { on_timeout(); });
}

Attempt::~Attempt() {
  loop_.cancel(timer_);
}

void Attempt::finish(HandlerResult result) {
  if (is_finished_) return;
  is_finished_ = true;
  result_ = std::move(result);
  give_up();
  loop_.cancel(timer_);
  // Not here: the caller is in the middle of its own work, and `done` may destroy us.
  timer_ = loop_.after(0, [this] {
    const HandlerDone done = std::move(done_);
    done(std::move(result_));
  });
}

std::string print_timeout(int64_t milliseconds) {
  if (milliseconds % 1000 != 0) return cat(milliseconds, "ms");
  const int64_t seconds = milliseconds / 1000;
  return seconds < 60 ? cat(seconds, "s") : cat(seconds / 60, "m", seconds % 60, "s");
}

}  // namespace kube
