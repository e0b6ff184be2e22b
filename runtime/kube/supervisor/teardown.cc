#include "runtime/kube/supervisor/teardown.h"

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "cgroups/hierarchy.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/images/images.h"
#include "runtime/kube/network/cni.h"
#include "runtime/kube/sandbox/image_volumes.h"
#include "runtime/kube/sandbox/pod_cgroup.h"
#include "runtime/kube/sandbox/pod_files.h"
#include "runtime/kube/sandbox/pod_resources.h"
#include "runtime/kube/state/folder.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/state/room.h"
#include "runtime/kube/state/user_ids.h"
#include "runtime/kube/storage/claims.h"
#include "runtime/lifecycle/lifecycle.h"

namespace kube {
namespace {

// The folder in which the lifecycle keeps the empty directory for masked paths begins with a dot and is passed over.
Result<> remove_containers(const std::string& root) {
  for (const std::string& id : TRY(list_names(root))) TRY(lifecycle::remove(root, id, true));
  return {};
}

Result<> remove_roots(const Place& place, const Pod& pod) {
  const images::Store store{place.images};
  for (const std::string& name : TRY(list_names(cat(data_dir(place, pod.metadata), "/containers"))))
    TRY(images::remove_rootfs(store, container_dir(place, pod.metadata, name)));
  return remove_image_volumes(store, data_dir(place, pod.metadata));
}

// Whether the folder NS_NAME_UID belongs to a pod of this place that has a record.
bool has_record(const Place& place, const std::string& key) {
  const size_t first = key.find('_'), last = key.rfind('_');
  if (first == last) return true;  // none of ours
  const Result<Pod> pod = read_pod(cat(pods_dir(place), "/", key.substr(0, last)));
  return pod && pod->metadata.uid == key.substr(last + 1);
}

}  // namespace

Result<> claim_data(const Place& place, const Pod& pod) {
  TRY(make_directories(data_dir(place, pod.metadata), 0700));
  return replace_file(cat(data_dir(place, pod.metadata), "/owner"), place.root);
}

Result<> remove_orphans(const Place& place) {
  for (const std::string& key : TRY(list_names(place.data))) {
    const std::string dir = cat(place.data, "/", key);
    if (read_file(cat(dir, "/owner"), 4096).value_or("") != place.root || has_record(place, key)) continue;
    TRY(remove_pod_files(dir));
    TRY(remove_tree(cat(place.logs, "/", key)));
  }
  return {};
}

Result<> remove_pod_containers(const Place& place, const Pod& pod) {
  const cgroups::Hierarchy hierarchy = TRY(cgroups::read_hierarchy());
  TRY(remove_containers(oci_root(pod_dir(place, pod.metadata.ns, pod.metadata.name))));
  TRY(remove_pod_cgroup(hierarchy, pod_cgroup_path(qos_class(pod.spec), pod.metadata.uid)));
  return remove_roots(place, pod);
}

Result<> remove_pod_remains(const Place& place, const Pod& pod) {
  const std::string dir = pod_dir(place, pod.metadata.ns, pod.metadata.name);
  // First, while the network namespace is there. A plugin that fails keeps nothing else, and will be called again.
  Result<> left = leave_network(place, pod);
  TRY(remove_pod_containers(place, pod));
  TRY(remove_pod_files(data_dir(place, pod.metadata)));
  TRY(give_back_user_ids(place, pod.metadata.uid));
  TRY(remove_tree(oci_root(dir)));
  return left;
}

Result<> remove_pod(const Place& place, const Pod& pod) {
  TRY(remove_pod_remains(place, pod));
  TRY(remove_tree(pod_log_dir(place, pod.metadata)));
  const std::string dir = pod_dir(place, pod.metadata.ns, pod.metadata.name);
  for (const char* file : {"allocation", "events", "supervisor", "control"}) TRY(remove_tree(cat(dir, "/", file)));
  TRY(remove_tree(cat(dir, "/pod.json")));
  TRY(remove_tree(dir));
  announce_room(place);
  return release_claims(place, pod);
}

Result<> release_claims(const Place& place, const Pod& pod) {
  return claims_of(pod).empty() ? Result<>() : sync_storage(place);
}

Result<> remove_container(const Place& place, const Pod& pod, const std::string& container, const std::string& id) {
  const std::string dir = pod_dir(place, pod.metadata.ns, pod.metadata.name);
  TRY(lifecycle::remove(oci_root(dir), id, true));
  return images::remove_rootfs(images::Store{place.images}, container_dir(place, pod.metadata, container));
}

}  // namespace kube
