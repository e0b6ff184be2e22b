#include "runtime/kube/supervisor/handler_target.h"

#include "base/text.h"
#include "runtime/kube/state/place.h"

namespace kube {

HandlerTarget handler_target(const PodState& state, const Container& container, const std::string& id,
                             std::string_view purpose) {
  const std::string& address = state.pod.status.pod_ip;
  return {.container = &container,
          .oci_root = oci_root(state.dir),
          .id = id,
          .address = address.empty() ? "127.0.0.1" : address,
          .network = address.empty() ? cat("/proc/", state.context.sandbox_pid, "/ns/net") : "",
          .user_agent = cat("kube-", purpose, "/1.36")};
}

}  // namespace kube
