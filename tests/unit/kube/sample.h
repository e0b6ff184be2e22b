// A pod in the middle of its life, for the printers.
#pragma once

#include "runtime/kube/api/pod.h"

inline constexpr kube::Time kSampleNow{1795387922};  // 2026-11-22T22:52:02Z

inline kube::Time before_sample(int64_t seconds) {
  return {kSampleNow.seconds - seconds};
}

// "demo": the container "web" runs, "worker" was killed for its memory and waits in the back-off.
inline kube::Pod sample_pod() {
  using namespace kube;
  Pod pod;
  pod.metadata = {.name = "demo",
                  .ns = "default",
                  .uid = "0d0fcc6b-1d0c-4a5b-9c55-6a5b2c1f9a10",
                  .labels = {{"app", "demo"}, {"tier", "1"}},
                  .annotations = {{"note", "hello"}},
                  .creation_time = before_sample(600)};
  Container web{
      .name = "web",
      .image = "nginx:1.27",
      .ports = {{.name = "http", .container_port = 80, .protocol = "TCP"}, {.container_port = 443, .protocol = "TCP"}},
      .env = {{"GREETING", "hello"}, {"LINES", "a\nb"}},
      .volume_mounts = {{.name = "pages", .read_only = true, .mount_path = "/usr/share"},
                        {.name = "cache", .mount_path = "/cache"}},
      .image_pull_policy = "IfNotPresent"};
  Container worker{.name = "worker",
                   .image = "stress",
                   .command = {"stress"},
                   .args = {"--vm", "1"},
                   .resources = {.limits = {{"cpu", *parse_quantity("1")}, {"memory", *parse_quantity("100Mi")}},
                                 .requests = {{"cpu", *parse_quantity("0.5")}, {"memory", *parse_quantity("50Mi")}}}};
  pod.spec.containers = {web, worker};
  pod.spec.volumes = {{"pages", EmptyDir{}}, {"cache", EmptyDir{"Memory", *parse_quantity("64Mi")}}};
  pod.spec.node_name = "node01";
  pod.spec.priority = 0;
  pod.spec.restart_policy = "Always";
  pod.status.phase = "Running";
  pod.status.host_ip = "127.0.0.1";
  pod.status.pod_ip = "10.0.0.2";
  pod.status.pod_ips = {{"10.0.0.2"}};
  pod.status.start_time = before_sample(600);
  pod.status.qos_class = "Burstable";
  pod.status.conditions = {{.type = "Initialized", .status = "True", .last_transition_time = before_sample(599)},
                           {.type = "Ready",
                            .status = "False",
                            .last_transition_time = before_sample(240),
                            .reason = "ContainersNotReady",
                            .message = "containers with unready status: [worker]"}};
  ContainerStatus running{
      .name = "web", .image = "nginx:1.27", .image_id = "sha256:aa", .container_id = "nacelle://web1"};
  running.ready = true;
  running.started = true;
  running.state.running = StateRunning{before_sample(598)};
  ContainerStatus waiting{
      .name = "worker", .image = "stress", .image_id = "sha256:bb", .container_id = "nacelle://wrk2"};
  waiting.restart_count = 2;
  waiting.started = false;
  waiting.state.waiting = StateWaiting{"CrashLoopBackOff", "back-off 20s restarting failed container=worker"};
  waiting.last_state.terminated = StateTerminated{.exit_code = 137,
                                                  .reason = "OOMKilled",
                                                  .started_at = before_sample(240),
                                                  .finished_at = before_sample(232),
                                                  .container_id = "nacelle://wrk2"};
  pod.status.container_statuses = {running, waiting};
  return pod;
}

inline std::vector<kube::Event> sample_events() {
  return {{.type = "Normal",
           .reason = "Pulled",
           .from = "nacelle",
           .message = "Container image \"nginx:1.27\" already present on machine",
           .object = "spec.containers{web}",
           .first = before_sample(599),
           .last = before_sample(599)},
          {.type = "Warning",
           .reason = "BackOff",
           .from = "nacelle",
           .message = "Back-off restarting failed container worker in pod demo_default\n",
           .object = "spec.containers{worker}",
           .count = 3,
           .first = before_sample(240),
           .last = before_sample(10)}};
}
