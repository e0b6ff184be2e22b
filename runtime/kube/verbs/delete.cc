// delete: asks the supervisor, or does its work when it is dead.
#include <unistd.h>

#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/supervisor/control.h"
#include "runtime/kube/supervisor/teardown.h"
#include "runtime/kube/verbs/duration.h"
#include "runtime/kube/verbs/manifests.h"
#include "runtime/kube/verbs/resource.h"

namespace kube {
namespace {

constexpr Option kDelete[] = {
    {"filename", 'f', "FILE", "the pods of a manifest, a folder of them, or - for stdin"},
    {"grace-period", 0, "SECONDS", "until the containers are killed (default: the pod's own)"},
    {"now", 0, "", "a grace period of one second"},
    {"force", 0, "", "kill at once"},
    {"all", 0, "", "all pods of the namespace"},
    {"ignore-not-found", 0, "", "a pod that is not there is no error"},
    {"wait", 0, "", "--wait=false: do not wait until everything is gone"},
    {"timeout", 0, "TIME", "wait no longer than this, e.g. 30s"},
};

struct Deletion {
  std::string ns, name;
};

Result<int64_t> grace_of(const Call& call, const Pod& pod) {
  if (call.arguments.has("force")) return 0;
  if (call.arguments.has("now")) return 1;
  if (!call.arguments.has("grace-period")) return pod.spec.termination_grace_period.value_or(30);
  const std::string text = call.arguments.value("grace-period");
  const auto seconds = parse_number<int64_t>(text);
  if (!seconds || *seconds < -1 || *seconds > INT32_MAX)
    return fail(cat("--grace-period: ", quoted(text), " is no number of seconds"));
  return *seconds == -1 ? pod.spec.termination_grace_period.value_or(30) : *seconds;
}

// True when the pod's supervisor has been told, or has done it meanwhile.
bool ask_supervisor(const std::string& dir, int64_t grace) {
  return send_request(dir, {grace}).has_value();
}

// Nobody looks after the pod: whatever is there of it is removed from here.
Result<> remove_orphan(const Place& place, const Pod& pod, const std::string& dir) {
  const Result<Fd> lock = lock_pod(dir, true);
  if (!path_exists(cat(dir, "/pod.json"))) return {};  // its supervisor came to an end just now
  if (!lock) return std::unexpected(lock.error());
  return remove_pod(place, pod);
}

Result<int> wait_limit(const Call& call) {
  if (!call.arguments.has("timeout")) return -1;
  const int64_t limit = TRY_IN("--timeout", parse_duration(call.arguments.value("timeout")));
  return limit == 0 ? -1 : static_cast<int>(limit);
}

Result<> delete_pod(const Call& call, const Deletion& deletion) {
  const Pod pod = TRY(find_pod(call.place, deletion.ns, deletion.name));
  const std::string dir = pod_dir(call.place, deletion.ns, deletion.name);
  const int64_t grace = TRY(grace_of(call, pod));
  const std::optional<Pidfd> supervisor = find_supervisor(dir);
  const bool is_asked = supervisor && ask_supervisor(dir, grace);
  if (!is_asked) TRY_IN(cat("delete pod ", quoted(deletion.name)), remove_orphan(call.place, pod, dir));
  TRY(say(cat("pod \"", deletion.name, call.arguments.has("force") ? "\" force deleted\n" : "\" deleted\n")));
  if (!is_asked || call.arguments.value("wait") == "false") return {};
  if (!wait_end(*supervisor, TRY(wait_limit(call))))
    return fail(cat("timed out waiting for the end of pods/", deletion.name));
  if (!path_exists(cat(dir, "/pod.json"))) return {};
  // Killed in the middle of it, or it had run to its end before it heard us.
  TRY_IN(cat("delete pod ", quoted(deletion.name)), remove_orphan(call.place, pod, dir));
  return {};
}

Result<int> delete_all(const Call& call, const std::vector<Deletion>& deletions) {
  int code = 0;
  for (const Deletion& deletion : deletions) {
    const Result<> deleted = delete_pod(call, deletion);
    if (deleted) continue;
    if (is_not_found(deleted.error()) && call.arguments.has("ignore-not-found")) continue;
    remark(cat("error: ", deleted.error().text()));
    code = 1;
  }
  return code;
}

Result<std::vector<Deletion>> pods_of(const Place& place, const std::string& ns) {
  std::vector<Deletion> deletions;
  for (const Pod& pod : TRY(list_pods(place, ns))) deletions.push_back({pod.metadata.ns, pod.metadata.name});
  return deletions;
}

Result<int> delete_namespaces(const Call& call, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string path = cat(namespaces_dir(call.place), "/", name);
    const std::vector<Deletion> pods = TRY(pods_of(call.place, name));
    if (name == "default") return fail("namespaces \"default\" is forbidden: this namespace may not be deleted");
    if (name.find('/') != name.npos || (!path_exists(path) && pods.empty()))
      return fail(cat("namespaces \"", name, "\" not found"));
    if (const int code = TRY(delete_all(call, pods)); code != 0) return code;
    TRY(remove_tree(path));
    TRY(say(cat("namespace \"", name, "\" deleted\n")));
  }
  return 0;
}

Result<std::vector<Deletion>> read_deletions(const Call& call, const Resources& resources) {
  std::vector<Deletion> deletions;
  for (const std::string& name : resources.names) deletions.push_back({call.ns, name});
  if (call.arguments.has("filename"))
    for (const Pod& pod : TRY(read_manifests(call))) deletions.push_back({pod.metadata.ns, pod.metadata.name});
  if (deletions.empty() && !call.arguments.has("filename")) {
    if (!call.arguments.has("all")) return fail("no pod was named", "a NAME, -f FILE or --all");
    return pods_of(call.place, call.ns);
  }
  return deletions;
}

}  // namespace

const std::span<const Option> kDeleteOptions = kDelete;

Result<int> run_delete(const Call& call) {
  Resources resources;
  if (!call.arguments.operands.empty()) resources = TRY(parse_resources(call.arguments.operands));
  if (resources.kind == Kind::event) return fail("events are not deleted");
  if (resources.kind == Kind::ns) return delete_namespaces(call, resources.names);
  if (call.arguments.has("force"))
    remark("Warning: Immediate deletion does not wait for the containers to end by themselves.");
  return delete_all(call, TRY(read_deletions(call, resources)));
}

}  // namespace kube
