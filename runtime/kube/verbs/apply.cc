// apply, and how a pod comes into being.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "cgroups/hierarchy.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/api/print.h"
#include "runtime/kube/api/static_pod.h"
#include "runtime/kube/sandbox/pod_resources.h"
#include "runtime/kube/state/limit_ranges.h"
#include "runtime/kube/state/lookup.h"
#include "runtime/kube/state/namespaces.h"
#include "runtime/kube/state/objects.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/supervisor/resume.h"
#include "runtime/kube/supervisor/supervise.h"
#include "runtime/kube/supervisor/teardown.h"
#include "runtime/kube/tokens/service_account.h"
#include "runtime/kube/verbs/change.h"
#include "runtime/kube/verbs/create.h"
#include "runtime/kube/verbs/kustomization.h"
#include "runtime/kube/verbs/last_applied.h"
#include "runtime/kube/verbs/manifests.h"
#include "runtime/kube/verbs/object_write.h"
#include "runtime/kube/verbs/output.h"

namespace kube {
namespace {

constexpr Option kApply[] = {
    kFilenameOption,
    {"kustomize", 'k', "DIR", "a folder with a kustomization.yaml"},
    {"dry-run", 0, "MODE", "client: say what would be done, and do nothing"},
    {"output", 'o', "FORMAT", "yaml, json, name or jsonpath=TEMPLATE"},
};

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
  if (mkdir(dir.c_str(), 0700) == 0) return lock_pod(dir);
  if (errno != EEXIST) return fail_errno(errno, cat("make ", quoted(dir)));
  const Fd lock = TRY(lock_pod(dir));
  if (path_exists(cat(dir, "/pod.json"))) return fail("somebody else has just created it");
  TRY(remove_tree(dir));
  if (mkdir(dir.c_str(), 0700) < 0) return fail_errno(errno, cat("make ", quoted(dir)));
  return lock_pod(dir);
}

Result<> make_pod(const Place& place, Pod pod) {
  TRY(check_name(pod));
  TRY(admit_limit_ranges(place, pod));
  TRY(check_host(pod));
  // A static pod runs as nobody's account.
  if (!is_static(pod)) TRY(admit_service_account(place, pod));
  identify(pod.metadata);
  pod.metadata.generation = 1;
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

Result<Change> apply_pod(const Place& place, const Pod& pod) {
  const std::string& name = pod.metadata.name;
  const Result<Pod> existing = find_pod(place, pod.metadata.ns, name);
  if (!existing) {
    if (!is_not_found(existing.error())) return std::unexpected(existing.error());
    TRY(create_pod(place, std::get<Pod>(with_last_applied(pod))));
    return Change::created;
  }
  if (existing->metadata.deletion_time.is_set())
    return fail(cat("pod ", quoted(name), " is being deleted"), cat("nacelle kube wait --for=delete pod/", name));
  return TRY(apply_to_pod(place, *existing, pod)) ? Change::configured : Change::unchanged;
}

Result<std::string_view> apply_any(const Place& place, const Object& object) {
  const Pod* pod = std::get_if<Pod>(&object);
  switch (pod ? TRY(apply_pod(place, *pod)) : TRY(apply_object(place, object))) {
    case Change::created: return "created";
    case Change::configured: return "configured";
    case Change::unchanged: return "unchanged";
  }
  return fail("no such change");
}

// As kubectl's --dry-run=client, which does not look what would differ.
Result<std::string_view> foresee(const Place& place, const Object& object) {
  const ObjectMeta& metadata = metadata_of(object);
  const Result<Object> present = find_object(place, kind_of(object), metadata.ns, metadata.name);
  if (!present && !is_not_found(present.error())) return std::unexpected(present.error());
  return present ? "configured" : "created";
}

Result<std::vector<Object>> read_all_manifests(const Call& call) {
  const bool has_files = call.arguments.has("filename"), has_folder = call.arguments.has("kustomize");
  if (has_files == has_folder)
    return fail(has_files ? "-f and -k do not go together" : "-f FILE or -k DIR is missing",
                "see nacelle kube apply --help");
  return has_folder ? read_kustomization(call) : read_manifests(call);
}

// After what was killed since the last time.
Result<> tidy_up(const Place& place) {
  TRY(remove_orphans(place));
  for (const std::string& problem : resume_lost_pods(place)) remark(cat("Warning: ", problem));
  return {};
}

}  // namespace

const std::span<const Option> kApplyOptions = kApply;

Result<> create_pod(const Place& place, const Pod& pod) {
  TRY(ensure_namespace(place, pod.metadata.ns));
  if (!pod.spec.readiness_gates.empty())
    remark("Warning: spec.readinessGates: nobody sets conditions of pods here; the pod does not wait for them");
  TRY_IN(cat("pod ", quoted(pod.metadata.name)), make_pod(place, pod));
  return {};
}

Result<int> run_apply(const Call& call) {
  const Output output = TRY(parse_output(call.arguments.value("output")));
  const bool is_dry = TRY(is_dry_run(call));
  const std::vector<Object> objects = TRY(read_all_manifests(call));
  if (!is_dry) TRY(tidy_up(call.place));
  // As kubectl: one that fails does not keep the others from being applied.
  int code = 0;
  std::vector<Object> done;
  for (const Object& object : objects) {
    const Result<std::string_view> change = is_dry ? foresee(call.place, object) : apply_any(call.place, object);
    if (change) {
      if (output.format == Output::Format::table) TRY(say_done(object, *change, is_dry));
      done.push_back(object);
    } else {
      remark(cat("error: ", change.error().text()));
      code = 1;
    }
  }
  if (output.format != Output::Format::table && !done.empty())
    TRY(say(TRY(print_objects(done, output, objects.size() == 1))));
  return code;
}

}  // namespace kube
