#include "runtime/kube/api/content_fields.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/effective.h"

namespace kube {
namespace {

// As strconv.Quote: bytes that are no UTF-8 have been refused with the manifest.
std::string go_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    constexpr std::string_view kNamed = "\a\b\f\n\r\t\v\"\\", kLetters = "abfnrtv\"\\";
    if (const size_t at = kNamed.find(c); at != kNamed.npos) {
      out += {'\\', kLetters[at]};
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += "0123456789abcdef"[byte >> 4];
      out += "0123456789abcdef"[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string map_value(const StringMap& map, std::optional<std::string_view> key) {
  if (key) {
    const auto found = map.find(std::string(*key));
    return found == map.end() ? "" : found->second;
  }
  std::vector<std::string> lines;
  for (const auto& [name, value] : map) lines.push_back(cat(name, "=", go_quoted(value)));
  return join(lines, "\n");
}

std::string addresses(const std::vector<PodIp>& ips) {
  std::vector<std::string> texts;
  for (const PodIp& ip : ips) texts.push_back(ip.ip);
  return join(texts, ",");
}

int64_t node_value(const Allocatable& node, std::string_view resource) {
  if (resource == "cpu") return node.milli_cpu;
  if (resource == "memory") return node.memory;
  return resource == "ephemeral-storage" ? node.storage : 0;
}

// CPU counts in thousandths, all else in whole numbers.
int64_t units(const Quantity& quantity, bool is_cpu) {
  return is_cpu ? milli_value(quantity) : whole_value(quantity);
}

}  // namespace

FieldPath split_field_path(std::string_view text) {
  const size_t open = text.find("['");
  if (open == text.npos || !text.ends_with("']") || text.size() < open + 4) return {text, {}};
  return {text.substr(0, open), text.substr(open + 2, text.size() - open - 4)};
}

std::string field_value(const Pod& pod, const FieldSelector& field) {
  const auto [path, key] = split_field_path(field.path);
  if (path == "metadata.labels") return map_value(pod.metadata.labels, key);
  if (path == "metadata.annotations") return map_value(pod.metadata.annotations, key);
  if (path == "metadata.name") return pod.metadata.name;
  if (path == "metadata.namespace") return pod.metadata.ns;
  if (path == "metadata.uid") return pod.metadata.uid;
  if (path == "spec.nodeName") return pod.spec.node_name;
  if (path == "spec.serviceAccountName") return service_account_of(pod.spec);
  if (path == "status.hostIP") return pod.status.host_ip;
  if (path == "status.hostIPs") return addresses(pod.status.host_ips);
  if (path == "status.podIP") return pod.status.pod_ip;
  return path == "status.podIPs" ? addresses(pod.status.pod_ips) : "";
}

Result<std::string> resource_value(const PodSpec& spec, const ResourceSelector& selector, const Allocatable& node) {
  const Container* container = find_container(spec, selector.container);
  if (!container) return fail(cat("container ", selector.container, " not found"));
  const size_t dot = selector.resource.find('.');
  const std::string name = selector.resource.substr(dot + 1);
  const bool is_limit = selector.resource.substr(0, dot) == "limits", is_cpu = name == "cpu";
  const ResourceList list = is_limit ? container_limits(spec, *container) : container->resources.requests;
  const Quantity* given = find_amount(list, name);
  int64_t value = is_limit ? node_value(node, name) : 0;
  if (given && !(is_limit && given->is_zero())) value = units(*given, is_cpu);
  int64_t divisor = selector.divisor ? units(*selector.divisor, is_cpu) : 0;
  if (divisor == 0) divisor = is_cpu ? 1000 : 1;
  return cat(value / divisor + (value % divisor != 0 ? 1 : 0));
}

const std::string& service_account_of(const PodSpec& spec) {
  static const std::string kDefault = "default";
  return spec.service_account_name.empty() ? kDefault : spec.service_account_name;
}

}  // namespace kube
