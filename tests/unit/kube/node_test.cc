// Nodes, LimitRanges, and the resources beside cpu and memory.
#include <doctest/doctest.h>

#include "base/text.h"
#include "runtime/kube/api/describe_node.h"
#include "runtime/kube/api/limit_range.h"
#include "runtime/kube/api/validate_objects.h"
#include "tests/unit/kube/pods.h"

namespace {

using Words = std::vector<std::string>;

template <class T>
T only(std::string_view text, const kube::ManifestOptions& options = {}) {
  auto objects = kube::read_objects(text, options);
  REQUIRE(objects);
  REQUIRE(std::holds_alternative<T>(objects->front()));
  return std::get<T>(objects->front());
}

kube::LimitRange range_of(std::string_view limits) {
  return only<kube::LimitRange>(
      cat("{apiVersion: v1, kind: LimitRange, metadata: {name: r}, spec: {limits: ", limits, "}}"));
}

std::string error_of(std::string_view text, const kube::ManifestOptions& options = {}) {
  const auto objects = kube::read_objects(text, options);
  return objects ? "" : objects.error().message;
}

std::string manifest_with(std::string_view resources) {
  return cat("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: x, resources: ",
             resources, "}]}}");
}

kube::Pod pod_with(std::string_view resources) {
  return only<kube::Pod>(manifest_with(resources));
}

std::string refusal_of(std::string_view resources) {
  const std::string text = error_of(manifest_with(resources));
  const size_t path = text.find("spec.");
  return path == text.npos ? text : text.substr(path);
}

}  // namespace

TEST_CASE("resources: extended ones are whole, and no request is without its limit") {
  CHECK(refusal_of("{limits: {example.com/dongle: 3}, requests: {example.com/dongle: 3}}").empty());
  CHECK(pod_with("{limits: {example.com/dongle: 3}}").spec.containers[0].resources.requests.size() == 1);
  CHECK(refusal_of("{limits: {example.com/dongle: 1500m}}").ends_with("Invalid value: \"1500m\": must be an integer"));
  CHECK(refusal_of("{requests: {example.com/dongle: 1}}")
            .ends_with("resources.limits: Required value: Limit must be set for non overcommitable resources"));
  CHECK(refusal_of("{limits: {example.com/dongle: 3}, requests: {example.com/dongle: 2}}")
            .ends_with("Invalid value: \"2\": must be equal to example.com/dongle limit of 3"));
  for (const char* name : {"dongle", "kubernetes.io/dongle", "x.kubernetes.io/dongle"})
    CHECK(
        refusal_of(cat("{limits: {", name, ": 1}}")).ends_with("must be a standard resource type or fully qualified"));
}

TEST_CASE("resources: huge pages come in pages, and with cpu or memory") {
  CHECK(refusal_of("{limits: {hugepages-2Mi: 4Mi, memory: 1Gi}}").empty());
  CHECK(refusal_of("{limits: {hugepages-2Mi: 3Mi, memory: 1Gi}}")
            .ends_with("Invalid value: \"3Mi\": 3Mi is not positive integer multiple of 2Mi"));
  CHECK(refusal_of("{limits: {hugepages-2Mi: 4Mi}}").ends_with("Forbidden: HugePages require cpu or memory"));
  CHECK(refusal_of("{limits: {ephemeral-storage: 1Gi}}").empty());
}

TEST_CASE("limit range: a maximum is a default, a default a default request") {
  const auto filled = range_of("[{type: Container, max: {cpu: 2}, min: {memory: 1Mi}, default: {memory: 1Gi}}]");
  const kube::LimitRangeItem& item = filled.spec.limits[0];
  CHECK(kube::print_quantity(item.default_limit.at("cpu")) == "2");
  CHECK(kube::print_quantity(item.default_request.at("cpu")) == "2");
  CHECK(kube::print_quantity(item.default_request.at("memory")) == "1Gi");
  kube::Pod given = pod_with("{limits: {cpu: 1}}");
  kube::set_range_defaults(given, filled);
  const auto& resources = given.spec.containers[0].resources;
  CHECK(kube::print_quantity(resources.limits.at("cpu")) == "1");
  CHECK(kube::print_quantity(resources.requests.at("cpu")) == "1");
  CHECK(kube::print_quantity(resources.limits.at("memory")) == "1Gi");
  CHECK(kube::check_range(given, filled).empty());
}

TEST_CASE("limit range: what is outside of it, in the admission plugin's words") {
  const auto bounds = range_of("[{type: Container, max: {memory: 1Gi}, min: {memory: 500Mi}}]");
  CHECK(kube::check_range(pod_with("{limits: {memory: 1536Mi}, requests: {memory: 800Mi}}"), bounds) ==
        Words{"maximum memory usage per Container is 1Gi, but limit is 1536Mi"});
  CHECK(kube::check_range(pod_with("{limits: {memory: 800Mi}, requests: {memory: 100Mi}}"), bounds) ==
        Words{"minimum memory usage per Container is 500Mi, but request is 100Mi"});
  CHECK(kube::check_range(pod_with("{}"), bounds) ==
        Words{"minimum memory usage per Container is 500Mi.  No request is specified",
              "maximum memory usage per Container is 1Gi.  No limit is specified"});
  const auto ratio = range_of("[{type: Pod, maxLimitRequestRatio: {cpu: 2}}]");
  CHECK(kube::check_range(pod_with("{limits: {cpu: 3}, requests: {cpu: 1}}"), ratio) ==
        Words{"cpu max limit to request ratio per Pod is 2, but provided ratio is 3.000000"});
  CHECK(kube::check_range(pod_with("{limits: {cpu: 2}, requests: {cpu: 1}}"), ratio).empty());
}

TEST_CASE("limit range: a pod's sums are those of the moment at which it takes the most, sidecars included") {
  const auto pod = only<kube::Pod>(
      "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {initContainers: [{name: side, image: x, "
      "restartPolicy: "
      "Always, resources: {limits: {cpu: 1}}}, {name: step, image: x, resources: {limits: {cpu: 2}}}], containers: "
      "[{name: a, image: x, resources: {limits: {cpu: 500m}}}]}}");
  CHECK(kube::check_range(pod, range_of("[{type: Pod, max: {cpu: 2}}]")) ==
        Words{"maximum cpu usage per Pod is 2, but limit is 3"});
  CHECK(kube::check_range(pod, range_of("[{type: Pod, max: {cpu: 3}}]")).empty());
}

TEST_CASE("limit range: how much a claim asks for") {
  const auto bounds = range_of("[{type: PersistentVolumeClaim, min: {storage: 1Gi}, max: {storage: 2Gi}}]");
  const auto wrong = [&](const char* size) {
    kube::PersistentVolumeClaim claim;
    claim.spec.resources.requests["storage"] = *kube::parse_quantity(size);
    claim.spec.resources.limits["storage"] = *kube::parse_quantity("1");  // not looked at
    return kube::check_range(claim, bounds);
  };
  CHECK(wrong("1Gi").empty());
  CHECK(wrong("2Gi").empty());
  CHECK(wrong("500Mi") == Words{"minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 500Mi"});
  CHECK(wrong("3Gi") == Words{"maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi"});
  CHECK(kube::check_range(pod_with("{}"), bounds).empty());
}

TEST_CASE("limit range: one that contradicts itself is not valid") {
  const auto wrong = [](std::string_view limits) {
    return error_of(cat("{apiVersion: v1, kind: LimitRange, metadata: {name: r}, spec: {limits: ", limits, "}}"));
  };
  CHECK(wrong("[{type: Container, min: {cpu: 2}, max: {cpu: 1}}]").find("min value 2 is greater than") !=
        std::string::npos);
  CHECK(wrong("[{type: Pod, default: {cpu: 1}}]").find("may not be specified when `type` is 'Pod'") !=
        std::string::npos);
  CHECK(wrong("[{type: Other}]").find("Unsupported value: \"Other\"") != std::string::npos);
  CHECK(wrong("[{type: PersistentVolumeClaim}]")
            .ends_with("limits[0].limits: Required value: either minimum or maximum storage value is required, but "
                       "neither was provided"));
  CHECK(wrong("[{type: PersistentVolumeClaim, max: {storage: 1, cpu: 1}}]").find("must be storage") !=
        std::string::npos);
  CHECK(wrong("[{type: Pod}, {type: Pod}]").find("Duplicate value: \"Pod\"") != std::string::npos);
}

TEST_CASE("node: this one only, and its status is what a manifest says") {
  const kube::ManifestOptions here{.node_name = "one"};
  const auto node = only<kube::NodeObject>(
      "{apiVersion: v1, kind: Node, metadata: {name: one}, status: {capacity: {example.com/dongle: 4}}}", here);
  CHECK(kube::print_quantity(node.status.capacity.at("example.com/dongle")) == "4");
  CHECK(error_of("{apiVersion: v1, kind: Node, metadata: {name: two}}", here)
            .ends_with("metadata.name: Invalid value: \"two\": this node is \"one\""));
  CHECK(error_of("{apiVersion: v1, kind: Node, metadata: {name: one}, spec: {taints: []}}", here)
            .ends_with("spec.taints: not supported yet by this version"));
}

TEST_CASE("node: what describe shows is allocated") {
  kube::NodeObject node;
  node.metadata.name = "one";
  node.status.capacity = node.status.allocatable = {{"cpu", *kube::parse_quantity("2")},
                                                    {"example.com/dongle", *kube::parse_quantity("4")},
                                                    {"memory", *kube::parse_quantity("1Gi")}};
  kube::Pod present = pod_with("{limits: {cpu: 1, memory: 512Mi, example.com/dongle: 3}, requests: {cpu: 500m}}");
  present.status.container_statuses.resize(1);
  kube::Pod ended = present;
  ended.status.phase = "Succeeded";
  const std::string page = kube::describe_node(node, {present, ended}, {60});
  CHECK(page.find("(1 in total)\n") != std::string::npos);
  CHECK(page.find("  cpu                 500m (25%)   1 (50%)\n") != std::string::npos);
  CHECK(page.find("  memory              512Mi (50%)  512Mi (50%)\n") != std::string::npos);
  CHECK(page.find("  example.com/dongle  3            3\n") != std::string::npos);
  kube::Container sidecar = present.spec.containers[0];
  sidecar.restart_policy = "Always";
  present.spec.init_containers = {sidecar};
  CHECK(kube::describe_node(node, {present}, {60}).find("  cpu                 1 (50%)     2 (100%)\n") !=
        std::string::npos);
}
