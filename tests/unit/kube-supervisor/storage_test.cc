#include <doctest/doctest.h>

#include <algorithm>

#include "runtime/kube/storage/binding.h"
#include "runtime/kube/storage/claim_check.h"
#include "runtime/kube/storage/claims.h"

using namespace kube;

namespace {

using Words = std::vector<std::string>;

PersistentVolume volume(const std::string& name, const std::string& size, const std::string& storage_class = "manual",
                        Words modes = {"ReadWriteOnce"}) {
  PersistentVolume made;
  made.metadata.name = name;
  made.metadata.uid = "uid-" + name;
  made.spec.capacity["storage"] = *parse_quantity(size);
  made.spec.storage_class_name = storage_class;
  made.spec.access_modes = std::move(modes);
  made.spec.reclaim_policy = "Retain";
  return made;
}

PersistentVolumeClaim claim(const std::string& name, const std::string& size,
                            const std::optional<std::string>& storage_class = "manual",
                            Words modes = {"ReadWriteOnce"}) {
  PersistentVolumeClaim made;
  made.metadata = {.name = name, .ns = "default", .uid = "uid-" + name};
  made.spec.resources.requests["storage"] = *parse_quantity(size);
  made.spec.storage_class_name = storage_class;
  made.spec.access_modes = std::move(modes);
  return made;
}

void settle_unused(Storage& storage) {
  settle(storage, [](const PersistentVolumeClaim&) { return false; });
}

// The volume that the claim gets; "" for none.
std::string match(const PersistentVolumeClaim& wanted, std::vector<PersistentVolume> volumes) {
  const PersistentVolume* found = find_volume(wanted, volumes);
  return found ? found->metadata.name : "";
}

Pod pod_with(const std::string& name, const std::string& claim_name) {
  Pod pod;
  pod.metadata = {.name = name, .ns = "default", .uid = "uid-" + name};
  pod.spec.volumes = {{.name = "v", .claim = ClaimSource{claim_name}}};
  return pod;
}

}  // namespace

TEST_CASE("binding: the smallest volume of the class that is large enough") {
  CHECK(match(claim("c", "3Gi"), {volume("big", "20Gi"), volume("fits", "10Gi"), volume("small", "2Gi")}) == "fits");
  CHECK(match(claim("c", "3Gi"), {volume("small", "2Gi")}).empty());
  CHECK(match(claim("c", "10Gi"), {volume("exact", "10Gi")}) == "exact");
  CHECK(match(claim("c", "1Gi"), {volume("other", "10Gi", "fast")}).empty());
  CHECK(match(claim("c", "1Gi", ""), {volume("classed", "10Gi"), volume("plain", "20Gi", "")}) == "plain");
  CHECK(match(claim("c", "1Gi", std::nullopt), {volume("plain", "20Gi", "")}) == "plain");
}

TEST_CASE("binding: access modes are all there; fewer others first") {
  const Words many = {"ReadWriteOnce", "ReadOnlyMany"};
  CHECK(match(claim("c", "1Gi", "manual", {"ReadOnlyMany"}), {volume("rwo", "1Gi")}).empty());
  CHECK(match(claim("c", "1Gi"), {volume("many", "1Gi", "manual", many), volume("one", "5Gi")}) == "one");
  CHECK(match(claim("c", "1Gi", "manual", many), {volume("one", "5Gi"), volume("many", "1Gi", "manual", many)}) ==
        "many");
}

TEST_CASE("binding: a selector chooses by labels; an empty one chooses all") {
  PersistentVolume ssd = volume("ssd", "1Gi"), hdd = volume("hdd", "1Gi");
  ssd.metadata.labels = {{"disk", "ssd"}};
  hdd.metadata.labels = {{"disk", "hdd"}, {"old", ""}};
  PersistentVolumeClaim wanted = claim("c", "1Gi");
  const auto chosen = [&](const LabelSelector& selector) {
    wanted.spec.selector = selector;
    return match(wanted, {ssd, hdd});
  };
  CHECK(chosen({}) == "ssd");
  CHECK(chosen({.match_labels = {{"disk", "hdd"}}}) == "hdd");
  CHECK(chosen({.match_labels = {{"disk", "tape"}}}).empty());
  CHECK(chosen({.match_expressions = {{"disk", "NotIn", {"ssd"}}}}) == "hdd");
  CHECK(chosen({.match_expressions = {{"old", "Exists", {}}}}) == "hdd");
  CHECK(chosen({.match_expressions = {{"old", "DoesNotExist", {}}}}) == "ssd");
  CHECK(chosen({.match_labels = {{"disk", "hdd"}}, .match_expressions = {{"old", "DoesNotExist", {}}}}).empty());
}

TEST_CASE("binding: volumeName and claimRef choose, but size and class must fit") {
  PersistentVolumeClaim named = claim("c", "1Gi");
  named.spec.volume_name = "big";
  CHECK(match(named, {volume("small", "1Gi"), volume("big", "20Gi")}) == "big");
  named.spec.volume_name = "nosuch";
  CHECK(match(named, {volume("small", "1Gi")}).empty());
  PersistentVolume reserved = volume("reserved", "20Gi");
  reserved.spec.claim_ref = {.ns = "default", .name = "c"};
  CHECK(match(claim("c", "1Gi"), {volume("small", "1Gi"), reserved}) == "reserved");
  CHECK(match(claim("other", "1Gi"), {reserved}).empty());
  CHECK(match(claim("c", "30Gi"), {reserved}).empty());
  named.spec.volume_name = "reserved";
  named.metadata.ns = "else";
  CHECK(match(named, {reserved}).empty());
}

TEST_CASE("binding: both sides say so") {
  Storage storage{{volume("v", "10Gi"), volume("w", "20Gi")}, {claim("c", "3Gi")}};
  settle_unused(storage);
  const auto& bound = storage.claims[0];
  CHECK(bound.status.phase == "Bound");
  CHECK(bound.spec.volume_name == "v");
  CHECK(bound.status.access_modes == Words{"ReadWriteOnce"});
  CHECK(print_quantity(bound.status.capacity.at("storage")) == "10Gi");
  CHECK(storage.volumes[0].status.phase == "Bound");
  CHECK(storage.volumes[0].spec.claim_ref->uid == "uid-c");
  CHECK(storage.volumes[1].status.phase == "Available");
}

TEST_CASE("binding: a claim waits until a volume comes; one volume serves one claim, the older first") {
  Storage storage{{}, {claim("a", "1Gi"), claim("b", "1Gi")}};
  storage.claims[0].metadata.creation_time = {200};
  storage.claims[1].metadata.creation_time = {100};
  settle_unused(storage);
  CHECK(storage.claims[0].status.phase == "Pending");
  storage.volumes.push_back(volume("v", "1Gi"));
  settle_unused(storage);
  CHECK(storage.claims[0].metadata.name == "b");
  CHECK(storage.claims[0].status.phase == "Bound");
  CHECK(storage.claims[1].status.phase == "Pending");
}

TEST_CASE("binding: a volume whose claim is gone is released, and not bound to another of that name") {
  Storage storage{{volume("v", "1Gi")}, {claim("c", "1Gi")}};
  settle_unused(storage);
  storage.claims.clear();
  settle_unused(storage);
  CHECK(storage.volumes[0].status.phase == "Released");
  CHECK_FALSE(is_reclaimed(storage.volumes[0]));
  storage.volumes[0].spec.reclaim_policy = "Delete";
  CHECK(is_reclaimed(storage.volumes[0]));
  storage.claims.push_back(claim("c", "1Gi"));
  storage.claims[0].metadata.uid = "another";
  settle_unused(storage);
  CHECK(storage.claims[0].status.phase == "Pending");
  CHECK(storage.volumes[0].status.phase == "Released");
}

TEST_CASE("binding: a claim whose volume is gone is lost") {
  Storage storage{{volume("v", "1Gi")}, {claim("c", "1Gi")}};
  settle_unused(storage);
  storage.volumes.clear();
  settle_unused(storage);
  CHECK(storage.claims[0].status.phase == "Lost");
}

TEST_CASE("binding: what is in use stays until it is not; a bound volume until its claim is gone") {
  Storage storage{{volume("v", "1Gi")}, {claim("c", "1Gi")}};
  settle_unused(storage);
  storage.claims[0].metadata.deletion_time = storage.volumes[0].metadata.deletion_time = {100};
  settle(storage, [](const PersistentVolumeClaim&) { return true; });
  REQUIRE(storage.claims.size() == 1);
  CHECK(storage.claims[0].status.phase == "Bound");
  CHECK(storage.volumes.size() == 1);
  settle_unused(storage);
  CHECK(storage.claims.empty());
  CHECK(storage.volumes.empty());
}

TEST_CASE("scheduling: a pod waits for its claims, in the scheduler's words") {
  Storage storage{{volume("v", "1Gi")}, {claim("c", "1Gi", "manual", {"ReadWriteOncePod"}), claim("d", "9Gi")}};
  storage.volumes[0].spec.access_modes = {"ReadWriteOncePod"};
  settle_unused(storage);
  const auto why = [&](const Pod& pod, const std::vector<Pod>& others = {}) {
    return why_claims_wait(pod, others, storage, "node");
  };
  const Pod pod = pod_with("web", "c");
  CHECK(why(pod).empty());
  CHECK(why(pod_with("web", "x")) == "0/1 nodes are available: persistentvolumeclaim \"x\" not found.");
  CHECK(why(pod_with("web", "d")) == "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.");
  Pod other = pod_with("other", "c");
  CHECK(why(pod, {other}).empty());
  other.status.start_time = {1};
  CHECK(why(pod, {other}) ==
        "0/1 nodes are available: 1 node has pod using PersistentVolumeClaim with the same name "
        "and ReadWriteOncePod access mode.");
  other.status.phase = "Succeeded";
  CHECK(why(pod, {other}).empty());
  storage.volumes[0].spec.node_affinity.emplace().required.emplace().terms = {
      {{{"kubernetes.io/hostname", "In", {"elsewhere"}}}, {}}};
  CHECK(why(pod) == "0/1 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity.");
  storage.volumes[0].spec.node_affinity->required->terms.push_back({{{"kubernetes.io/hostname", "In", {"node"}}}, {}});
  CHECK(why(pod).empty());
  storage.claims[0].metadata.deletion_time = {1};
  CHECK(why(pod) == "0/1 nodes are available: persistentvolumeclaim \"c\" is being deleted.");
}

TEST_CASE("groups of volumes: pv.beta.kubernetes.io/gid of those that the pod has") {
  Storage storage{{volume("v", "1Gi"), volume("w", "2Gi")}, {claim("c", "1Gi")}};
  storage.volumes[0].metadata.annotations["pv.beta.kubernetes.io/gid"] = "1234";
  storage.volumes[1].metadata.annotations["pv.beta.kubernetes.io/gid"] = "5678";
  settle_unused(storage);
  CHECK(volume_groups(storage, pod_with("web", "c")) == std::vector<int64_t>{1234});
  CHECK(volume_groups(storage, pod_with("web", "d")).empty());
  storage.volumes[0].metadata.annotations["pv.beta.kubernetes.io/gid"] = "-1";
  CHECK(volume_groups(storage, pod_with("web", "c")).empty());
}
