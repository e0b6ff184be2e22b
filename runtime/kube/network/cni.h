// A pod's place in the node's network, by CNI plugins: those of the first configuration in /etc/cni/net.d. Where there
// is none, a pod has its loopback alone.
#pragma once

#include <optional>
#include <string>

#include "runtime/kube/network/cni_config.h"
#include "runtime/kube/state/place.h"

namespace kube {

struct PodNetwork {
  std::vector<std::string> addresses;
  std::string resolver;  // as in CniResult
};

// Has the plugins add the pod's sandbox `id`, whose network namespace is that of the process, to the network. What they
// were told and said is kept in the pod's folder. Nothing when there is no network. Waits for the plugins: nothing else
// goes on in the pod at that time. Errors: what a plugin says; ports that no plugin maps.
Result<std::optional<PodNetwork>> join_network(const Place& place, const Pod& pod, const std::string& id,
                                               pid_t process);

// Has the plugins take it out again, from what is on disk alone. Nothing to do, nothing done.
Result<> leave_network(const Place& place, const Pod& pod);

}  // namespace kube
