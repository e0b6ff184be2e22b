#include "runtime/kube/api/validate.h"

#include <doctest/doctest.h>

#include "runtime/kube/api/defaults.h"
#include "runtime/kube/api/names.h"

using namespace kube;

namespace {

Pod valid_pod() {
  Pod pod;
  pod.metadata.name = "web";
  pod.spec.containers.push_back({.name = "a", .image = "busybox"});
  set_defaults(pod);
  return pod;
}

std::string problem_of(const Pod& pod) {
  auto problem = validate_pod(pod);
  return problem ? problem->path + ": " + problem->message : "none";
}

}  // namespace

TEST_CASE("validate: a small pod is valid") {
  CHECK(problem_of(valid_pod()) == "none");
}

TEST_CASE("validate: names") {
  for (const std::string& good : std::vector<std::string>{"a", "web-1", "1", std::string(63, 'a')})
    CHECK(check_dns_label(good).empty());
  for (const std::string& bad :
       std::vector<std::string>{"", "-a", "a-", "A", "a.b", "a_b", "a/b", "é", std::string(64, 'a')})
    CHECK_MESSAGE(!check_dns_label(bad).empty(), bad);
  for (auto good : {"a", "a.b", "1.2-3.c"}) CHECK(check_dns_subdomain(good).empty());
  for (auto bad : {"", ".", "a.", ".a", "a..b", "a.-b", "..", "a/../b"})
    CHECK_MESSAGE(!check_dns_subdomain(bad).empty(), bad);
  for (auto good : {"a", "A_b.c-d", "example.com/app", "app.kubernetes.io/name"})
    CHECK(check_qualified_name(good).empty());
  for (auto bad : {"", "/a", "a/", "a/b/c", "-a", "Example.com/a", "a b"})
    CHECK_MESSAGE(!check_qualified_name(bad).empty(), bad);
  for (auto good : {"", "v1", "A_b.c"}) CHECK(check_label_value(good).empty());
  for (auto bad : {"a b", "-", "a-", "é"}) CHECK_MESSAGE(!check_label_value(bad).empty(), bad);
  for (auto good : {"A", "a.b-c", "A B", "_"}) CHECK(check_env_name(good).empty());
  for (auto bad : {"A=B", "\n", "é"}) CHECK_MESSAGE(!check_env_name(bad).empty(), bad);
  for (auto good : {"http", "a1-b"}) CHECK(check_port_name(good).empty());
  for (auto bad : {"Http", "1", "-a", "a-", "a--b", "sixteen-letters1"})
    CHECK_MESSAGE(!check_port_name(bad).empty(), bad);
}

TEST_CASE("validate: ids") {
  Pod pod = valid_pod();
  pod.spec.security_context->run_as_user = 2147483647;
  CHECK(problem_of(pod) == "none");
  pod.spec.security_context->run_as_user = 2147483648;
  CHECK(problem_of(pod) ==
        "spec.securityContext.runAsUser: Invalid value: 2147483648: must be between 0 and 2147483647, inclusive");
  pod = valid_pod();
  pod.spec.security_context->supplemental_groups = {1, -1};
  CHECK(problem_of(pod) ==
        "spec.securityContext.supplementalGroups[1]: Invalid value: -1: must be between 0 and 2147483647, inclusive");
  pod = valid_pod();
  pod.spec.security_context->fs_group = -2;
  CHECK(problem_of(pod).find("spec.securityContext.fsGroup: ") == 0);
}

TEST_CASE("validate: resources") {
  Pod pod = valid_pod();
  auto& resources = pod.spec.containers[0].resources;
  resources.limits["memory"] = *parse_quantity("1Gi");
  resources.requests["memory"] = *parse_quantity("1025Mi");
  CHECK(problem_of(pod) ==
        "spec.containers[0].resources.requests: Invalid value: \"1025Mi\": must be less than or equal to memory limit "
        "of 1Gi");
  resources.requests["memory"] = *parse_quantity("1024Mi");
  CHECK(problem_of(pod) == "none");
  resources.requests["hugepages-2Mi"] = *parse_quantity("2Mi");
  CHECK(problem_of(pod) ==
        "spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources");
}

TEST_CASE("validate: resources of the pod as a whole: its containers keep within them") {
  Pod pod = valid_pod();
  ResourceRequirements& whole = pod.spec.resources.emplace();
  auto& resources = pod.spec.containers[0].resources;
  whole.limits["memory"] = *parse_quantity("1Gi");
  resources.requests["memory"] = *parse_quantity("600Mi");
  set_defaults(pod);  // the containers' sum; a limit without any gives a request of its own
  CHECK(print_quantity(whole.requests.at("memory")) == "600Mi");
  CHECK(problem_of(pod) == "none");
  whole.requests["memory"] = *parse_quantity("512Mi");
  CHECK(
      problem_of(pod) ==
      "spec.resources.requests[memory]: Invalid value: \"512Mi\": must be greater than or equal to aggregate container "
      "requests of 600Mi");
  whole.requests["memory"] = *parse_quantity("2Gi");
  CHECK(problem_of(pod) ==
        "spec.resources.requests: Invalid value: \"2Gi\": must be less than or equal to memory limit of 1Gi");
  whole.requests["memory"] = *parse_quantity("1Gi");
  resources.limits["memory"] = *parse_quantity("1025Mi");
  CHECK(problem_of(pod) ==
        "spec.containers[0].resources.limits[memory]: Invalid value: \"1025Mi\": must be less than or equal to pod "
        "limits "
        "of 1Gi");
  resources.limits.clear();
  whole.limits["cpu"] = *parse_quantity("2");
  set_defaults(pod);
  CHECK(print_quantity(whole.requests.at("cpu")) == "2");
  whole.limits["ephemeral-storage"] = *parse_quantity("1Gi");
  CHECK(
      problem_of(pod) ==
      "spec.resources.limits[ephemeral-storage]: Unsupported value: \"ephemeral-storage\": supported values: \"cpu\", "
      "\"hugepages-\", \"memory\"");
}

TEST_CASE("validate: annotations may not be too large") {
  Pod pod = valid_pod();
  pod.metadata.annotations["a"] = std::string(256 << 10, 'x');
  CHECK(problem_of(pod) == "metadata.annotations: Too long: may not be more than 262144 bytes");
}

TEST_CASE("validate: volumes have one source, which is whole") {
  Pod pod = valid_pod();
  pod.spec.volumes = {{.name = "v"}};
  Volume& volume = pod.spec.volumes[0];
  set_defaults(pod);
  CHECK(volume.empty_dir);
  volume.host_path = {"/x", ""};
  CHECK(problem_of(pod) == "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type");
  volume.empty_dir.reset();
  CHECK(problem_of(pod) == "none");
  volume.host_path->path = "/a/../b";
  CHECK(problem_of(pod) == "spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'");
  volume.host_path->path = "/a..b/c";
  CHECK(problem_of(pod) == "none");
  volume = {.name = "v", .image = ImageSource{}};
  set_defaults(pod);
  CHECK(problem_of(pod) == "spec.volumes[0].image.reference: Required value");
  volume.image->reference = "quay.io/crio/artifact:v1";
  CHECK(problem_of(pod) == "none");
  volume = {.name = "v", .claim = ClaimSource{}};
  CHECK(problem_of(pod) == "spec.volumes[0].persistentVolumeClaim.claimName: Required value");
}

TEST_CASE("validate: how volumes are mounted") {
  Pod pod = valid_pod();
  pod.spec.volumes = {{.name = "v"}};
  const auto problem = [&](VolumeMount mount) {
    mount.name = "v";
    mount.mount_path = "/v";
    pod.spec.containers[0].volume_mounts = {mount};
    const std::string found = problem_of(pod);
    return found == "none" ? found : found.substr(sizeof "spec.containers[0].volumeMounts[0]");
  };
  CHECK(problem({.sub_path = "a/b..c"}) == "none");
  CHECK(problem({.sub_path = "/a"}) == "subPath: Invalid value: \"/a\": must be a relative path");
  CHECK(problem({.sub_path = "a/.."}) == "subPath: Invalid value: \"a/..\": must not contain '..'");
  CHECK(problem({.sub_path = "a", .sub_path_expr = "b"}) ==
        "subPathExpr: Invalid value: \"b\": subPathExpr and subPath are mutually exclusive");
  CHECK(problem({.recursive_read_only = "Enabled"}) ==
        "recursiveReadOnly: Forbidden: may only be specified when readOnly is true");
  CHECK(problem({.read_only = true, .recursive_read_only = "Enabled"}) == "none");
  CHECK(problem({.read_only = true, .recursive_read_only = "IfPossible", .mount_propagation = "HostToContainer"}) ==
        "recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not specified");
  CHECK(problem({.mount_propagation = "Bidirectional"}) ==
        "mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers");
  pod.spec.containers[0].security_context.emplace().privileged = true;
  CHECK(problem({.mount_propagation = "Bidirectional"}) == "none");
}
