#include "runtime/kube/state/allocation.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/schema.h"

namespace kube {

template <>
const std::span<const Field> Table<ContainerAllocation>::fields;
template <>
const std::span<const Field> Table<Allocation>::fields;

namespace {

constexpr std::array kContainerAllocation{
    field<&ContainerAllocation::name>("name"),
    field<&ContainerAllocation::allocated>("allocated"),
    field<&ContainerAllocation::actuated>("actuated"),
};

constexpr std::array kAllocation{
    field<&Allocation::containers>("containers"),
};

std::string path_in(const std::string& dir) {
  return cat(dir, "/allocation");
}

}  // namespace

template <>
const std::span<const Field> Table<ContainerAllocation>::fields = kContainerAllocation;
template <>
const std::span<const Field> Table<Allocation>::fields = kAllocation;

Allocation allocate(const PodSpec& spec) {
  Allocation allocation;
  for (const Container* container : all_containers(spec))
    allocation.containers.push_back({container->name, container->resources, {}});
  return allocation;
}

const ContainerAllocation* find_allocation(const Allocation& allocation, const std::string& container) {
  const auto found = std::ranges::find(allocation.containers, container, &ContainerAllocation::name);
  return found == allocation.containers.end() ? nullptr : &*found;
}

ContainerAllocation* find_allocation(Allocation& allocation, const std::string& container) {
  return const_cast<ContainerAllocation*>(find_allocation(std::as_const(allocation), container));
}

PodSpec allocated_spec(PodSpec spec, const Allocation& allocation) {
  for (Container* container : all_containers(spec))
    if (const ContainerAllocation* one = find_allocation(allocation, container->name))
      container->resources = one->allocated;
  return spec;
}

Result<> write_allocation(const Allocation& allocation, const std::string& dir) {
  return replace_file(path_in(dir), emit_compact_json(encode(allocation)));
}

Result<Allocation> read_allocation(const std::string& dir) {
  const std::string path = path_in(dir);
  const Result<std::string> text = read_file(path);
  if (!text && text.error().err == ENOENT) return Allocation();
  if (!text) return std::unexpected(text.error());
  const auto node = parse_json(*text);
  if (!node) return std::unexpected(place_error(path, node.error()));
  Allocation allocation;
  if (auto decoded = decode_value(*node, "", allocation); !decoded)
    return std::unexpected(place_error(path, decoded.error()));
  return allocation;
}

}  // namespace kube
