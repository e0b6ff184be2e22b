// What all containers of a pod see alike: their hostname, hosts and resolv.conf, and the memory that they share by
// name. containerd makes these for a pod with a pause container, and leaves them to a shim that keeps the pod's
// sandbox.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "runtime/oci/spec.h"
#include "runtime/shim/sandbox/pod_spec.h"

namespace shim {

// Where they are kept: in the sandbox's bundle, which goes with the pod.
std::string pod_folder(const std::string& bundle);
std::string pod_shm(const std::string& bundle);

struct PodFile {
  std::string name;  // in the pod's folder, and in /etc of its containers
  std::string text;
};
// The host's own, for what the CRI says nothing of.
struct HostFiles {
  std::string hostname, hosts, resolv_conf;
};
std::vector<PodFile> pod_files(const Pod& pod, const HostFiles& host);

// Whom they belong to, so that the containers' root may write them: root, or that of the pod's user namespace.
struct PodOwner {
  uid_t uid = 0;
  gid_t gid = 0;
};
PodOwner pod_owner(const Pod& pod);

// On the host's System V memory a pod is also on the host's /dev/shm.
bool has_own_shm(const Pod& pod);

// Adds them to the config of a container of the pod, read-only where its root is. What the config mounts there itself
// stays, but for the fresh tmpfs at /dev/shm that containerd gives every container. A container is the pod's when the
// CRI has annotated it so; others are left alone, and false comes back.
bool give_pod_files(const Pod& pod, oci::Spec& spec);

}  // namespace shim
