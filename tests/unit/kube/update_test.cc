// What may change of a pod that exists.
#include <doctest/doctest.h>

#include "runtime/kube/api/pod_patch.h"
#include "runtime/kube/api/resizable.h"
#include "tests/unit/kube/pods.h"

namespace {

kube::Pod pod(std::string_view containers) {
  const auto pods = read_manifest(
      cat("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: ", containers, "}}"), {});
  REQUIRE(pods);
  kube::Pod pod = pods->front();
  pod.metadata.generation = 1;
  return pod;
}

kube::Pod burstable() {
  return pod(
      "[{name: a, image: x, resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 200m, memory: 128Mi}}}, "
      "{name: b, image: x}]");
}

// "" when the change is taken.
std::string refusal(const kube::Pod& pod, std::string_view change, bool is_resize = false) {
  const auto patched = kube::patch_pod(pod, *kube::parse_patch(kube::PatchType::strategic, change), is_resize);
  return patched ? "" : patched.error().text();
}

}  // namespace

TEST_CASE("update: labels, annotations, images and tolerations that are added") {
  const kube::Pod before = burstable();
  CHECK(refusal(before, "metadata: {labels: {app: web}, annotations: {a: b}}").empty());
  CHECK(refusal(before, "spec: {containers: [{name: a, image: z}]}").empty());
  CHECK(refusal(before, "spec: {tolerations: [{key: a, operator: Exists}]}").empty());
  CHECK(refusal(before, "metadata: {name: other}") ==
        R"(The Pod "web" is invalid: metadata.name: Invalid value: "other": field is immutable)");
}

TEST_CASE("update: a deadline may be set and lowered, and nothing else is done to it") {
  kube::Pod before = burstable();
  CHECK(refusal(before, "spec: {activeDeadlineSeconds: 60}").empty());
  before.spec.active_deadline = 60;
  CHECK(refusal(before, "spec: {activeDeadlineSeconds: 30}").empty());
  CHECK(refusal(before, "spec: {activeDeadlineSeconds: 61}") ==
        "The Pod \"web\" is invalid: spec.activeDeadlineSeconds: Invalid value: \"61\": must be less than or equal to "
        "previous value");
  CHECK(
      refusal(before, "spec: {activeDeadlineSeconds: null}")
          .ends_with("spec.activeDeadlineSeconds: Invalid value: \"null\": must not update from a positive integer to "
                     "nil value"));
}

TEST_CASE("update: what names a pod does not change") {
  const kube::Pod before = burstable();
  for (const auto& [change, message] :
       {std::pair("kind: Secret", R"(kind: Invalid value: "Secret": field is immutable)"),
        {"apiVersion: v2", R"(apiVersion: Invalid value: "v2": field is immutable)"},
        {"metadata: {namespace: other}", R"(metadata.namespace: Invalid value: "other": field is immutable)"},
        {"metadata: {uid: x}", R"(metadata.uid: Invalid value: "x": field is immutable)"}})
    CHECK(refusal(before, change) == cat("The Pod \"web\" is invalid: ", message));
}

TEST_CASE("update: anything else is forbidden, in the API server's words") {
  const kube::Pod before = burstable();
  for (const char* change :
       {"spec: {hostname: other}", "spec: {containers: [{name: a, args: [x]}]}", "spec: {restartPolicy: Never}",
        "spec: {containers: [{name: a, resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}]}]}"})
    CHECK(refusal(before, change)
              .starts_with("The Pod \"web\" is invalid: spec: Forbidden: pod updates may not change fields other than "
                           "`spec.containers[*].image`,`spec.initContainers[*].image`,"));
  CHECK(refusal(before, "spec: {containers: [{name: c, image: z}]}") ==
        "The Pod \"web\" is invalid: spec.containers: Forbidden: containers may not be added or removed");
  CHECK(refusal(before, "spec: {contaners: []}") ==
        "The Pod \"web\" is invalid: strict decoding error: unknown field \"spec.contaners\" (hint: did you mean "
        "\"containers\"?)");
}

TEST_CASE("update: the generation counts the changes of the spec, and of nothing else") {
  const kube::Pod before = burstable();
  const auto change = [&](std::string_view text) {
    return kube::patch_pod(before, *kube::parse_patch(kube::PatchType::strategic, text), false)->metadata.generation;
  };
  CHECK(change("metadata: {labels: {app: web}}") == 1);
  CHECK(change("spec: {containers: [{name: a, image: z}]}") == 2);
}

TEST_CASE("resize: cpu and memory of containers, with the subresource and without") {
  const kube::Pod before = burstable();
  for (const bool is_resize : {false, true}) {
    CHECK(refusal(before, "spec: {containers: [{name: a, resources: {requests: {cpu: 150m}}}]}", is_resize).empty());
    CHECK(refusal(before, "spec: {containers: [{name: b, resources: {limits: {memory: 64Mi}}}]}", is_resize).empty());
    CHECK(refusal(before, "spec: {containers: [{name: a, resources: {limits: {cpu: null}}}]}", is_resize) ==
          "The Pod \"web\" is invalid: spec.containers[0].resources.limits: Forbidden: resource limits cannot be "
          "removed");
    CHECK(refusal(before, "spec: {containers: [{name: a, resources: {requests: {memory: null}}}]}", is_resize).empty());
    CHECK(
        refusal(before, "spec: {containers: [{name: a, resources: {requests: {cpu: 300m}}}]}", is_resize) ==
        "The Pod \"web\" is invalid: spec.containers[0].resources.requests: Invalid value: \"300m\": must be less than "
        "or equal to cpu limit of 200m");
  }
  CHECK(refusal(before, "spec: {containers: [{name: a, image: z}]}", true) ==
        "The Pod \"web\" is invalid: spec: Forbidden: only cpu and memory resources are mutable");
  CHECK(refusal(before, "spec: {containers: [{name: a, resources: {limits: {ephemeral-storage: 1Gi}}}]}", true) ==
        "The Pod \"web\" is invalid: spec: Forbidden: only cpu and memory resources are mutable");
}

TEST_CASE("resize: the class of the pod stays") {
  const char* message = "Pod QOS Class may not change as a result of resizing";
  const kube::Pod best_effort = pod("[{name: a, image: x}]");
  CHECK(refusal(best_effort, "spec: {containers: [{name: a, resources: {requests: {cpu: 1}}}]}") ==
        cat("The Pod \"web\" is invalid: spec: Invalid value: \"BestEffort\": ", message));
  const kube::Pod guaranteed = pod("[{name: a, image: x, resources: {limits: {cpu: 700m, memory: 200Mi}}}]");
  CHECK(refusal(guaranteed, "spec: {containers: [{name: a, resources: {requests: {cpu: 600m}}}]}") ==
        cat("The Pod \"web\" is invalid: spec: Invalid value: \"Guaranteed\": ", message));
  CHECK(refusal(guaranteed, "spec: {containers: [{name: a, resources: {limits: {cpu: 800m}, requests: {cpu: 800m}}}]}")
            .empty());
}

TEST_CASE("resize: init containers cannot be, unless they are sidecars; static pods neither") {
  const auto pods = read_manifest(
      "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {initContainers: ["
      "{name: i, image: x, resources: {requests: {cpu: 10m}}},"
      "{name: s, image: x, restartPolicy: Always, resources: {requests: {cpu: 10m}}}], containers: [{name: a, image: "
      "x}]}}",
      {});
  REQUIRE(pods);
  kube::Pod before = pods->front();
  CHECK(refusal(before, "spec: {initContainers: [{name: s, resources: {requests: {cpu: 20m}}}]}", true).empty());
  CHECK(refusal(before, "spec: {initContainers: [{name: i, resources: {requests: {cpu: 20m}}}]}", true) ==
        "The Pod \"web\" is invalid: spec.initContainers[0].resources: Forbidden: resources for non-sidecar init "
        "containers are immutable");
  before.metadata.annotations["kubernetes.io/config.mirror"] = "x";
  CHECK(refusal(before, "spec: {initContainers: [{name: s, resources: {requests: {cpu: 20m}}}]}", true)
            .ends_with("Forbidden: static pods cannot be resized"));
}

TEST_CASE("resizePolicy: NotRequired where there is something to resize; Never has no restart") {
  const auto policies =
      pod("[{name: a, image: x, resizePolicy: [{resourceName: memory, restartPolicy: RestartContainer}], "
          "resources: {limits: {cpu: 1, memory: 1Gi}}}]")
          .spec.containers[0]
          .resize_policy;
  REQUIRE(policies.size() == 2);
  CHECK(policies[1].resource_name == "cpu");
  CHECK(policies[1].restart_policy == "NotRequired");
  CHECK(pod("[{name: a, image: x}]").spec.containers[0].resize_policy.empty());
  const auto never = read_manifest(
      "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {restartPolicy: Never, containers: [{name: a, image: "
      "x, "
      "resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}]}]}}",
      {});
  REQUIRE(!never);
  CHECK(never.error().message.find("must be 'NotRequired' when `restartPolicy` is 'Never'") != std::string::npos);
}

TEST_CASE("resizePolicy: only a change of that resource starts the container anew") {
  kube::Container container;
  container.resize_policy = {{"cpu", "NotRequired"}, {"memory", "RestartContainer"}};
  const auto amounts = [](const char* cpu, const char* memory, const char* request) {
    kube::ResourceRequirements made;
    made.limits = {{"cpu", *kube::parse_quantity(cpu)}, {"memory", *kube::parse_quantity(memory)}};
    made.requests = {{"memory", *kube::parse_quantity(request)}};
    return made;
  };
  CHECK(!kube::needs_restart(container, amounts("1", "1Gi", "1Mi"), amounts("2", "1Gi", "1Mi")));
  CHECK(!kube::needs_restart(container, amounts("1", "1Gi", "1Mi"), amounts("1", "1024Mi", "2Mi")));
  CHECK(kube::needs_restart(container, amounts("1", "1Gi", "1Mi"), amounts("1", "2Gi", "1Mi")));
}
