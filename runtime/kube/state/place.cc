#include "runtime/kube/state/place.h"

#include "base/text.h"

namespace kube {
namespace {

std::string unique_key(const ObjectMeta& pod) {
  return cat(pod_key(pod.ns, pod.name), "_", pod.uid);
}

}  // namespace

Place place_below(const std::string& root) {
  return {.root = root,
          .data = cat(root, "/data"),
          .logs = cat(root, "/logs"),
          .images = cat(root, "/images"),
          .objects = cat(root, "/objects"),
          .seccomp = cat(root, "/seccomp")};
}

std::string pod_key(const std::string& ns, const std::string& name) {
  return cat(ns, "_", name);
}

std::string pods_dir(const Place& place) {
  return cat(place.root, "/pods");
}

std::string pod_dir(const Place& place, const std::string& ns, const std::string& name) {
  return cat(pods_dir(place), "/", pod_key(ns, name));
}

std::string oci_root(const std::string& pod_dir) {
  return cat(pod_dir, "/oci");
}

std::string data_dir(const Place& place, const ObjectMeta& pod) {
  return cat(place.data, "/", unique_key(pod));
}

std::string volume_dir(const Place& place, const ObjectMeta& pod, const std::string& volume) {
  return cat(data_dir(place, pod), "/volumes/", volume);
}

std::string container_dir(const Place& place, const ObjectMeta& pod, const std::string& container) {
  return cat(data_dir(place, pod), "/containers/", container);
}

std::string pod_log_dir(const Place& place, const ObjectMeta& pod) {
  return cat(place.logs, "/", unique_key(pod));
}

std::string log_path(const Place& place, const ObjectMeta& pod, const std::string& container, int64_t start) {
  return cat(pod_log_dir(place, pod), "/", container, "/", start, ".log");
}

}  // namespace kube
