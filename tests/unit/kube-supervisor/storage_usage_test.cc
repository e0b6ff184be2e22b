// What a pod takes of the disk against what it may.
#include "runtime/kube/supervisor/storage_usage.h"

#include <doctest/doctest.h>

namespace {

constexpr int64_t kMega = 1 << 20;

// Two containers that may have so much each, and a volume.
kube::PodSpec limited(const char* first, const char* second, const char* volume = nullptr) {
  kube::PodSpec spec;
  spec.containers.resize(2);
  spec.containers[0].name = "web";
  spec.containers[1].name = "log";
  if (first) spec.containers[0].resources.limits["ephemeral-storage"] = *kube::parse_quantity(first);
  if (second) spec.containers[1].resources.limits["ephemeral-storage"] = *kube::parse_quantity(second);
  kube::Volume cache{.name = "cache"};
  cache.empty_dir.emplace();
  if (volume) cache.empty_dir->size_limit = *kube::parse_quantity(volume);
  spec.volumes.push_back(cache);
  return spec;
}

}  // namespace

TEST_CASE("storage: a container over its own limit, though the pod as a whole is not") {
  const auto spec = limited("1Mi", "9Mi");
  CHECK(kube::find_storage_excess(spec, {.containers = {{"web", kMega}, {"log", kMega}}}).empty());
  CHECK(kube::find_storage_excess(spec, {.containers = {{"web", kMega + 1}}}) ==
        "Container web exceeded its local ephemeral storage limit \"1Mi\". ");
}

TEST_CASE("storage: volumes and /etc files are the pod's") {
  const auto spec = limited("1Mi", "1Mi");
  const std::string excess = "Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ";
  CHECK(kube::find_storage_excess(spec, {.volumes = {{"cache", 2 * kMega}}}).empty());
  CHECK(kube::find_storage_excess(spec, {.volumes = {{"cache", 2 * kMega}}, .etc_files = 4096}) == excess);
  // Said before what is said of a container.
  CHECK(kube::find_storage_excess(spec, {.containers = {{"web", 3 * kMega}}}) == excess);
}

TEST_CASE("storage: without a limit of a container nothing but a volume's own counts") {
  CHECK(!kube::has_storage_limit(limited(nullptr, nullptr)));
  const auto spec = limited(nullptr, nullptr, "1Mi");
  CHECK(kube::has_storage_limit(spec));
  CHECK(kube::find_storage_excess(spec, {.containers = {{"web", 9 * kMega}}, .etc_files = 9 * kMega}).empty());
  CHECK(kube::find_storage_excess(spec, {.volumes = {{"cache", 2 * kMega}}}) ==
        "Usage of EmptyDir volume \"cache\" exceeds the limit \"1Mi\". ");
}

TEST_CASE("storage: a volume in memory takes no disk") {
  auto spec = limited(nullptr, nullptr, "1Mi");
  spec.volumes[0].empty_dir->medium = "Memory";
  CHECK(!kube::has_storage_limit(spec));
}
