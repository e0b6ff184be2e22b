#include "runtime/kube/api/content_fields.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "runtime/kube/api/manifest.h"
#include "tests/unit/kube/pods.h"

using namespace kube;

namespace {

// What a manifest of one container and one volume comes to: "" when it is valid.
std::string problem_of(const std::string& env, const std::string& volume = "emptyDir: {}") {
  const std::string text =
      cat("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: busybox, ", env,
          "}], volumes: [{name: v, ", volume, "}]}}");
  const auto pods = read_manifest(text, {.file = "web"});
  return pods ? "" : pods.error().message;
}

std::string env_problem(const std::string& source) {
  return problem_of(cat("env: [{name: A, valueFrom: ", source, "}]"));
}

std::string volume_problem(const std::string& volume) {
  return problem_of("env: []", volume);
}

bool says(const std::string& text, const std::string& part) {
  const bool is_there = text.find(part) != text.npos;
  if (!is_there) MESSAGE(text);
  return is_there;
}

Pod sample() {
  Pod pod;
  pod.metadata.name = "web";
  pod.metadata.ns = "prod";
  pod.metadata.uid = "1-2";
  pod.metadata.labels = {{"zone", "us-est-coast"}, {"cluster", "test-cluster1"}};
  pod.metadata.annotations = {{"build", "two"}, {"builder", "a \"b\"\nc"}};
  pod.spec.node_name = "node";
  pod.status.pod_ip = "10.0.0.1";
  pod.status.pod_ips = {{"10.0.0.1"}, {"fd00::1"}};
  pod.spec.containers.push_back({.name = "a", .image = "busybox"});
  return pod;
}

std::string value_of(const std::string& path) {
  return field_value(sample(), {"v1", path});
}

std::string resource_of(const PodSpec& spec, const std::string& resource, const std::string& divisor) {
  const Allocatable node{.milli_cpu = 2000, .memory = 1 << 20, .storage = 1000};
  return resource_value(spec, {"a", resource, *parse_quantity(divisor)}, node).value_or("error");
}

}  // namespace

TEST_CASE("content: sources of variables that the API takes") {
  for (const char* source :
       {"{fieldRef: {fieldPath: metadata.name}}", "{fieldRef: {fieldPath: \"metadata.labels['app']\"}}",
        "{fieldRef: {fieldPath: status.podIPs}}", "{resourceFieldRef: {resource: limits.cpu, divisor: 1m}}",
        "{resourceFieldRef: {resource: requests.memory, containerName: a, divisor: 1Mi}}",
        "{configMapKeyRef: {name: m, key: k, optional: true}}", "{secretKeyRef: {name: m, key: k}}"})
    CHECK(env_problem(source) == "");
  CHECK(problem_of("envFrom: [{prefix: P_, configMapRef: {name: m}}, {secretRef: {name: s, optional: true}}]") == "");
}

TEST_CASE("content: sources of variables that it refuses, in its words") {
  CHECK(says(env_problem("{}"),
             "spec.containers[0].env[0].valueFrom: Invalid value: \"\": must specify one of: "
             "`fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"));
  CHECK(says(env_problem("{fieldRef: {fieldPath: metadata.labels}}"), "fieldRef.fieldPath: Unsupported value"));
  CHECK(says(env_problem("{fieldRef: {fieldPath: \"metadata.name['x']\"}}"), "does not support subscript"));
  CHECK(says(env_problem("{fieldRef: {fieldPath: status.phase}}"), "Unsupported value: \"status.phase\""));
  CHECK(says(env_problem("{resourceFieldRef: {resource: limits.gpu}}"), "resource: Unsupported value"));
  CHECK(says(env_problem("{resourceFieldRef: {resource: limits.cpu, divisor: 2}}"), "only divisor's values 1m and 1"));
  CHECK(says(env_problem("{configMapKeyRef: {name: m}}"), "configMapKeyRef.key: Required value"));
  CHECK(says(env_problem("{configMapKeyRef: {name: ../m, key: k}}"), "configMapKeyRef.name: Invalid value: \"../m\""));
  CHECK(says(env_problem("{secretKeyRef: {name: m, key: k}, fieldRef: {fieldPath: metadata.name}}"),
             "may not have more than one field specified at a time"));
  CHECK(says(problem_of("env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]"),
             "may not be specified when `value` is not empty"));
  CHECK(says(problem_of("envFrom: [{prefix: P}]"), "must specify one of: `configMapRef` or `secretRef`"));
}

TEST_CASE("content: volumes of files that the API takes") {
  for (const char* volume :
       {"configMap: {name: m, items: [{key: k, path: a/b, mode: 0400}], defaultMode: 0440, optional: true}",
        "secret: {secretName: s, defaultMode: 0400}",
        "downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}, "
        "{path: cpu, resourceFieldRef: {containerName: a, resource: limits.cpu}}]}",
        "projected: {sources: [{secret: {name: s}}, {configMap: {name: m, items: [{key: k, path: p}]}}, "
        "{serviceAccountToken: {path: token, audience: vault, expirationSeconds: 7200}}]}"})
    CHECK(volume_problem(volume) == "");
}

TEST_CASE("content: volumes of files that it refuses, in its words") {
  CHECK(says(volume_problem("configMap: {}"), "spec.volumes[0].configMap.name: Required value"));
  CHECK(says(volume_problem("configMap: {name: m, defaultMode: 01000}"),
             "defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive"));
  for (const auto& [path, word] : std::initializer_list<std::pair<const char*, const char*>>{
           {"/a", "must be a relative path"}, {"a/../b", "must not contain '..'"}, {"..a", "must not start with '..'"}})
    CHECK(says(volume_problem(cat("secret: {secretName: s, items: [{key: k, path: ", path, "}]}")),
               cat("items[0].path: Invalid value: \"", path, "\": ", word)));
  CHECK(says(volume_problem("projected: {sources: [{configMap: {name: m, items: [{key: k, path: p}]}}, "
                            "{serviceAccountToken: {path: p}}]}"),
             "sources[1].serviceAccountToken.path: Invalid value: \"p\": conflicting duplicate paths"));
  CHECK(says(volume_problem("projected: {sources: [{serviceAccountToken: {path: p, expirationSeconds: 599}}]}"),
             "may not specify a duration less than 10 minutes"));
  CHECK(says(volume_problem("projected: {sources: [{clusterTrustBundle: {path: p}}]}"),
             "spec.volumes[0].projected.sources[0].clusterTrustBundle: not supported"));
  CHECK(says(volume_problem("downwardAPI: {items: [{path: p, fieldRef: {fieldPath: status.podIP}}]}"),
             "Unsupported value: \"status.podIP\""));
  CHECK(says(volume_problem("downwardAPI: {items: [{path: p, resourceFieldRef: {resource: limits.cpu}}]}"),
             "resourceFieldRef.containerName: Required value"));
  CHECK(
      says(volume_problem("configMap: {name: m}, secret: {secretName: s}"), "may not specify more than 1 volume type"));
}

TEST_CASE("content: fields of the pod as the downward API writes them") {
  CHECK(value_of("metadata.name") == "web");
  CHECK(value_of("metadata.namespace") == "prod");
  CHECK(value_of("metadata.uid") == "1-2");
  CHECK(value_of("metadata.labels") == "cluster=\"test-cluster1\"\nzone=\"us-est-coast\"");
  CHECK(value_of("metadata.annotations") == "build=\"two\"\nbuilder=\"a \\\"b\\\"\\nc\"");
  CHECK(value_of("metadata.labels['zone']") == "us-est-coast");
  CHECK(value_of("metadata.annotations['nosuch']") == "");
  CHECK(value_of("spec.nodeName") == "node");
  CHECK(value_of("spec.serviceAccountName") == "default");
  CHECK(value_of("status.podIP") == "10.0.0.1");
  CHECK(value_of("status.podIPs") == "10.0.0.1,fd00::1");
}

TEST_CASE("content: resources in units of the divisor, rounded up; limits that are missing are the node's") {
  PodSpec spec = sample().spec;
  CHECK(resource_of(spec, "limits.cpu", "0") == "2");
  CHECK(resource_of(spec, "limits.cpu", "1m") == "2000");
  CHECK(resource_of(spec, "limits.memory", "1Mi") == "1");
  CHECK(resource_of(spec, "limits.ephemeral-storage", "1") == "1000");
  CHECK(resource_of(spec, "requests.cpu", "1m") == "0");
  spec.containers[0].resources = {.limits = {{"cpu", *parse_quantity("250m")}, {"memory", *parse_quantity("64Mi")}},
                                  .requests = {{"cpu", *parse_quantity("125m")}, {"memory", *parse_quantity("32Mi")}}};
  CHECK(resource_of(spec, "limits.cpu", "1") == "1");
  CHECK(resource_of(spec, "requests.cpu", "1m") == "125");
  CHECK(resource_of(spec, "requests.memory", "1") == "33554432");
  CHECK(resource_of(spec, "limits.memory", "1Gi") == "1");
  CHECK_FALSE(resource_value(spec, {"nosuch", "limits.cpu", {}}, {}));
}
