// Where this node keeps its pods: one folder each for what must not outlive a boot, what may be large, and the logs.
//
//   <root>/pods/NS_NAME/                       known without asking anybody; on a tmpfs
//     pod.json  events                         spec and status; history (record.h)
//     allocation                               what the pod has been given of the node (allocation.h)
//     lock      supervisor                     who looks after it (record.h)
//     control                                  socket of the supervisor (supervisor/control.h)
//     oci/ID/                                  states of its containers (runtime/lifecycle)
//   <root>/room                                locked by who takes room, touched by who leaves some (room.h)
//   <root>/user-ids/FIRST                      to whose pod the ids of the host from there on belong (user_ids.h)
//   <data>/NS_NAME_UID/                        on a disk: pages of a tmpfs would be charged to the containers
//     sandbox/  etc/  shm/  volumes/NAME/  images/NAME/  of the pod
//     containers/NAME/                         root, bundle and termination log of one container
//   <objects>/configmaps/NS/NAME.yaml …        what pods refer to; it outlives a boot (objects.h)
//   <logs>/NS_NAME_UID/CONTAINER/N.log         the N-th start of a container, as a CRI writes it
#pragma once

#include <string>

#include "runtime/kube/api/pod.h"

namespace kube {

struct Place {
  std::string root = "/run/nacelle-kube";
  std::string data = "/var/lib/nacelle/pods";
  std::string logs = "/var/log/pods";
  std::string images = "/var/lib/nacelle/images";
  std::string objects = "/var/lib/nacelle/objects";  // objects.h
  std::string seccomp = "/var/lib/nacelle/seccomp";  // profiles that localhostProfile names
};

// A place of its own below one folder, for tests and for a second node on one machine.
Place place_below(const std::string& root);

// "NS_NAME"; neither part can hold a '_'.
std::string pod_key(const std::string& ns, const std::string& name);

std::string pods_dir(const Place& place);
std::string pod_dir(const Place& place, const std::string& ns, const std::string& name);
std::string oci_root(const std::string& pod_dir);

// The folders of a pod that has a uid.
std::string data_dir(const Place& place, const ObjectMeta& pod);
std::string volume_dir(const Place& place, const ObjectMeta& pod, const std::string& volume);
std::string container_dir(const Place& place, const ObjectMeta& pod, const std::string& container);
std::string pod_log_dir(const Place& place, const ObjectMeta& pod);
std::string log_path(const Place& place, const ObjectMeta& pod, const std::string& container, int64_t start);

}  // namespace kube
