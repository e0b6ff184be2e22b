// A postStart or preStop handler under way in a container.
#pragma once

#include <functional>
#include <memory>

#include "runtime/kube/probes/handler.h"
#include "runtime/kube/supervisor/pod_state.h"

namespace kube {

class Hook {
 public:
  // Begins it; `id` is the container's. `done` is called once, from the loop, with whether it succeeded; it may destroy
  // the hook. One that is destroyed before is given up.
  Hook(PodState& state, const Container& container, const std::string& id, const LifecycleHandler& handler,
       std::function<void(bool)> done);
  Hook(const Hook&) = delete;
  ~Hook();

 private:
  PodState& state_;
  Loop::TimerId timer_ = 0;
  std::unique_ptr<HandlerRun> run_;
};

}  // namespace kube
