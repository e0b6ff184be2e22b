#include "runtime/kube/api/validate_resources.h"

#include <set>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/api/names.h"

namespace kube {
namespace {

constexpr std::string_view kHugepages = "hugepages-";
constexpr int64_t kMilli = 1'000'000, kWhole = 1'000'000'000;  // in 10^-9

bool is_hugepages(std::string_view name) {
  return name.starts_with(kHugepages);
}

bool is_standard(std::string_view name) {
  return name == "cpu" || name == "memory" || name == "ephemeral-storage" || is_hugepages(name);
}

// "hugepages-2Mi": whole pages.
void check_hugepages(const std::string& name, const Quantity& quantity, const std::string& path, Checker& check) {
  const Result<Quantity> size = parse_quantity(name.substr(kHugepages.size()));
  if (!size || size->nano <= 0) return check.invalid(path, name, "must be a standard resource type or fully qualified");
  if (quantity.nano % size->nano != 0)
    check.invalid(path, print_quantity(quantity),
                  cat(print_quantity(quantity), " is not positive integer multiple of ", print_quantity(*size)));
}

bool has_hugepages(const ResourceList& list) {
  for (const auto& [name, quantity] : list)
    if (is_hugepages(name)) return true;
  return false;
}

}  // namespace

bool is_extended_resource(std::string_view name) {
  const size_t slash = name.find('/');
  if (slash == name.npos || !check_qualified_name(name).empty()) return false;
  const std::string_view domain = name.substr(0, slash);
  return domain != "kubernetes.io" && !domain.ends_with(".kubernetes.io") && !name.starts_with("requests.");
}

void check_amounts(const ResourceList& list, const std::string& path, Checker& check) {
  for (const auto& [name, quantity] : list) {
    const std::string here = cat(path, '[', name, ']');
    if (!is_standard(name) && !is_extended_resource(name))
      check.invalid(here, name, "must be a standard resource type or fully qualified");
    if (quantity.nano < 0) check.invalid(here, print_quantity(quantity), "must be greater than or equal to 0");
    if (name == "cpu" && quantity.nano % kMilli != 0)
      check.invalid(here, print_quantity(quantity), "must not be finer than 1m");
    if (is_extended_resource(name) && quantity.nano % kWhole != 0)
      check.invalid(here, print_quantity(quantity), "must be an integer");
    if (is_hugepages(name)) check_hugepages(name, quantity, here, check);
  }
}

void check_resources(const ResourceRequirements& resources, const std::string& path, Checker& check) {
  check_amounts(resources.limits, path + ".limits", check);
  check_amounts(resources.requests, path + ".requests", check);
  for (const auto& [name, request] : resources.requests) {
    const bool is_exact = is_hugepages(name) || is_extended_resource(name);
    const Quantity* limit = find_amount(resources.limits, name);
    if (!limit) {
      if (is_exact) check.add(path + ".limits", "Required value: Limit must be set for non overcommitable resources");
    } else if (is_exact && request != *limit) {
      check.invalid(path + ".requests", print_quantity(request),
                    cat("must be equal to ", name, " limit of ", print_quantity(*limit)));
    } else if (request > *limit) {
      check.invalid(path + ".requests", print_quantity(request),
                    cat("must be less than or equal to ", name, " limit of ", print_quantity(*limit)));
    }
  }
  const bool has_base = resources.requests.contains("cpu") || resources.requests.contains("memory");
  if (has_hugepages(resources.limits) && !has_base) check.forbid(path, "HugePages require cpu or memory");
}

void check_pod_resources(const PodSpec& spec, Checker& check) {
  if (!spec.resources) return;
  const std::string path = "spec.resources";
  for (const auto& [list, field] :
       {std::pair(&spec.resources->limits, ".limits"), std::pair(&spec.resources->requests, ".requests")})
    for (const auto& [name, quantity] : *list)
      if (!is_pod_level(name))
        check.add(cat(path, field, '[', name, ']'),
                  cat("Unsupported value: \"", name, R"(": supported values: "cpu", "hugepages-", "memory")"));
  check_resources(*spec.resources, path, check);
  const ResourceList sums = container_sums(spec).requests;
  for (const auto& [name, request] : spec.resources->requests)
    if (const Quantity sum = amount(sums, name); request < sum)
      check.invalid(cat(path, ".requests[", name, ']'), print_quantity(request),
                    cat("must be greater than or equal to aggregate container requests of ", print_quantity(sum)));
  for (const auto& [containers, field] :
       {std::pair(&spec.containers, "spec.containers"), std::pair(&spec.init_containers, "spec.initContainers")})
    for (size_t i = 0; i < containers->size(); i++)
      for (const auto& [name, limit] : spec.resources->limits)
        if (const Quantity own = amount((*containers)[i].resources.limits, name); own > limit)
          check.invalid(cat(indexed(field, i), ".resources.limits[", name, ']'), print_quantity(own),
                        cat("must be less than or equal to pod limits of ", print_quantity(limit)));
}

void check_resize_policy(const PodSpec& spec, const Container& container, const std::string& path, Checker& check) {
  std::set<std::string> seen;
  for (size_t i = 0; i < container.resize_policy.size(); i++) {
    const ResizePolicy& policy = container.resize_policy[i];
    const std::string here = indexed(path + ".resizePolicy", i);
    if (!seen.insert(policy.resource_name).second)
      check.add(here, cat("Duplicate value: \"", policy.resource_name, '"'));
    check.require(here + ".resourceName", policy.resource_name);
    check.require(here + ".restartPolicy", policy.restart_policy);
    if (policy.restart_policy == "RestartContainer" && restart_policy(spec, container) == "Never")
      check.invalid(here, policy.restart_policy, "must be 'NotRequired' when `restartPolicy` is 'Never'");
  }
}

}  // namespace kube
