// What pod and container settings come to together.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// True for what a pod may have as a whole: cpu, memory, huge pages.
bool is_pod_level(std::string_view name);

// What its containers come to: the limits and requests of all containers and sidecars together, or of one step of the
// initialization with the sidecars before it, whichever is more (component-helpers, AggregateContainerRequests).
ResourceRequirements container_sums(const PodSpec& spec);

// The container's limits, and the pod's of what it does not limit itself (kubelet, getCPULimit and its siblings).
ResourceList container_limits(const PodSpec& spec, const Container& container);

// Guaranteed: every container has equal requests and limits of cpu and memory; BestEffort: none has any; else
// Burstable. Init containers count as all others. Where the pod has resources as a whole, those alone count.
std::string_view qos_class(const PodSpec& spec);

// All the limits that there are: what the pod has as a whole, else what its containers come to.
ResourceList pod_limits(const PodSpec& spec);

// What the pod takes at most at any time: what it has as a whole, else what its containers come to (component-helpers,
// PodRequests). Limits: only of resources that every container limits, since one without a limit makes the pod
// unlimited (kubelet, ResourceConfigForPod); of huge pages it has none.
ResourceRequirements pod_resources(const PodSpec& spec);

// The container's securityContext over the pod's.
struct EffectiveSecurity {
  std::optional<int64_t> user, group;        // empty: the image's; a group without a user counts too
  bool non_root = false;                     // refuse to start as uid 0 (check_non_root)
  std::vector<int64_t> supplemental_groups;  // fsGroup first when it is set, no duplicates
  bool merge_image_groups = true;            // supplementalGroupsPolicy Merge
  std::vector<std::string_view> add, drop;   // capabilities as written; views into the Pod
  bool read_only_root = false;
  bool no_new_privileges = false;  // never where the process could do without: privileged, CAP_SYS_ADMIN
  bool privileged = false;
  bool unmasked_proc = false;                         // procMount Unmasked
  std::optional<SecurityProfile> seccomp, app_armor;  // empty: not said
  std::optional<SeLinuxOptions> se_linux;
  std::optional<SeLinuxOptions> pod_se_linux;  // the pod's own, of what its containers share
};
EffectiveSecurity effective_security(const PodSpec& spec, const Container& container);

// AppArmor's profile for a container by the annotation of the time before the field, which gives way to both levels of
// it (Kubernetes 1.30); empty: none.
std::optional<SecurityProfile> annotated_app_armor(const ObjectMeta& metadata, const std::string& container);

// The kubelet's check before it starts a container; `image_user` is what the image names when the pod names no uid:
// a number, or a name that cannot be verified. Error: reason CreateContainerConfigError.
Result<> check_non_root(const EffectiveSecurity& security, std::string_view image_user);

// The kubelet's oom_score_adj of a container, 'capacity' being the node's memory in bytes. A sidecar is not killed
// before the main containers.
int oom_score_adj(const PodSpec& spec, const Container& container, int64_t capacity);

}  // namespace kube
