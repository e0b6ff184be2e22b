// What is said of the node, and of what a namespace lets a pod have: objects of core/v1 about resources. Plain data.
#pragma once

#include <string>
#include <vector>

#include "runtime/kube/api/pod.h"

namespace kube {

struct NodeAddress {
  std::string type, address;  // InternalIP, Hostname
};

struct NodeCondition {
  std::string type, status, reason, message;  // Ready
};

struct NodeSystemInfo {
  std::string architecture, container_runtime_version, kernel_version, kubelet_version, operating_system, os_image;
};

struct NodeStatus {
  ResourceList capacity, allocatable;
  std::vector<NodeAddress> addresses;
  std::vector<NodeCondition> conditions;
  NodeSystemInfo info;
};

// Nothing of a node's spec has a meaning where there is one node.
struct NodeSpec {};

// "Node" is a parsed document here (node.h). What a manifest says of capacity and allocatable wins over the machine.
struct NodeObject {
  std::string api_version = "v1", kind = "Node";
  ObjectMeta metadata;  // its namespace is empty
  NodeSpec spec;
  NodeStatus status;
};

struct LimitRangeItem {
  std::string type;  // Container, Pod, PersistentVolumeClaim
  ResourceList max, min, default_limit, default_request;
  ResourceList max_ratio;  // limit to request
};

struct LimitRangeSpec {
  std::vector<LimitRangeItem> limits;
};

struct LimitRange {
  std::string api_version = "v1", kind = "LimitRange";
  ObjectMeta metadata;
  LimitRangeSpec spec;
};

}  // namespace kube
