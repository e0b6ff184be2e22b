// The checks of what a pod may do and what it calls itself: the security contexts, the namespaces of the host, sysctls;
// names, /etc/hosts and the resolver's settings. Inside of validate_pod.
#pragma once

#include "runtime/kube/api/checker.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// Both levels of the security context, and what of the host the pod shares.
void check_security(const Pod& pod, Checker& check);

// What a resolver reads of resolv.conf(5), and what the API and the kubelet keep to.
constexpr size_t kMostNameservers = 3, kMostSearches = 32, kMostSearchLetters = 2048;

// subdomain, hostAliases, dnsPolicy and dnsConfig.
void check_names(const PodSpec& spec, Checker& check);

// windowsOptions at `path`: first by the rules for it, then refused, since this is Linux.
void check_windows_options(const WindowsOptions& options, const PodSpec& spec, const std::string& path, Checker& check);

}  // namespace kube
