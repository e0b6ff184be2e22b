// The downward API: what a Pod can say about itself, and how it is written. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// "metadata.labels['app']" in two: "metadata.labels" and "app"; without a subscript the key is empty.
struct FieldPath {
  std::string_view path;
  std::optional<std::string_view> key;
};
FieldPath split_field_path(std::string_view text);

// The value of the field, which validation has let through. The whole of labels and annotations is a line KEY="VALUE"
// each, sorted, quoted as Go quotes.
std::string field_value(const Pod& pod, const FieldSelector& field);

// What a container that names no limit may have all of.
struct Allocatable {
  int64_t milli_cpu = 0, memory = 0, storage = 0;
};

// The resource in units of the divisor, rounded up. A limit that is missing is what the node has, a request is 0.
// Error: the pod has no such container.
Result<std::string> resource_value(const PodSpec& spec, const ResourceSelector& selector, const Allocatable& node);

// The name of the account that the pod runs as.
const std::string& service_account_of(const PodSpec& spec);

}  // namespace kube
