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

// Of the containers of its pod that ask for the least.
Quantity least_memory_request(const PodSpec& spec) {
  Quantity least = amount(spec.containers[0].resources.requests, "memory");
  for (const Container& container : spec.containers)
    least = std::min(least, amount(container.resources.requests, "memory"));
  return least;
}

int64_t oom_score(const Quantity& request, int64_t capacity) {
  const __int128 bytes = whole_value(request);
  return static_cast<int64_t>(1000 - 1000 * bytes / std::max<int64_t>(capacity, 1));
}

}  // namespace

ResourceList pod_limits(const PodSpec& spec) {
  return most_at_once(spec, &ResourceRequirements::limits);
}

ResourceRequirements pod_resources(const PodSpec& spec) {
  ResourceRequirements sum{pod_limits(spec), most_at_once(spec, &ResourceRequirements::requests)};
  for (const Container* container : all_containers(spec))
    std::erase_if(sum.limits,
                  [&](const auto& limit) { return amount(container->resources.limits, limit.first).is_zero(); });
  return sum;
}

std::string_view qos_class(const PodSpec& spec) {
  bool any = false, guaranteed = true;
  for (const char* name : kComputeNames) {
    Quantity requests, limits;
    for (const Container* container : all_containers(spec)) {
      const Quantity request = amount(container->resources.requests, name);
      const Quantity limit = amount(container->resources.limits, name);
      any = any || !request.is_zero() || !limit.is_zero();
      guaranteed = guaranteed && !limit.is_zero();
      requests = requests + request;
      limits = limits + limit;
    }
    guaranteed = guaranteed && requests == limits;
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
  int64_t score = oom_score(amount(container.resources.requests, "memory"), capacity);
  if (role_of(spec, container) == Role::sidecar && !spec.containers.empty())
    score = std::min(score, oom_score(least_memory_request(spec), capacity));
  return static_cast<int>(std::clamp<int64_t>(score, 3, 999));
}

}  // namespace kube
