// What a pod is called, and the files about it that every container finds in /etc. Pure texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// Below which the names of services and pods would be, had we a cluster (the kubelet's clusterDomain).
constexpr std::string_view kClusterDomain = "cluster.local";

// "SUBDOMAIN.NAMESPACE.svc.cluster.local"; empty without a subdomain.
std::string pod_domain(const PodSpec& spec, const std::string& ns);

// What the kernel calls the host: the name, or with setHostnameAsFQDN and a domain, both. Error: longer than the
// kernel's 64 letters, in the kubelet's words.
Result<std::string> kernel_hostname(const PodSpec& spec, const std::string& hostname, const std::string& domain);

// /etc/hosts of a pod with a network of its own: its name is its address there, of loopback where it has no other.
std::string pod_hosts(std::string_view hostname, std::string_view domain, const std::vector<HostAlias>& aliases,
                      std::string_view address = "127.0.0.1");

// /etc/hosts of a pod on the host's network: the host's, marked as a copy.
std::string host_network_hosts(std::string_view host_file, const std::vector<HostAlias>& aliases);

}  // namespace kube
