// apply and create.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "cgroups/hierarchy.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/api/print.h"
#include "runtime/kube/sandbox/pod_resources.h"
#include "runtime/kube/state/objects.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/supervisor/supervise.h"
#include "runtime/kube/supervisor/teardown.h"
#include "runtime/kube/verbs/manifests.h"

namespace kube {
namespace {

// What the host lacks is said before anything is made of the pod.
Result<> check_host(const Pod& pod) {
  const cgroups::Hierarchy hierarchy = TRY(cgroups::read_hierarchy());
  return cgroups::check_controllers(hierarchy, needed_controllers(pod.spec));
}

// The name of the pod's folders must be a file's name: "NS_NAME_UID".
Result<> check_name(const Pod& pod) {
  constexpr size_t kLongest = 255 - sizeof "_00000000-0000-0000-0000-000000000000";
  if (pod_key(pod.metadata.ns, pod.metadata.name).size() <= kLongest) return {};
  return fail("namespace and name are too long together for a file name");
}

// Makes the pod's folder and locks it, so that nobody takes it for a leftover before the record is there.
// A folder that is not locked and has no record is what a creation or a removal has left that was killed.
Result<Fd> make_folder(const std::string& dir) {
  if (mkdir(dir.c_str(), 0700) == 0) return lock_pod(dir, false);
  if (errno != EEXIST) return fail_errno(errno, cat("make ", quoted(dir)));
  const Fd lock = TRY(lock_pod(dir, false));
  if (path_exists(cat(dir, "/pod.json"))) return fail("somebody else has just created it");
  TRY(remove_tree(dir));
  if (mkdir(dir.c_str(), 0700) < 0) return fail_errno(errno, cat("make ", quoted(dir)));
  return lock_pod(dir, false);
}

Result<> create_pod(const Place& place, Pod pod) {
  TRY(check_name(pod));
  TRY(check_host(pod));
  identify(pod.metadata);
  pod.status = {};
  pod.status.phase = "Pending";
  pod.status.qos_class = qos_class(pod.spec);
  TRY(make_directories(pods_dir(place), 0700));
  const std::string dir = pod_dir(place, pod.metadata.ns, pod.metadata.name);
  Fd lock = TRY(make_folder(dir));
  Result<> started = write_pod(pod, dir);
  if (started) started = claim_data(place, pod);
  lock.reset();  // the supervisor takes it
  if (started) started = start_supervisor(place, pod.metadata.ns, pod.metadata.name);
  if (!started) {
    (void)remove_tree(data_dir(place, pod.metadata));
    (void)remove_tree(dir);
  }
  return started;
}

// Both as they would be written, without what differs by its nature.
bool is_same_spec(const Pod& left, const Pod& right) {
  const auto text = [](const Pod& pod) {
    Pod plain;
    plain.spec = pod.spec;
    plain.metadata.labels = pod.metadata.labels;
    plain.metadata.annotations = pod.metadata.annotations;
    return write_pod_json(plain);
  };
  return text(left) == text(right);
}

Result<> apply_pod(const Place& place, const Pod& pod) {
  const std::string& name = pod.metadata.name;
  const Result<Pod> existing = find_pod(place, pod.metadata.ns, name);
  if (!existing) {
    if (!is_not_found(existing.error())) return std::unexpected(existing.error());
    TRY_IN(cat("pod ", quoted(name)), create_pod(place, pod));
    return say(cat("pod/", name, " created\n"));
  }
  if (existing->metadata.deletion_time.is_set())
    return fail(cat("pod ", quoted(name), " is being deleted"), cat("nacelle kube wait --for=delete pod/", name));
  if (is_same_spec(*existing, pod)) return say(cat("pod/", name, " unchanged\n"));
  return fail(cat("the Pod ", quoted(name), " is invalid: spec: Forbidden: a pod that exists cannot be changed"),
              cat("nacelle kube delete pod ", name, " first"));
}

Result<int> create_namespace(const Call& call) {
  const std::string& name = call.arguments.operands[1];
  for (const char c : name)
    if (!(c >= 'a' && c <= 'z') && !is_digit(c) && c != '-')
      return fail(cat("namespace ", quoted(name), ": not made of lower case letters, digits and '-'"));
  if (name.empty() || name.size() > 63 || name.front() == '-' || name.back() == '-')
    return fail(cat("namespace ", quoted(name), ": not a name of 1 to 63 characters between letters or digits"));
  const std::string path = cat(namespaces_dir(call.place), "/", name);
  if (path_exists(path)) return fail(cat("namespaces \"", name, "\" already exists"));
  TRY(make_directories(namespaces_dir(call.place), 0700));
  TRY(replace_file(path, ""));
  TRY(say(cat("namespace/", name, " created\n")));
  return 0;
}

}  // namespace

const std::span<const Option> kApplyOptions = kFileOptions;

Result<int> run_apply(const Call& call) {
  if (!call.arguments.has("filename")) return fail("-f FILE is missing", "see nacelle kube apply --help");
  TRY(remove_orphans(call.place));
  // As kubectl: one that fails does not keep the others from being applied.
  int code = 0;
  for (const Pod& pod : TRY(read_manifests(call)))
    if (const Result<> applied = apply_pod(call.place, pod); !applied) {
      remark(cat("error: ", applied.error().text()));
      code = 1;
    }
  return code;
}

Result<int> run_create(const Call& call) {
  const auto& operands = call.arguments.operands;
  if (operands.size() == 2 && (operands[0] == "namespace" || operands[0] == "ns")) return create_namespace(call);
  if (!operands.empty() || !call.arguments.has("filename"))
    return fail("namespace NAME or -f FILE is missing", "see nacelle kube create --help");
  for (const Pod& pod : TRY(read_manifests(call))) {
    if (find_pod(call.place, pod.metadata.ns, pod.metadata.name))
      return fail(cat("pods \"", pod.metadata.name, "\" already exists"));
    TRY_IN(cat("pod ", quoted(pod.metadata.name)), create_pod(call.place, pod));
    TRY(say(cat("pod/", pod.metadata.name, " created\n")));
  }
  return 0;
}

}  // namespace kube
