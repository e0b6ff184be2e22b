#include "runtime/kube/state/record.h"

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/print.h"
#include "runtime/kube/state/folder.h"

namespace kube {
Result<> write_pod(const Pod& pod, const std::string& dir) {
  return replace_file(cat(dir, "/pod.json"), write_pod_json(pod));
}

Result<Pod> read_pod(const std::string& dir) {
  std::string path = cat(dir, "/pod.json");
  return TRY_IN(path, read_pod_json(TRY(read_file(path))));
}

bool needs_supervisor(const Pod& pod) {
  return !is_finished(pod.status) || pod.metadata.deletion_time.is_set();
}

void mark_lost(Pod& pod) {
  pod.status.phase = "Unknown";
  pod.status.reason = "SupervisorLost";
  pod.status.message = "the pod's supervisor has ended; apply and watch start another one";
  for (PodCondition& condition : pod.status.conditions)
    if (condition.type == "Ready" || condition.type == "ContainersReady") condition.status = "Unknown";
  for (ContainerStatus* status : all_statuses(pod.status)) {
    status->ready = false;
    if (status->state.waiting) status->state.waiting->reason = pod.status.reason;
  }
}

bool is_lost(const Pod& pod) {
  return pod.status.phase == "Unknown";
}

Result<std::vector<Pod>> list_pods(const Place& place, const std::string& ns) {
  std::vector<Pod> pods;
  for (const std::string& key : TRY(list_names(pods_dir(place)))) {
    if (!ns.empty() && !key.starts_with(cat(ns, "_"))) continue;
    std::string dir = cat(pods_dir(place), "/", key);
    Result<Pod> pod = read_pod(dir);
    if (!pod) continue;
    if (needs_supervisor(*pod) && !find_supervisor(dir)) mark_lost(*pod);
    pods.push_back(*std::move(pod));
  }
  return pods;
}

Result<Pod> find_pod(const Place& place, const std::string& ns, const std::string& name) {
  std::string dir = pod_dir(place, ns, name);
  const auto not_found = [&] { return fail(cat("pods \"", name, "\" not found")); };
  if (name.find('/') != name.npos || !path_exists(cat(dir, "/pod.json"))) return not_found();
  Result<Pod> pod = read_pod(dir);
  if (!pod && pod.error().err == ENOENT) return not_found();  // removed since then
  if (pod && needs_supervisor(*pod) && !find_supervisor(dir)) mark_lost(*pod);
  return pod;
}

bool is_not_found(const Error& error) {
  return error.err == 0 && error.message.ends_with("\" not found");
}

Result<> write_supervisor(const std::string& dir, pid_t pid) {
  std::optional<uint64_t> start = read_start_time(pid);
  if (!start) return fail(cat("process ", pid, " has ended"));
  return replace_file(cat(dir, "/supervisor"), cat(pid, " ", *start, "\n"));
}

std::optional<Pidfd> find_supervisor(const std::string& dir) {
  Result<std::string> text = read_file(cat(dir, "/supervisor"), 64);
  if (!text) return {};
  std::vector<std::string> words = split(trimmed(*text), ' ');
  if (words.size() != 2) return {};
  std::optional<pid_t> pid = parse_number<pid_t>(words[0]);
  std::optional<uint64_t> start = parse_number<uint64_t>(words[1]);
  if (!pid || !start || *pid <= 0) return {};
  // Opened first, compared then: a pid that was reused in between has another start time.
  Result<Pidfd> process = open_pidfd(*pid);
  if (!process || read_start_time(*pid) != start) return {};
  return std::move(*process);
}

Result<Fd> lock_pod(const std::string& dir) {
  return lock_file(cat(dir, "/lock"), false);
}

}  // namespace kube
