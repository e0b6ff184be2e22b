#include "runtime/kube/api/manifest.h"

#include <doctest/doctest.h>

#include <array>
#include <set>

#include "base/file.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/api/schema.h"
#include "tests/unit/kube/pods.h"

using namespace kube;

namespace {

Pod read_example(const std::string& name) {
  auto text = read_file(EXAMPLES "/" + name);
  REQUIRE(text);
  auto pods = read_manifest(*text, {.file = name});
  REQUIRE_MESSAGE(pods, (pods ? "" : pods.error().text()));
  REQUIRE(pods->size() == 1);
  return pods->front();
}

Pod read_one(std::string_view text, const ManifestOptions& options = {}) {
  auto pods = read_manifest(text, options);
  REQUIRE_MESSAGE(pods, (pods ? "" : pods.error().text()));
  return pods->front();
}

// A place in a manifest of one line: what stands before and behind it, and its path.
struct Spot {
  std::string before, behind, path;
};

struct Refused {
  std::string manifest;
  size_t column = 0;
  std::string error;
};

// What the value of a field is in: an object, a list of them, or a map.
Spot inside(const Spot& spot, const Field& field) {
  std::array<std::string_view, 3> wrap = {"{", "}", "."};
  if (field.many == "[]") wrap = {"[{", "}]", "[0]."};
  if (field.many == "{}") wrap = {R"({"k":{)", "}}", "[k]."};
  return {cat(spot.before, '"', field.name, "\":", wrap[0]), cat(wrap[1], spot.behind),
          cat(spot.path, field.name, wrap[2])};
}

// A manifest for every field that is known and not read, each kind of object once. Those of `denied()` are read first:
// their errors are the validator's.
void list_refused(std::span<const Field> fields, const Spot& spot, std::set<const Field*>& seen,
                  std::vector<Refused>& all) {
  if (!seen.insert(fields.data()).second) return;
  for (const Field& field : fields) {
    if (field.cover == Cover::refused && field.decode == nullptr)
      all.push_back(
          {cat(spot.before, '"', field.name, R"(":"x")", spot.behind), spot.before.size() + 1,
           cat(spot.path, field.name,
               field.why.empty() ? ": not supported yet by this version" : cat(": not supported: ", field.why))});
    if (field.fields != nullptr && field.cover == Cover::supported)
      list_refused(*field.fields, inside(spot, field), seen, all);
  }
}

constexpr const char* kSmall =
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: a\n    image: busybox\n";

}  // namespace

TEST_CASE("manifest: memory-request-limit.yaml") {
  Pod pod = read_example("memory-request-limit.yaml");
  CHECK(pod.metadata.name == "memory-demo");
  CHECK(pod.metadata.ns == "mem-example");
  const Container& container = pod.spec.containers.at(0);
  CHECK(container.name == "memory-demo-ctr");
  CHECK(container.image == "polinux/stress");
  CHECK(container.command == std::vector<std::string>{"stress"});
  CHECK(container.args == std::vector<std::string>{"--vm", "1", "--vm-bytes", "150M", "--vm-hang", "1"});
  CHECK(whole_value(container.resources.limits.at("memory")) == 209715200);
  CHECK(whole_value(container.resources.requests.at("memory")) == 104857600);
  CHECK(qos_class(pod.spec) == "Burstable");
}

TEST_CASE("manifest: memory-request-limit-2.yaml") {
  Pod pod = read_example("memory-request-limit-2.yaml");
  CHECK(whole_value(pod.spec.containers.at(0).resources.limits.at("memory")) == 104857600);
  CHECK(pod.spec.containers[0].args.at(3) == "250M");
}

TEST_CASE("manifest: cpu-request-limit.yaml") {
  Pod pod = read_example("cpu-request-limit.yaml");
  const Container& container = pod.spec.containers.at(0);
  CHECK(container.args == std::vector<std::string>{"-cpus", "2"});
  CHECK(container.command.empty());
  CHECK(milli_value(container.resources.limits.at("cpu")) == 1000);
  CHECK(milli_value(container.resources.requests.at("cpu")) == 500);
}

TEST_CASE("manifest: security-context.yaml") {
  Pod pod = read_example("security-context.yaml");
  const PodSecurityContext& security = *pod.spec.security_context;
  CHECK(security.run_as_user == 1000);
  CHECK(security.run_as_group == 3000);
  CHECK(security.fs_group == 2000);
  CHECK(security.supplemental_groups == std::vector<int64_t>{4000});
  CHECK(pod.spec.volumes.at(0).name == "sec-ctx-vol");
  CHECK(pod.spec.volumes[0].empty_dir);
  const Container& container = pod.spec.containers.at(0);
  CHECK(container.volume_mounts.at(0).mount_path == "/data/demo");
  CHECK(container.security_context->allow_privilege_escalation == false);
  CHECK(effective_security(pod.spec, container).no_new_privileges);
}

TEST_CASE("manifest: share-process-namespace.yaml") {
  Pod pod = read_example("share-process-namespace.yaml");
  CHECK(pod.spec.share_process_namespace == true);
  REQUIRE(pod.spec.containers.size() == 2);
  const Container& shell = pod.spec.containers[1];
  CHECK(shell.stdin);
  CHECK(shell.tty);
  CHECK(shell.security_context->capabilities->add == std::vector<std::string>{"SYS_PTRACE"});
}

TEST_CASE("manifest: pod.yaml, the demo") {
  Pod pod = read_example("pod.yaml");
  REQUIRE(pod.spec.containers.size() == 2);
  for (const Container& container : pod.spec.containers) {
    EffectiveSecurity security = effective_security(pod.spec, container);
    CHECK(security.user == 1000);
    CHECK(security.non_root);
    CHECK(security.read_only_root);
    CHECK(security.drop == std::vector<std::string_view>{"ALL"});
    CHECK(container.resources.limits.contains("memory"));
    CHECK(container.resources.limits.contains("cpu"));
    CHECK(container.volume_mounts.at(0).name == "pages");
  }
}

TEST_CASE("manifest: defaults are the API server's") {
  Pod pod = read_one(kSmall);
  CHECK(pod.metadata.ns == "default");
  CHECK(pod.spec.restart_policy == "Always");
  CHECK(pod.spec.termination_grace_period == 30);
  CHECK(pod.spec.dns_policy == "ClusterFirst");
  CHECK(pod.spec.scheduler_name == "default-scheduler");
  CHECK(pod.spec.enable_service_links == true);
  CHECK(pod.spec.security_context);
  CHECK(pod.spec.containers[0].image_pull_policy == "Always");
  CHECK(pod.spec.containers[0].termination_message_path == "/dev/termination-log");
  CHECK(pod.spec.containers[0].termination_message_policy == "File");

  pod = read_one(std::string(kSmall) +
                 "    resources:\n      limits: {cpu: 1, memory: 1Gi}\n      requests: {cpu: 0.5}\n"
                 "    ports:\n    - containerPort: 80\n    volumeMounts:\n    - {name: v, mountPath: /v}\n"
                 "  volumes:\n  - name: v\n  - name: w\n    emptyDir:\n  hostNetwork: on\n"
                 "  terminationGracePeriodSeconds: -5\n");
  const Container& container = pod.spec.containers[0];
  CHECK(print_quantity(container.resources.requests.at("cpu")) == "500m");
  CHECK(print_quantity(container.resources.requests.at("memory")) == "1Gi");
  CHECK(container.ports[0].protocol == "TCP");
  CHECK(container.ports[0].host_port == 80);
  CHECK(pod.spec.volumes[0].empty_dir);
  CHECK(pod.spec.volumes[1].empty_dir);
  CHECK(pod.spec.host_network);
  CHECK(pod.spec.termination_grace_period == 1);
}

TEST_CASE("manifest: the pull policy follows the tag") {
  for (auto [image, policy] : {std::pair("busybox", "Always"),
                               {"busybox:latest", "Always"},
                               {"busybox:1.28", "IfNotPresent"},
                               {"host:5000/busybox", "Always"},
                               {"host:5000/busybox:1", "IfNotPresent"},
                               {"busybox@sha256:00", "IfNotPresent"},
                               {"busybox:latest@sha256:00", "IfNotPresent"}}) {
    CAPTURE(image);
    Pod pod = read_one(std::string(kSmall).replace(std::string(kSmall).find("busybox"), 7, image));
    CHECK(pod.spec.containers[0].image_pull_policy == policy);
  }
}

TEST_CASE("manifest: quantities in every form of YAML") {
  for (auto [text, bytes] : {std::pair("128974848", 128974848LL),
                             {"129e6", 129000000},
                             {"129M", 129000000},
                             {"123Mi", 128974848},
                             {"\"123Mi\"", 128974848},
                             {"1_000", 1000},
                             {"0x100", 256},
                             {"0400", 256},
                             {"1.5e3", 1500},
                             {"'1.5Gi'", 1610612736}}) {
    CAPTURE(text);
    Pod pod = read_one(std::string(kSmall) + "    resources:\n      limits:\n        memory: " + text + "\n");
    CHECK(whole_value(pod.spec.containers[0].resources.limits.at("memory")) == bytes);
  }
}

TEST_CASE("manifest: JSON, flow style, several documents and lists") {
  CHECK(read_one(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},
                     "spec":{"containers":[{"name":"a","image":"b\u002fc"}]}})")
            .spec.containers[0]
            .image == "b/c");
  CHECK(read_one("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: b}]}}")
            .metadata.name == "web");
  std::string two = std::string("# first\n---\n") + kSmall + "---\n---\n" + kSmall;
  CHECK(read_manifest(two, {})->size() == 2);
  auto list = read_manifest(
      "apiVersion: v1\nkind: List\nmetadata: {resourceVersion: ''}\nitems:\n- apiVersion: v1\n  kind: Pod\n"
      "  metadata: {name: web}\n  spec: {containers: [{name: a, image: b}]}\n",
      {});
  REQUIRE(list);
  CHECK(list->at(0).metadata.name == "web");
}

TEST_CASE("manifest: what the server sets is dropped, nulls count as not given") {
  Pod pod = read_one(
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  uid: 1-2\n  resourceVersion: '7'\n  generation: 3\n"
      "  creationTimestamp: 2026-11-22T22:52:02Z\n  managedFields: [{manager: kubectl}]\n  labels: ~\n"
      "spec:\n  restartPolicy: null\n  containers:\n  - name: a\n    image: b\n    livenessProbe: null\n"
      "status:\n  phase: Running\n  whatever: [1]\n");
  CHECK(pod.metadata.uid.empty());
  CHECK(!pod.metadata.creation_time.is_set());
  CHECK(pod.status.phase.empty());
  CHECK(pod.spec.restart_policy == "Always");
}

TEST_CASE("manifest: the namespace and the node that were asked for") {
  CHECK(read_one(kSmall, {.ns = "mine", .node_name = "node01"}).metadata.ns == "mine");
  CHECK(read_one(kSmall, {.node_name = "node01"}).spec.node_name == "node01");
  std::string theirs =
      std::string(kSmall).replace(std::string(kSmall).find("  name"), 6, "  namespace: theirs\n  name");
  CHECK(read_one(theirs, {.ns = "theirs"}).metadata.ns == "theirs");
  CHECK(
      read_manifest(theirs, {.file = "f", .ns = "mine"}).error().text() ==
      "f:4:14: metadata.namespace: the namespace \"theirs\" does not match the namespace \"mine\" that was asked for");
  CHECK(read_manifest(std::string(kSmall) + "  nodeName: node02\n", {.file = "f", .node_name = "node01"})
            .error()
            .text() == "f:9:13: spec.nodeName: Invalid value: \"node02\": this node is \"node01\"");
}

TEST_CASE("manifest: values that are the default may be written out") {
  Pod pod =
      read_one(std::string(kSmall) +
               "    terminationMessagePolicy: File\n    securityContext: {privileged: false, procMount: Default}\n"
               "  dnsPolicy: Default\n  hostPID: false\n  hostIPC: no\n  hostUsers: true\n  serviceAccount: default\n"
               "  serviceAccountName: default\n  schedulerName: default-scheduler\n  priority: 0\n"
               "  preemptionPolicy: Never\n  os: {name: linux}\n  automountServiceAccountToken: false\n"
               "  tolerations:\n  - {key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 300}\n");
  CHECK(pod.spec.tolerations.at(0).seconds == 300);
  CHECK(pod.spec.os->name == "linux");
}

TEST_CASE("manifest: each field that the tables call refused is refused by its name, with its reason") {
  std::vector<Refused> all;
  std::set<const Field*> seen;
  list_refused(Table<Pod>::fields, {R"({"apiVersion":"v1","kind":"Pod",)", "}", ""}, seen, all);
  CHECK(all.size() > 30);  // the walk has gone down
  for (const Refused& refused : all) {
    INFO(refused.manifest);
    const auto pods = read_manifest(refused.manifest, {.file = "f"});
    REQUIRE(!pods);
    CHECK(pods.error().text() == cat("f:1:", refused.column, ": ", refused.error));
  }
}
