#include "runtime/kube/supervisor/storage_usage.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/sandbox/labelled_root.h"
#include "runtime/kube/sandbox/pod_folders.h"
#include "sandbox/volumes/usage.h"

namespace kube {
namespace {

const Quantity* limit_of(const Container& container) {
  return find_amount(container.resources.limits, "ephemeral-storage");
}

bool is_any_limited(const PodSpec& spec) {
  return std::ranges::any_of(all_containers(spec), [](const Container* one) { return limit_of(*one) != nullptr; });
}

// One in memory is a tmpfs of its size.
bool is_on_disk(const Volume& volume) {
  return volume.empty_dir && volume.empty_dir->medium.empty();
}

const Quantity* limit_of(const Volume& volume) {
  if (!is_on_disk(volume) || !volume.empty_dir->size_limit || volume.empty_dir->size_limit->is_zero()) return nullptr;
  return &*volume.empty_dir->size_limit;
}

// What is not there takes nothing.
int64_t used_in(const std::string& path) {
  const Result<Fd> folder = open_directory(path);
  return folder ? static_cast<int64_t>(volumes::used_bytes(folder->get()).value_or(0)) : 0;
}

int64_t used_by_file(const std::string& path) {
  struct stat status;
  return lstat(path.c_str(), &status) < 0 ? 0 : static_cast<int64_t>(status.st_blocks) * 512;  // stat(2)
}

// What a container has written into its root. It may have removed what the image had there.
int64_t used_in_root(const std::string& dir) {
  const std::optional<uint64_t> copied = read_copied_bytes(dir);
  if (!copied) return used_in(cat(dir, "/upper"));
  return std::max<int64_t>(used_in(cat(dir, "/rootfs")) - static_cast<int64_t>(*copied), 0);
}

int64_t used_by(const Place& place, const ObjectMeta& pod, const std::string& container) {
  const std::string dir = container_dir(place, pod, container);
  return used_in_root(dir) + used_by_file(cat(dir, "/termination-log")) +
         used_in(cat(pod_log_dir(place, pod), "/", container));
}

int64_t used_of(const std::map<std::string, int64_t>& usage, const std::string& name) {
  const auto found = usage.find(name);
  return found == usage.end() ? 0 : found->second;
}

std::string find_volume_excess(const PodSpec& spec, const StorageUsage& usage) {
  for (const Volume& volume : spec.volumes) {
    const Quantity* limit = limit_of(volume);
    if (limit && whole_quantity(used_of(usage.volumes, volume.name)) > *limit)
      return cat("Usage of EmptyDir volume \"", volume.name, "\" exceeds the limit \"", print_quantity(*limit), "\". ");
  }
  return "";
}

std::string find_pod_excess(const PodSpec& spec, const StorageUsage& usage) {
  Quantity limits;
  int64_t used = usage.etc_files;
  for (const auto* amounts : {&usage.volumes, &usage.containers})
    for (const auto& [_, amount] : *amounts) used += amount;
  for (const Container* container : all_containers(spec))
    if (const Quantity* limit = limit_of(*container)) limits = limits + *limit;
  if (whole_quantity(used) <= limits) return "";
  return cat("Pod ephemeral local storage usage exceeds the total limit of containers ", print_quantity(limits), ". ");
}

std::string find_container_excess(const PodSpec& spec, const StorageUsage& usage) {
  for (const Container* container : all_containers(spec)) {
    const Quantity* limit = limit_of(*container);
    if (limit && whole_quantity(used_of(usage.containers, container->name)) > *limit)
      return cat("Container ", container->name, " exceeded its local ephemeral storage limit \"",
                 print_quantity(*limit), "\". ");
  }
  return "";
}

}  // namespace

bool has_storage_limit(const PodSpec& spec) {
  return is_any_limited(spec) ||
         std::ranges::any_of(spec.volumes, [](const Volume& one) { return limit_of(one) != nullptr; });
}

StorageUsage read_storage_usage(const Place& place, const Pod& pod) {
  StorageUsage usage;
  const bool is_all = is_any_limited(pod.spec);
  for (const Volume& volume : pod.spec.volumes)
    if (is_all ? is_on_disk(volume) : limit_of(volume) != nullptr)
      usage.volumes[volume.name] = used_in(volume_dir(place, pod.metadata, volume.name));
  if (!is_all) return usage;
  usage.etc_files = used_in(cat(data_dir(place, pod.metadata), "/etc"));
  for (const Container* container : all_containers(pod.spec))
    usage.containers[container->name] = used_by(place, pod.metadata, container->name);
  return usage;
}

std::string find_storage_excess(const PodSpec& spec, const StorageUsage& usage) {
  std::string excess = find_volume_excess(spec, usage);
  if (!excess.empty() || !is_any_limited(spec)) return excess;
  excess = find_pod_excess(spec, usage);
  return excess.empty() ? find_container_excess(spec, usage) : excess;
}

}  // namespace kube
