#include "runtime/kube/state/node_resources.h"

#include <sys/statvfs.h>
#include <sys/utsname.h>

#include "base/file.h"
#include "base/text.h"
#include "runtime/kube/api/identity.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/api/validate_objects.h"
#include "runtime/kube/state/objects.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/state/room.h"

namespace kube {
namespace {

NodeObject overlaid(const NodeInfo& info, const Place& place, const NodeObject& stored) {
  NodeObject node = stored;
  node.metadata.name = info.name;
  node.status.capacity = machine_capacity(info, place);
  overlay(node.status.capacity, stored.status.capacity);
  node.status.allocatable = node.status.capacity;
  overlay(node.status.allocatable, stored.status.allocatable);
  return node;
}

std::string os_name() {
  constexpr std::string_view kField = "PRETTY_NAME=";
  for (std::string line : split(read_file("/etc/os-release", 8192).value_or(""), '\n')) {
    std::erase(line, '"');
    if (line.starts_with(kField)) return line.substr(kField.size());
  }
  return "";
}

void describe_machine(const NodeInfo& info, NodeStatus& status) {
  status.addresses = {{"InternalIP", info.address}, {"Hostname", info.name}};
  status.conditions = {{"Ready", "True", "KubeletReady", "nacelle is ready"}};
  utsname system{};
  if (uname(&system) < 0) return;
  const std::string machine = system.machine;
  status.info = {.architecture = machine == "x86_64"    ? "amd64"
                                 : machine == "aarch64" ? "arm64"
                                                        : machine,
                 .container_runtime_version = cat("nacelle://", NACELLE_VERSION),
                 .kernel_version = system.release,
                 .kubelet_version = cat("nacelle-", NACELLE_VERSION),
                 .operating_system = "linux",
                 .os_image = os_name()};
}

Result<NodeObject> read_stored(const Place& place, const std::string& name) {
  const auto stored = TRY(read_object_if<NodeObject>(place, "", name, true));
  return stored ? *stored : NodeObject();
}

// Of a list that was changed, what the machine or the capacity does not say of itself.
ResourceList kept(const ResourceList& changed, const ResourceList& shown, const ResourceList& stored) {
  ResourceList list;
  for (const auto& [name, quantity] : changed) {
    const Quantity* before = find_amount(shown, name);
    if (stored.contains(name) || !before || *before != quantity) list[name] = quantity;
  }
  return list;
}

// Of a node that was changed, what is to be stored.
NodeObject stored_part(NodeObject changed, const NodeObject& shown, const NodeObject& stored) {
  changed.status = {
      .capacity = kept(changed.status.capacity, shown.status.capacity, stored.status.capacity),
      .allocatable = kept(changed.status.allocatable, shown.status.allocatable, stored.status.allocatable)};
  return changed;
}

// `change` makes of the node that is shown the one that it is to be.
template <class Change>
Result<bool> change_node(const Place& place, const std::string& name, const Change& change) {
  const Fd lock = TRY(lock_objects(place));
  const NodeObject shown = TRY(read_node(place));
  if (name != shown.metadata.name) return fail(cat("nodes \"", name, "\" not found"));
  NodeObject stored = TRY(read_stored(place, name));
  stored.metadata.name = name;
  NodeObject wanted = TRY(change(shown));
  keep_what_is_ours(shown.metadata, wanted.metadata);
  TRY(refuse_invalid("Node", name, validate_identity(shown, wanted)));
  TRY(refuse_invalid("Node", name, validate(wanted)));
  NodeObject changed = stored_part(wanted, shown, stored);
  if (is_same(stored, changed)) return false;
  if (changed.metadata.uid.empty()) identify(changed.metadata);
  TRY(write_object(place, changed));
  announce_room(place);
  return true;
}

}  // namespace

ResourceList machine_capacity(const NodeInfo& node, const Place& place) {
  ResourceList capacity = {{"cpu", milli_quantity(node.milli_cpu)},
                           {"memory", whole_quantity(node.memory, QuantityFormat::binary)}};
  for (const HugePages& pages : node.huge_pages)
    capacity[cat("hugepages-", print_quantity(whole_quantity(pages.size, QuantityFormat::binary)))] =
        whole_quantity(pages.size * pages.count, QuantityFormat::binary);
  struct statvfs disk{};
  // The folder comes into being with the first pod.
  if (statvfs(place.data.c_str(), &disk) == 0 || statvfs("/var", &disk) == 0)
    capacity["ephemeral-storage"] =
        whole_quantity(static_cast<int64_t>(disk.f_blocks * disk.f_frsize), QuantityFormat::binary);
  return capacity;
}

Result<NodeObject> read_node(const Place& place) {
  const NodeInfo info = TRY(read_node_info(TRY(cgroups::read_hierarchy())));
  NodeObject node = overlaid(info, place, TRY(read_stored(place, info.name)));
  describe_machine(info, node.status);
  return node;
}

ResourceList read_allocatable(const Place& place, const NodeInfo& node) {
  return overlaid(node, place, read_stored(place, node.name).value_or(NodeObject())).status.allocatable;
}

Result<bool> patch_node(const Place& place, const std::string& name, const Patch& patch, bool is_status) {
  return change_node(place, name, [&](const NodeObject& shown) -> Result<NodeObject> {
    NodeObject changed;
    if (auto decoded = decode_value(TRY(apply_patch(patch, encode(shown))), "", changed); !decoded)
      return fail(cat("The Node \"", name, "\" is invalid: ", visible(decoded.error().message)));
    if (!is_status) changed.status = shown.status;
    return changed;
  });
}

Result<bool> replace_node(const Place& place, const NodeObject& wanted) {
  return change_node(place, wanted.metadata.name, [&](const NodeObject&) -> Result<NodeObject> { return wanted; });
}

}  // namespace kube
