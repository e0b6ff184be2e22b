// What a pod takes of the disk, and whether that is more than it may.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "runtime/kube/api/pod.h"
#include "runtime/kube/state/place.h"

namespace kube {

// In bytes, by name.
struct StorageUsage {
  std::map<std::string, int64_t> volumes;     // emptyDirs on the disk
  std::map<std::string, int64_t> containers;  // what each has written beside its volumes, with its logs
  int64_t etc_files = 0;                      // they are the pod's, and every container can write them (CVE-2020-8557)
};

// Whether there is anything to hold the usage against: the sizeLimit of an emptyDir on the disk, or a container's limit
// of ephemeral-storage. Pure.
bool has_storage_limit(const PodSpec& spec);

// As much of it as the pod's limits need.
StorageUsage read_storage_usage(const Place& place, const Pod& pod);

// Why the pod is to be evicted, in the kubelet's words and order: a volume, the pod as a whole, a container; empty when
// it keeps to its limits. Pure.
std::string find_storage_excess(const PodSpec& spec, const StorageUsage& usage);

}  // namespace kube
