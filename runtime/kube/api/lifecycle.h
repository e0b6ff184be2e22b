// What a container asks to have done when it has started and before it ends. Fields of the Kubernetes API.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/kube/api/handlers.h"

namespace kube {

struct SleepAction {
  int64_t seconds = 0;
};

// One of them is there.
struct LifecycleHandler {
  std::optional<ExecAction> exec;
  std::optional<HttpGetAction> http_get;
  std::optional<TcpSocketAction> tcp_socket;  // an API server takes it, a kubelet cannot do it
  std::optional<SleepAction> sleep;
};

struct Lifecycle {
  std::optional<LifecycleHandler> post_start, pre_stop;
  std::string stop_signal;  // "SIGUSR1"; empty: the image's
};

}  // namespace kube
