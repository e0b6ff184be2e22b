// /etc/resolv.conf of a pod. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/kube/api/pod.h"

namespace kube {

struct Resolver {
  std::vector<std::string> nameservers, searches, options;
};

// What a resolv.conf(5) says: all nameservers, the last search list, all options.
Resolver parse_resolver(std::string_view text);

// The lines for it, in the order in which CRI implementations write them.
std::string resolver_text(const Resolver& resolver);

// As the kubelet forms it: nothing with dnsPolicy None, else the node's, for here is no cluster with a DNS of its own;
// then what dnsConfig adds, each once, its options in the place of those of the same name. More than three nameservers
// or 32 searches (2048 letters) are cut, and what was cut is told in `remarks`, in the kubelet's words.
Resolver pod_resolver(const PodSpec& spec, std::string_view node_text, std::vector<std::string>& remarks);

}  // namespace kube
