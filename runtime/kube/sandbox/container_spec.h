// From a container of a Pod to what the runtime core is asked for. Pure: all that must be found out is found out
// before.
#pragma once

#include <string>
#include <vector>

#include "runtime/kube/api/effective.h"
#include "runtime/kube/api/pod.h"
#include "runtime/kube/images/images.h"
#include "runtime/kube/sandbox/confinement.h"
#include "runtime/kube/sandbox/identity.h"
#include "runtime/kube/sandbox/node_info.h"
#include "runtime/kube/state/place.h"
#include "runtime/oci/spec.h"

namespace kube {

class PodTokens;

// What belongs to the pod as a whole.
struct PodContext {
  const Pod* pod = nullptr;
  NodeInfo node;
  std::string data_dir;                     // data_dir() of state/place.h
  std::string cgroup_path;                  // of the pod
  pid_t sandbox_pid = 0;                    // pause: whose namespaces the containers join
  std::string network_resolver = {};        // what its network says of names, as resolv.conf(5); empty: nothing
  std::vector<int64_t> volume_groups = {};  // that the pod's persistent volumes ask for
  const Place* place = nullptr;             // where the objects are that it refers to
  PodTokens* tokens = nullptr;
  int host_mounts = -1;  // the host's mount namespace, where the caller has another; -1: it has not
  // With hostUsers false: from the pod's ids to the host's.
  std::vector<sandbox::IdMapping> id_mappings = {};
};

struct ContainerContext {
  const PodContext* pod = nullptr;
  const Container* container = nullptr;
  const images::ImageConfig* image = nullptr;
  std::string id;
  std::string dir;     // the container's folder, with the termination log
  std::string rootfs;  // on the host
  Identity identity;
  Confinement confinement;
  std::vector<sandbox::Device> host_devices;  // for a privileged one
  std::vector<EnvVar> env;                    // resolved and expanded (environment.h)
};

// Errors: no command at all, an unknown capability, a volume mount without a volume.
Result<oci::Spec> container_spec(const ContainerContext& context);

// The sandbox: pause, alone in new namespaces, and in the host's as far as the pod asks for them. `rootfs` holds
// nothing but "pause". Error: the host name is too long.
Result<oci::Spec> sandbox_spec(const PodContext& context, const std::string& id, const std::string& rootfs);

// The program and its arguments: command and args of the Pod over entrypoint and cmd of the image (a command hides
// both of the image's), $(VAR) expanded with `env`. Error: there is none.
Result<std::vector<std::string>> container_arguments(const Container& container, const std::vector<EnvVar>& env,
                                                     const images::ImageConfig& image);

// "NAME=value": PATH, TERM and HOSTNAME as a CRI sets them, the image's, the context's, HOME where nobody gave it.
std::vector<std::string> container_env(const ContainerContext& context);

// The pod's host name without a domain.
std::string pod_hostname(const Pod& pod, const NodeInfo& node);
// What its programs see as their host's name: with the domain where setHostnameAsFQDN says so and it fits.
std::string shown_hostname(const Pod& pod, const NodeInfo& node);

// The OOM score of the container, not below what the host lets us set.
int container_oom_score_adj(const PodContext& context, const Container& container);

// The signal that ends a container politely: the image's ("SIGQUIT", "QUIT", "3"), SIGTERM when it names none or
// nonsense.
int stop_signal(const std::string& image_signal);

}  // namespace kube
