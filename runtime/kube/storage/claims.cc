#include "runtime/kube/storage/claims.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/state/objects.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/storage/claim_check.h"

namespace kube {
namespace {

constexpr std::string_view kGroupAnnotation = "pv.beta.kubernetes.io/gid";
constexpr std::string_view kTemporary = "/tmp/";

// Writes what has changed, removes what is gone.
template <class T>
Result<> write_changes(const Place& place, const std::vector<T>& before, const std::vector<T>& after) {
  for (const T& old : before) {
    const auto now = std::ranges::find_if(after, [&](const T& object) {
      return object.metadata.ns == old.metadata.ns && object.metadata.name == old.metadata.name;
    });
    if (now == after.end())
      TRY(remove_object<T>(place, old.metadata.ns, old.metadata.name));
    else if (!is_same(old, *now))
      TRY(write_object(place, *now));
  }
  return {};
}

// /tmp is everybody's: no symlink is followed there.
Result<> remove_content(const PersistentVolume& volume) {
  if (!volume.spec.host_path)
    return fail(cat("error getting deleter volume plugin for volume \"", volume.metadata.name,
                    "\": no deletable volume plugin matched"));
  const std::string path = clean_path(volume.spec.host_path->path);
  if (!path.starts_with(kTemporary))
    return fail(cat("host_path deleter only supports /tmp/.+ but received provided ", path));
  const size_t slash = path.rfind('/');
  const Fd top(open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!top.is_open()) return fail_errno(errno, "open '/tmp'");
  const std::string parent =
      slash < kTemporary.size() ? "." : path.substr(kTemporary.size(), slash - kTemporary.size());
  const Result<Fd> folder = open_beneath(top.get(), parent, O_RDONLY | O_DIRECTORY);
  if (!folder && folder.error().err == ENOENT) return {};
  if (!folder) return std::unexpected(folder.error());
  return remove_tree_at(folder->get(), path.substr(slash + 1));
}

void reclaim(std::vector<PersistentVolume>& volumes) {
  std::erase_if(volumes, [](PersistentVolume& volume) {
    if (!is_reclaimed(volume)) return false;
    const Result<> removed = remove_content(volume);
    if (!removed) volume.status = {"Failed", removed.error().text(), "VolumeFailedDelete"};
    return removed.has_value();
  });
}

// Gives what is there then. The caller has the lock of the objects.
Result<Storage> sync_locked(const Place& place, const std::vector<Pod>& pods) {
  const Storage before = TRY(read_storage(place));
  Storage after = before;
  settle(after, [&](const PersistentVolumeClaim& claim) {
    return std::ranges::any_of(pods, [&](const Pod& pod) {
      const std::vector<std::string> claims = claims_of(pod);
      return pod.metadata.ns == claim.metadata.ns && holds_claims(pod) &&
             std::ranges::find(claims, claim.metadata.name) != claims.end();
    });
  });
  reclaim(after.volumes);
  // Volumes first: a claim that says Bound must find its volume saying so too, whenever we are killed.
  TRY(write_changes(place, before.volumes, after.volumes));
  TRY(write_changes(place, before.claims, after.claims));
  return after;
}

template <class T>
Result<> begin_deletion(const Place& place, const std::string& ns, const std::string& name) {
  {
    const Fd lock = TRY(lock_objects(place));
    T object = TRY(read_object<T>(place, ns, name));
    if (!object.metadata.deletion_time.is_set()) {
      object.metadata.deletion_time = now();
      TRY(write_object(place, object));
    }
  }
  return sync_storage(place);
}

}  // namespace

Result<> sync_storage(const Place& place) {
  const Fd lock = TRY(lock_objects(place));
  TRY(sync_locked(place, TRY(list_pods(place, ""))));
  return {};
}

Result<> delete_claim(const Place& place, const std::string& ns, const std::string& name) {
  return begin_deletion<PersistentVolumeClaim>(place, ns, name);
}

Result<> delete_volume(const Place& place, const std::string& name) {
  return begin_deletion<PersistentVolume>(place, "", name);
}

Result<Storage> read_storage(const Place& place) {
  Storage storage;
  storage.volumes = TRY(list_objects<PersistentVolume>(place, ""));
  storage.claims = TRY(list_objects<PersistentVolumeClaim>(place, ""));
  return storage;
}

std::vector<std::string> claims_of(const Pod& pod) {
  std::vector<std::string> names;
  for (const Volume& volume : pod.spec.volumes)
    if (volume.claim) names.push_back(volume.claim->claim_name);
  return names;
}

bool holds_claims(const Pod& pod) {
  return pod.status.start_time.is_set() && !is_finished(pod.status);
}

Result<TakenClaims> take_claims(const Place& place, Pod& pod, const std::string& node) {
  const Fd lock = TRY(lock_objects(place));
  const std::vector<Pod> pods = TRY(list_pods(place, ""));
  const Storage storage = TRY(sync_locked(place, pods));
  TakenClaims taken{why_claims_wait(pod, pods, storage, node), volume_groups(storage, pod)};
  if (!taken.problem.empty()) return taken;
  pod.spec.node_name = node;
  pod.status.start_time = now();
  TRY(write_pod(pod, pod_dir(place, pod.metadata.ns, pod.metadata.name)));
  return taken;
}

std::vector<int64_t> volume_groups(const Storage& storage, const Pod& pod) {
  std::vector<int64_t> groups;
  const std::vector<std::string> names = claims_of(pod);
  for (const PersistentVolumeClaim& claim : storage.claims) {
    if (claim.metadata.ns != pod.metadata.ns || std::ranges::find(names, claim.metadata.name) == names.end()) continue;
    const PersistentVolume* volume = volume_of(claim, storage.volumes);
    if (!volume) continue;
    const auto annotation = volume->metadata.annotations.find(std::string(kGroupAnnotation));
    if (annotation == volume->metadata.annotations.end()) continue;
    const auto group = parse_number<int64_t>(annotation->second);
    if (group && *group >= 0 && *group <= INT32_MAX) groups.push_back(*group);
  }
  return groups;
}

}  // namespace kube
