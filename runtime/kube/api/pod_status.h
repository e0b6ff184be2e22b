// What is observed of a Pod, and its history. Plain data, as pod.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/kube/api/resources.h"
#include "runtime/kube/api/time.h"

namespace kube {

// What the containers wait for while the pod's init containers are at work.
constexpr const char* kPodInitializing = "PodInitializing";

struct StateWaiting {
  std::string reason, message;  // ContainerCreating, CrashLoopBackOff, ErrImagePull …
};

struct StateRunning {
  Time started_at;
};

struct StateTerminated {
  int64_t exit_code = 0, signal = 0;
  std::string reason, message;  // Completed, Error, OOMKilled, StartError …
  Time started_at, finished_at;
  std::string container_id;  // "nacelle://<id>"
};

// At most one is there; none means waiting.
struct ContainerState {
  std::optional<StateWaiting> waiting;
  std::optional<StateRunning> running;
  std::optional<StateTerminated> terminated;
};

struct LinuxUser {
  int64_t uid = 0, gid = 0;
  std::vector<int64_t> supplemental_groups;
};

struct ContainerUser {
  std::optional<LinuxUser> linux_user;  // "linux" is a macro of the compiler
};

struct ContainerStatus {
  std::string name;
  ContainerState state, last_state;
  bool ready = false;
  int64_t restart_count = 0;
  std::string image, image_id, container_id;
  std::optional<bool> started;
  ResourceList allocated_resources;
  std::optional<ResourceRequirements> resources;
  std::optional<ContainerUser> user;
  std::string stop_signal;  // where the container's lifecycle names one
};

struct PodCondition {
  std::string type;    // PodScheduled, Initialized, ContainersReady, Ready
  std::string status;  // True, False, Unknown
  Time last_probe_time, last_transition_time;
  std::string reason, message;
  int64_t observed_generation = 0;
};

struct PodIp {
  std::string ip;
};

struct PodStatus {
  int64_t observed_generation = 0;  // of the spec that the rest speaks of
  std::string phase;                // Pending, Running, Succeeded, Failed, Unknown
  std::vector<PodCondition> conditions;
  std::string message, reason;
  std::string host_ip, pod_ip;
  std::vector<PodIp> host_ips, pod_ips;
  Time start_time;
  std::vector<ContainerStatus> init_container_statuses, container_statuses;
  std::string qos_class;  // Guaranteed, Burstable, BestEffort
  std::string resize;     // Proposed, InProgress, Deferred, Infeasible; the conditions say the same since 1.33
};

// One line of a pod's history. `count` is how often it was seen between `first` and `last`.
struct Event {
  std::string type;    // Normal, Warning
  std::string reason;  // Pulled, Created, Started, BackOff, Killing …
  std::string from;    // who says so: "nacelle"
  std::string message;
  std::string object;  // "spec.containers{web}", or empty for the pod itself
  int64_t count = 1;
  Time first, last;
};

}  // namespace kube
