#include "runtime/kube/supervisor/storage_watch.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/sandbox/pod_folders.h"
#include "sandbox/volumes/usage.h"

namespace kube {
namespace {

constexpr int64_t kLookPeriod = 10'000;  // milliseconds; the kubelet's eviction manager
constexpr const char* kStorage = "ephemeral-storage";

const Quantity* limit_of(const Container& container) {
  const auto found = container.resources.limits.find(kStorage);
  return found == container.resources.limits.end() ? nullptr : &found->second;
}

// What is not there takes nothing.
int64_t used_in(const std::string& path) {
  const Result<Fd> folder = open_directory(path);
  if (!folder) return 0;
  return static_cast<int64_t>(volumes::used_bytes(folder->get()).value_or(0));
}

// What the container has written beside its volumes, and its logs.
int64_t used_by(const PodState& state, const Container& container) {
  const ObjectMeta& pod = state.pod.metadata;
  return used_in(cat(container_dir(state.place, pod, container.name), "/upper")) +
         used_in(cat(pod_log_dir(state.place, pod), "/", container.name));
}

int64_t used_by_volumes(const PodState& state) {
  int64_t used = 0;
  for (const Volume& volume : state.pod.spec.volumes)
    if (volume.empty_dir && volume.empty_dir->medium.empty())
      used += used_in(volume_dir(state.place, state.pod.metadata, volume.name));
  return used;
}

}  // namespace

void StorageWatch::start() {
  const auto containers = all_containers(std::as_const(state_.pod.spec));
  if (is_started_ || std::ranges::none_of(containers, [](const Container* one) { return limit_of(*one) != nullptr; }))
    return;
  is_started_ = true;
  state_.loop.after(kLookPeriod, [this] { look(); });
}

// As the kubelet: the pod as a whole first, then each container.
std::string StorageWatch::find_excess() const {
  Quantity limits;
  int64_t used = used_by_volumes(state_);
  std::string of_container;
  for (const Container* container : all_containers(std::as_const(state_.pod.spec))) {
    const int64_t own = used_by(state_, *container);
    used += own;
    const Quantity* limit = limit_of(*container);
    if (!limit) continue;
    limits = limits + *limit;
    if (of_container.empty() && whole_quantity(own) > *limit)
      of_container = cat("Container ", container->name, " exceeded its local ephemeral storage limit \"",
                         print_quantity(*limit), "\". ");
  }
  if (whole_quantity(used) > limits)
    return cat("Pod ephemeral local storage usage exceeds the total limit of containers ", print_quantity(limits),
               ". ");
  return of_container;
}

void StorageWatch::look() {
  if (state_.is_terminating) return;
  if (const std::string excess = find_excess(); !excess.empty()) return on_excess_(excess);
  state_.loop.after(kLookPeriod, [this] { look(); });
}

}  // namespace kube
