#include "runtime/kube/api/effective.h"

#include <doctest/doctest.h>

using namespace kube;

namespace {

Container with(const char* cpu_request, const char* cpu_limit, const char* memory_request, const char* memory_limit) {
  Container container;
  auto put = [](ResourceList& list, const char* name, const char* text) {
    if (text != nullptr) list[name] = *parse_quantity(text);
  };
  put(container.resources.requests, "cpu", cpu_request);
  put(container.resources.limits, "cpu", cpu_limit);
  put(container.resources.requests, "memory", memory_request);
  put(container.resources.limits, "memory", memory_limit);
  return container;
}

PodSpec spec_of(std::vector<Container> containers) {
  PodSpec spec;
  spec.containers = std::move(containers);
  return spec;
}

}  // namespace

TEST_CASE("effective: the QoS class") {
  CHECK(qos_class(spec_of({{}, {}})) == "BestEffort");
  CHECK(qos_class(spec_of({with("0", nullptr, nullptr, nullptr)})) == "BestEffort");
  CHECK(qos_class(spec_of({with("1", "1", "1Gi", "1024Mi")})) == "Guaranteed");
  CHECK(qos_class(spec_of({with("1", "1", "1Gi", "1Gi"), with("700m", "0.7", "1G", "1e9")})) == "Guaranteed");
  CHECK(qos_class(spec_of({with("1", "1", "1Gi", "1Gi"), {}})) == "Burstable");
  CHECK(qos_class(spec_of({with("1", "1", nullptr, nullptr)})) == "Burstable");
  CHECK(qos_class(spec_of({with("0.5", "1", "1Gi", "1Gi")})) == "Burstable");
  CHECK(qos_class(spec_of({with(nullptr, nullptr, "1Mi", nullptr)})) == "Burstable");
}

TEST_CASE("effective: a pod's resources are the sums, its limits only where every container has one") {
  ResourceRequirements sum =
      pod_resources(spec_of({with("250m", "500m", "64Mi", "128Mi"), with("250m", nullptr, "64Mi", "128Mi")}));
  CHECK(print_quantity(sum.requests.at("cpu")) == "500m");
  CHECK(print_quantity(sum.requests.at("memory")) == "128Mi");
  CHECK(print_quantity(sum.limits.at("memory")) == "256Mi");
  CHECK(!sum.limits.contains("cpu"));
}

TEST_CASE("effective: a pod's limits are all that there are, of the step or of the containers that have the most") {
  PodSpec spec = spec_of({with("1", "2", nullptr, nullptr), with(nullptr, nullptr, nullptr, "1Gi")});
  CHECK(pod_limits(spec) == ResourceList{{"cpu", *parse_quantity("2")}, {"memory", *parse_quantity("1Gi")}});
  Container sidecar = with(nullptr, "500m", nullptr, nullptr);
  sidecar.restart_policy = "Always";
  spec.init_containers = {sidecar, with(nullptr, "1", nullptr, "2Gi")};
  CHECK(pod_limits(spec) == ResourceList{{"cpu", *parse_quantity("2500m")}, {"memory", *parse_quantity("2Gi")}});
}

TEST_CASE("effective: a pod's own resources go over its containers', and make its QoS class alone") {
  PodSpec spec = spec_of({with("250m", "500m", "64Mi", nullptr), with(nullptr, nullptr, nullptr, nullptr)});
  spec.resources.emplace();
  CHECK(qos_class(spec) == "Burstable");  // nothing is said by an empty one
  spec.resources->limits = {{"memory", *parse_quantity("1Gi")}};
  ResourceRequirements sum = pod_resources(spec);
  CHECK(print_quantity(sum.requests.at("cpu")) == "250m");
  CHECK(print_quantity(sum.limits.at("memory")) == "1Gi");
  CHECK(!sum.limits.contains("cpu"));
  CHECK(qos_class(spec) == "Burstable");
  spec.resources->requests = spec.resources->limits;
  spec.resources->limits["cpu"] = spec.resources->requests["cpu"] = *parse_quantity("1");
  CHECK(qos_class(spec) == "Guaranteed");
  CHECK(oom_score_adj(spec, spec.containers[0], int64_t{4} << 30) == -997);
  spec.resources->requests["cpu"] = *parse_quantity("0.5");
  CHECK(qos_class(spec) == "Burstable");
  // (1Gi - 64Mi) / 2 more for each: 64Mi + 480Mi, and 480Mi, of 4Gi.
  CHECK(oom_score_adj(spec, spec.containers[0], int64_t{4} << 30) == 868);
  CHECK(oom_score_adj(spec, spec.containers[1], int64_t{4} << 30) == 883);
  // A sidecar is as safe as the containers that it serves, with their share (kubelet, GetContainerOOMScoreAdjust).
  PodSpec served = spec_of({spec.containers[0]});
  served.resources = spec.resources;
  served.init_containers = {Container()};
  served.init_containers[0].restart_policy = "Always";
  CHECK(oom_score_adj(served, served.containers[0], int64_t{4} << 30) == 868);
  CHECK(oom_score_adj(served, served.init_containers[0], int64_t{4} << 30) == 868);
  CHECK(print_quantity(container_limits(spec, spec.containers[0]).at("cpu")) == "500m");
  CHECK(print_quantity(container_limits(spec, spec.containers[0]).at("memory")) == "1Gi");
}

TEST_CASE("effective: the container's security context goes over the pod's") {
  PodSpec spec;
  spec.security_context = PodSecurityContext{.run_as_user = 1000,
                                             .run_as_group = 3000,
                                             .run_as_non_root = true,
                                             .supplemental_groups = {4000, 2000, 4000},
                                             .fs_group = 2000};
  Container container;
  EffectiveSecurity security = effective_security(spec, container);
  CHECK(security.user == 1000);
  CHECK(security.group == 3000);
  CHECK(security.supplemental_groups == std::vector<int64_t>{2000, 4000});
  CHECK(security.merge_image_groups);
  CHECK(!security.no_new_privileges);
  CHECK(!security.read_only_root);

  spec.security_context->supplemental_groups_policy = "Strict";
  container.security_context = SecurityContext{.capabilities = Capabilities{{"NET_ADMIN"}, {"ALL"}},
                                               .run_as_user = 2000,
                                               .run_as_non_root = false,
                                               .read_only_root_filesystem = true,
                                               .allow_privilege_escalation = false};
  security = effective_security(spec, container);
  CHECK(security.user == 2000);
  CHECK(security.group == 3000);
  CHECK(!security.non_root);
  CHECK(!security.merge_image_groups);
  CHECK(security.no_new_privileges);
  CHECK(security.read_only_root);
  CHECK(security.add == std::vector<std::string_view>{"NET_ADMIN"});
  CHECK(security.drop == std::vector<std::string_view>{"ALL"});
}

TEST_CASE("effective: runAsNonRoot is checked as the kubelet does") {
  EffectiveSecurity security{.non_root = true};
  CHECK(check_non_root(security, "1000"));
  CHECK(check_non_root(security, "1000:0"));
  CHECK(check_non_root(security, "").error().text() == "container has runAsNonRoot and image will run as root");
  CHECK(check_non_root(security, "0:5").error().text() == "container has runAsNonRoot and image will run as root");
  CHECK(check_non_root(security, "nginx:nginx").error().text() ==
        "container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user is non-root");
  security.user = 0;
  CHECK(check_non_root(security, "1000").error().text() == "container's runAsUser breaks non-root policy");
  security.user = 5;
  CHECK(check_non_root(security, "root"));
  security = {};
  CHECK(check_non_root(security, ""));
}

TEST_CASE("effective: oom_score_adj") {
  constexpr int64_t kGi = 1LL << 30;
  auto score = [](const Container& container) { return oom_score_adj(spec_of({container}), container, 4 * kGi); };
  CHECK(score(with("1", "1", "1Gi", "1Gi")) == -997);
  CHECK(score({}) == 1000);
  CHECK(score(with(nullptr, nullptr, "1Gi", nullptr)) == 750);
  CHECK(score(with(nullptr, nullptr, "1Ki", nullptr)) == 999);
  CHECK(score(with(nullptr, nullptr, "4Gi", nullptr)) == 3);
  CHECK(score(with("1", nullptr, nullptr, nullptr)) == 999);
}
