#include "runtime/kube/api/static_pod.h"

#include <doctest/doctest.h>

#include "tests/unit/kube/pods.h"

using namespace kube;

namespace {

Pod plain(const std::string& more = "") {
  return (
      *read_manifest("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n"
                     "  - {name: web, image: x}\n" +
                         more,
                     {.file = "f"}))[0];
}

Result<Pod> make(const Pod& pod, const char* file = "/etc/manifests/web.yaml", const char* node = "Node1") {
  return make_static_pod(pod, {"/etc/manifests", file}, node, {1});
}

std::string refusal(const std::string& more) {
  const Result<Pod> pod = make(plain(more));
  return pod ? "" : pod.error().text();
}

}  // namespace

TEST_CASE("static pods: the node's name is behind theirs, and annotations say where they come from") {
  const Pod pod = *make(plain());
  CHECK(pod.metadata.name == "web-node1");
  CHECK(pod.metadata.uid.size() == 32);
  const StringMap& annotations = pod.metadata.annotations;
  CHECK(annotations.at("kubernetes.io/config.hash") == pod.metadata.uid);
  CHECK(annotations.at("kubernetes.io/config.mirror") == pod.metadata.uid);
  CHECK(annotations.at("kubernetes.io/config.source") == "file");
  CHECK(annotations.at("kubernetes.io/config.seen") == "1970-01-01T00:00:01Z");
  CHECK(is_static(pod));
  CHECK(is_from(pod, "/etc/manifests"));
  CHECK(!is_from(pod, "/etc"));
  CHECK(!is_static(plain()));
  const Pod served = *make_static_pod(plain(), {"http://host/x", ""}, "node1", {1});
  CHECK(served.metadata.annotations.at("kubernetes.io/config.source") == "http");
  CHECK(served.spec.tolerations.empty());
}

TEST_CASE("static pods: the uid is a hash of the manifest and its place, and nothing else") {
  const std::string uid = make(plain())->metadata.uid;
  CHECK(make_static_pod(plain(), {"/etc/manifests", "/etc/manifests/web.yaml"}, "Node1", {99})->metadata.uid == uid);
  CHECK(make(plain("  hostname: other\n"))->metadata.uid != uid);
  CHECK(make(plain(), "/etc/manifests/other.yaml")->metadata.uid != uid);
  CHECK(make(plain(), "/etc/manifests/web.yaml", "node2")->metadata.uid != uid);
}

TEST_CASE("static pods: they refer to nothing that only an API server has") {
  CHECK(refusal("  volumes: [{name: v, emptyDir: {}}]\n") == "");
  CHECK(refusal("  serviceAccountName: default\n") == "static pods may not reference serviceaccounts");
  CHECK(refusal("  volumes: [{name: v, secret: {secretName: x}}]\n") == "static pods may not reference secrets");
  CHECK(refusal("  volumes: [{name: v, configMap: {name: x}}]\n") == "static pods may not reference configmaps");
  CHECK(refusal("  volumes: [{name: v, persistentVolumeClaim: {claimName: x}}]\n") ==
        "static pods may not reference persistentvolumeclaims");
  CHECK(refusal("  volumes: [{name: v, projected: {sources: [{configMap: {name: x}}]}}]\n") ==
        "static pods may not reference configmaps");
  CHECK(refusal("  - {name: b, image: x, envFrom: [{secretRef: {name: x}}]}\n") ==
        "static pods may not reference secrets");
  CHECK(
      refusal("  initContainers:\n  - {name: b, image: x, env: [{name: A, valueFrom: {configMapKeyRef: {name: x, key: "
              "k}}}]}\n") == "static pods may not reference configmaps");
}
