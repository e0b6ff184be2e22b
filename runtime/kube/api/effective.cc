#include "runtime/kube/api/effective.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/containers.h"

namespace kube {
namespace {

// Only these count for the class; a quantity of zero counts as not given.
constexpr const char* kComputeNames[] = {"cpu", "memory"};

bool adds_sys_admin(const std::vector<std::string_view>& names) {
  return std::ranges::any_of(names, [](std::string_view name) {
    return name == "ALL" || name == "all" || name == "SYS_ADMIN" || name == "CAP_SYS_ADMIN";
  });
}

void raise(ResourceList& most, const ResourceList& other) {
  for (const auto& [name, quantity] : other) most[name] = std::max(most[name], quantity);
}

ResourceList most_at_once(const PodSpec& spec, ResourceList ResourceRequirements::* list) {
  ResourceList sidecars, most;
  for (const Container& container : spec.init_containers) {
    ResourceList step = sidecars;
    add(step, container.resources.*list);
    raise(most, step);
    if (is_sidecar(container)) sidecars = step;
  }
  ResourceList all = sidecars;
  for (const Container& container : spec.containers) add(all, container.resources.*list);
  raise(most, all);
  return most;
}

// With a request or limit of zero as without.
struct ComputeSum {
  Quantity request, limit;
};

ComputeSum sum_compute(const PodSpec& spec, const char* name, bool& all_are_limited) {
  if (spec.resources && !(spec.resources->limits.empty() && spec.resources->requests.empty())) {
    const ComputeSum sum{amount(spec.resources->requests, name), amount(spec.resources->limits, name)};
    all_are_limited = all_are_limited && !sum.limit.is_zero();
    return sum;
  }
  ComputeSum sum;
  for (const Container* container : all_containers(spec)) {
    const Quantity limit = amount(container->resources.limits, name);
    all_are_limited = all_are_limited && !limit.is_zero();
    sum.request = sum.request + amount(container->resources.requests, name);
    sum.limit = sum.limit + limit;
  }
  return sum;
}

// What the pod asks for beyond its containers, for each of them alike (kubelet, remainingPodMemReqPerContainer).
int64_t shared_memory_request(const PodSpec& spec) {
  if (!spec.resources) return 0;
  const int64_t own = whole_value(amount(spec.resources->requests, "memory"));
  const int64_t theirs = whole_value(amount(container_sums(spec).requests, "memory"));
  const auto count = static_cast<int64_t>(spec.containers.size() + spec.init_containers.size());
  return count == 0 ? 0 : std::max<int64_t>(own - theirs, 0) / count;
}

// Of the containers of its pod that ask for the least.
Quantity least_memory_request(const PodSpec& spec) {
  Quantity least = amount(spec.containers[0].resources.requests, "memory");
  for (const Container& container : spec.containers)
    least = std::min(least, amount(container.resources.requests, "memory"));
  return least;
}

int64_t oom_score(int64_t request, int64_t capacity) {
  return static_cast<int64_t>(1000 - 1000 * static_cast<__int128>(request) / std::max<int64_t>(capacity, 1));
}

}  // namespace

ResourceList pod_limits(const PodSpec& spec) {
  ResourceList limits = container_sums(spec).limits;
  if (spec.resources) overlay(limits, spec.resources->limits);
  return limits;
}

bool is_pod_level(std::string_view name) {
  return name == "cpu" || name == "memory" || name.starts_with("hugepages-");
}

ResourceRequirements container_sums(const PodSpec& spec) {
  ResourceRequirements sum;
  sum.limits = most_at_once(spec, &ResourceRequirements::limits);
  sum.requests = most_at_once(spec, &ResourceRequirements::requests);
  return sum;
}

ResourceList container_limits(const PodSpec& spec, const Container& container) {
  ResourceList limits = container.resources.limits;
  if (!spec.resources) return limits;
  for (const auto& [name, limit] : spec.resources->limits)
    if (amount(limits, name).is_zero()) limits.insert_or_assign(name, limit);
  return limits;
}

ResourceRequirements pod_resources(const PodSpec& spec) {
  ResourceRequirements sum = container_sums(spec);
  for (const Container* container : all_containers(spec))
    std::erase_if(sum.limits, [&](const auto& limit) {
      return !limit.first.starts_with("hugepages-") && amount(container->resources.limits, limit.first).is_zero();
    });
  if (!spec.resources) return sum;
  overlay(sum.limits, spec.resources->limits);
  overlay(sum.requests, spec.resources->requests);
  return sum;
}

std::string_view qos_class(const PodSpec& spec) {
  bool any = false, guaranteed = true;
  for (const char* name : kComputeNames) {
    const ComputeSum sum = sum_compute(spec, name, guaranteed);
    any = any || !sum.request.is_zero() || !sum.limit.is_zero();
    guaranteed = guaranteed && sum.request == sum.limit;
  }
  return !any ? "BestEffort" : guaranteed ? "Guaranteed" : "Burstable";
}

EffectiveSecurity effective_security(const PodSpec& spec, const Container& container) {
  EffectiveSecurity out;
  if (spec.security_context) {
    const PodSecurityContext& pod = *spec.security_context;
    out.user = pod.run_as_user;
    out.group = pod.run_as_group;
    out.non_root = pod.run_as_non_root.value_or(false);
    out.merge_image_groups = pod.supplemental_groups_policy != "Strict";
    out.seccomp = pod.seccomp_profile;
    out.app_armor = pod.app_armor_profile;
    out.se_linux = out.pod_se_linux = pod.se_linux_options;
    if (pod.fs_group) out.supplemental_groups.push_back(*pod.fs_group);
    for (int64_t group : pod.supplemental_groups)
      if (std::find(out.supplemental_groups.begin(), out.supplemental_groups.end(), group) ==
          out.supplemental_groups.end())
        out.supplemental_groups.push_back(group);
  }
  if (!container.security_context) return out;
  const SecurityContext& own = *container.security_context;
  if (own.run_as_user) out.user = own.run_as_user;
  if (own.run_as_group) out.group = own.run_as_group;
  out.non_root = own.run_as_non_root.value_or(out.non_root);
  out.read_only_root = own.read_only_root_filesystem.value_or(false);
  out.privileged = own.privileged.value_or(false);
  out.unmasked_proc = own.proc_mount == "Unmasked";
  if (own.seccomp_profile) out.seccomp = own.seccomp_profile;
  if (own.app_armor_profile) out.app_armor = own.app_armor_profile;
  if (own.se_linux_options) out.se_linux = own.se_linux_options;
  if (own.capabilities) {
    out.add.assign(own.capabilities->add.begin(), own.capabilities->add.end());
    out.drop.assign(own.capabilities->drop.begin(), own.capabilities->drop.end());
  }
  // core/v1, allowPrivilegeEscalation: "always true when the container is privileged or has CAP_SYS_ADMIN".
  out.no_new_privileges = !own.allow_privilege_escalation.value_or(true) && !out.privileged && !adds_sys_admin(out.add);
  return out;
}

std::optional<SecurityProfile> annotated_app_armor(const ObjectMeta& metadata, const std::string& container) {
  constexpr std::string_view kLocalhost = "localhost/";
  const auto found = metadata.annotations.find(cat("container.apparmor.security.beta.kubernetes.io/", container));
  if (found == metadata.annotations.end()) return std::nullopt;
  const std::string& value = found->second;
  if (value == "runtime/default") return SecurityProfile{"RuntimeDefault", ""};
  if (value == "unconfined") return SecurityProfile{"Unconfined", ""};
  if (!value.starts_with(kLocalhost)) return std::nullopt;
  return SecurityProfile{"Localhost", value.substr(kLocalhost.size())};
}

Result<> check_non_root(const EffectiveSecurity& security, std::string_view image_user) {
  if (!security.non_root) return {};
  if (security.user && *security.user == 0) return fail("container's runAsUser breaks non-root policy");
  if (security.user) return {};
  std::string_view user = image_user.substr(0, image_user.find(':'));
  auto uid = parse_number<uint32_t>(user);
  if (user.empty() || (uid && *uid == 0)) return fail("container has runAsNonRoot and image will run as root");
  if (!uid)
    return fail(
        cat("container has runAsNonRoot and image has non-numeric user (", user, "), cannot verify user is non-root"));
  return {};
}

int oom_score_adj(const PodSpec& spec, const Container& container, int64_t capacity) {
  std::string_view qos = qos_class(spec);
  if (qos == "Guaranteed") return -997;
  if (qos == "BestEffort") return 1000;
  const int64_t request = whole_value(amount(container.resources.requests, "memory"));
  const int64_t shared = shared_memory_request(spec);
  int64_t score = oom_score(request + shared, capacity);
  if (role_of(spec, container) == Role::sidecar && !spec.containers.empty())
    score = std::min(score, oom_score(whole_value(least_memory_request(spec)) + shared, capacity));
  return static_cast<int>(std::clamp<int64_t>(score, 3, 999));
}

}  // namespace kube
