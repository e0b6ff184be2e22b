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
  CHECK(problem_of(pod) == "spec.containers[0].resources.requests[hugepages-2Mi]: not supported yet by this version");
}

TEST_CASE("validate: annotations may not be too large") {
  Pod pod = valid_pod();
  pod.metadata.annotations["a"] = std::string(256 << 10, 'x');
  CHECK(problem_of(pod) == "metadata.annotations: Too long: may not be more than 262144 bytes");
}
