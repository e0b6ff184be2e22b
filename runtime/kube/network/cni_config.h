// The texts of CNI (spec 1.0): a network's configuration, what its plugins are asked, what they answer. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/node.h"
#include "runtime/kube/api/pod.h"

namespace kube {

struct CniPlugin {
  std::string type;         // the name of its program
  Node config;              // as it stands in the configuration
  bool maps_ports = false;  // the capability portMappings
};

struct CniNetwork {
  std::string name, version;
  std::vector<CniPlugin> plugins;
  Node config;  // the whole configuration, as a list of plugins
};

// A list of plugins (*.conflist), or a single one (*.conf, *.json). `file` is named in errors.
Result<CniNetwork> parse_cni_network(std::string_view text, std::string_view file);

// The ports of the pod's containers that are to be reached at the host.
std::vector<ContainerPort> host_ports_of(const PodSpec& spec);

// What a plugin reads: its configuration with name and version, the ports for one that maps them, and the result of the
// plugin before it (null: there is none).
std::string print_cni_request(const CniNetwork& network, const CniPlugin& plugin,
                              const std::vector<ContainerPort>& ports, const Node* previous);

struct CniResult {
  Node node;                           // as it was given, for the next plugin
  std::vector<std::string> addresses;  // of the pod, without their prefixes
  std::string resolver;                // as resolv.conf(5) would have it; empty: the network says nothing of names
};
Result<CniResult> parse_cni_result(std::string_view text);

// What a plugin that failed has to say: "msg; details", on one line; empty when that is nothing.
std::string parse_cni_error(std::string_view text);

}  // namespace kube
