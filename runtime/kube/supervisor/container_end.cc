#include "runtime/kube/supervisor/container_end.h"

#include <signal.h>

#include <algorithm>

#include "runtime/kube/state/place.h"
#include "runtime/kube/supervisor/wording.h"
#include "runtime/lifecycle/lifecycle.h"

namespace kube {

ContainerEnd::~ContainerEnd() {
  state_.loop.cancel(timer_);
}

void ContainerEnd::begin(int64_t grace, std::function<bool()> is_turn) {
  is_turn_ = std::move(is_turn);
  is_forced_ = grace == 0;
  deadline_ = monotonic_ms() + grace;
  if (!is_begun_ && !is_forced_) run_pre_stop();
  is_begun_ = true;
  advance();
}

void ContainerEnd::run_pre_stop() {
  const auto& lifecycle = container_.lifecycle;
  if (!lifecycle || !lifecycle->pre_stop) return;
  hook_.emplace(state_, container_, id_, *lifecycle->pre_stop, [this](bool succeeded) {
    if (!succeeded) say_(pre_stop_failed_event(container_));
    hook_.reset();
    advance();
  });
}

int64_t ContainerEnd::kill_time() const {
  return is_forced_ ? deadline_ : std::max(deadline_, asked_at_ + kLeastGrace);
}

void ContainerEnd::advance() {
  const int64_t at = monotonic_ms();
  if (at >= deadline_) hook_.reset();
  if (!is_asked_ && !hook_ && (at >= deadline_ || is_turn_())) {
    // Without a grace period nobody is asked first: an answer would be a race with SIGKILL.
    if (!is_forced_) (void)lifecycle::kill(oci_root(state_.dir), id_, signal_, false);
    is_asked_ = true;
    asked_at_ = at;
  }
  const int64_t next = is_asked_ ? kill_time() : deadline_;
  state_.loop.cancel(timer_);
  if (is_asked_ && at >= next) {
    (void)lifecycle::kill(oci_root(state_.dir), id_, SIGKILL, true);
    return;
  }
  timer_ = state_.loop.after(next - at, [this] { advance(); });
}

}  // namespace kube
