#include "runtime/kube/supervisor/empty_dir_watch.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/sandbox/pod_folders.h"
#include "sandbox/volumes/usage.h"

namespace kube {
namespace {

constexpr int64_t kPeriod = 10'000;  // milliseconds; the kubelet's eviction manager

// A volume in memory is a tmpfs of that size.
bool is_watched(const Volume& volume) {
  return volume.empty_dir && volume.empty_dir->medium.empty() && volume.empty_dir->size_limit &&
         !volume.empty_dir->size_limit->is_zero();
}

bool is_over(const std::string& path, const Quantity& limit) {
  const Result<Fd> folder = open_directory(path);
  if (!folder) return false;
  const Result<uint64_t> used = volumes::used_bytes(folder->get());
  return used && whole_quantity(static_cast<int64_t>(*used)) > limit;
}

}  // namespace

void EmptyDirWatch::start() {
  if (is_started_ || std::ranges::none_of(state_.pod.spec.volumes, is_watched)) return;
  is_started_ = true;
  state_.loop.after(kPeriod, [this] { look(); });
}

void EmptyDirWatch::look() {
  if (state_.is_terminating) return;
  for (const Volume& volume : state_.pod.spec.volumes) {
    if (!is_watched(volume)) continue;
    const Quantity& limit = *volume.empty_dir->size_limit;
    if (is_over(volume_dir(state_.place, state_.pod.metadata, volume.name), limit))
      return on_excess_(
          cat("Usage of EmptyDir volume \"", volume.name, "\" exceeds the limit \"", print_quantity(limit), "\". "));
  }
  state_.loop.after(kPeriod, [this] { look(); });
}

}  // namespace kube
