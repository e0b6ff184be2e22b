#include "runtime/kube/supervisor/hook.h"

#include "runtime/kube/supervisor/handler_target.h"

namespace kube {
namespace {

// The kubelet sets no bound of its own; a preStop hook has the pod's grace period.
constexpr int64_t kNoTimeout = INT32_MAX;

}  // namespace

Hook::Hook(PodState& state, const Container& container, const std::string& id, const LifecycleHandler& handler,
           std::function<void(bool)> done)
    : state_(state) {
  const auto run = [&](Handler asked) {
    run_ = run_handler(state.loop, handler_target(state, container, id, "lifecycle"), std::move(asked), kNoTimeout,
                       [done](const HandlerResult& result) { done(result.is_success()); });
  };
  if (handler.exec) {
    run(*handler.exec);
  } else if (handler.http_get) {
    run(*handler.http_get);
  } else {
    // What else there is a kubelet does not know, and fails (pkg/kubelet/lifecycle).
    const bool is_sleep = handler.sleep.has_value();
    timer_ = state.loop.after(is_sleep ? handler.sleep->seconds * 1000 : 0, [done, is_sleep] { done(is_sleep); });
  }
}

Hook::~Hook() {
  state_.loop.cancel(timer_);
}

}  // namespace kube
