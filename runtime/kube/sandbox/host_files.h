// The files that every container of a pod finds in /etc. Pure texts.
#pragma once

#include <string>
#include <string_view>

namespace kube {

// /etc/hosts of a pod with a network of its own, which has nothing but loopback: its name is its own address there.
std::string pod_hosts(std::string_view hostname);

// /etc/hosts of a pod on the host's network: the host's, marked as a copy.
std::string host_network_hosts(std::string_view host_file);

}  // namespace kube
