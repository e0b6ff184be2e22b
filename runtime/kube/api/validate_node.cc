// Node and LimitRange: defaults and checks.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "runtime/kube/api/checker.h"
#include "runtime/kube/api/defaults.h"
#include "runtime/kube/api/names.h"
#include "runtime/kube/api/validate_objects.h"
#include "runtime/kube/api/validate_resources.h"

namespace kube {
namespace {

// Each of the amounts must lie between the ones before and behind it.
void check_order(const LimitRangeItem& item, const std::string& path, Checker& check) {
  struct Step {
    const char* name;
    const ResourceList* list;
  };
  const Step steps[] = {{"min", &item.min},
                        {"default request", &item.default_request},
                        {"default", &item.default_limit},
                        {"max", &item.max}};
  for (const Step* low = std::begin(steps); low != std::end(steps); low++)
    for (const Step* high = low + 1; high != std::end(steps); high++)
      for (const auto& [name, amount] : *low->list)
        if (const Quantity* found = find_amount(*high->list, name); found && amount > *found)
          check.invalid(
              cat(path, '.', std::string_view(low->name).starts_with("default r") ? "defaultRequest" : low->name, '[',
                  name, ']'),
              print_quantity(amount),
              cat(low->name, " value ", print_quantity(amount), " is greater than ", high->name, " value ",
                  print_quantity(*found)));
}

// A claim asks for nothing else.
void check_storage_alone(const ResourceList& list, const std::string& path, Checker& check) {
  for (const auto& [name, quantity] : list) {
    const std::string here = cat(path, '[', name, ']');
    if (name != "storage") check.invalid(here, name, "must be storage where `type` is 'PersistentVolumeClaim'");
    if (quantity.nano < 0) check.invalid(here, print_quantity(quantity), "must be greater than or equal to 0");
  }
}

void check_item(const LimitRangeItem& item, const std::string& path, Checker& check) {
  static constexpr std::string_view kTypes[] = {"Container", "PersistentVolumeClaim", "Pod"};
  check.require(path + ".type", item.type);
  if (std::ranges::find(kTypes, item.type) == std::end(kTypes))
    check.add(path + ".type", cat("Unsupported value: \"", item.type,
                                  "\": supported values: \"Container\", \"PersistentVolumeClaim\", \"Pod\""));
  const bool is_claims = item.type == "PersistentVolumeClaim";
  if (is_claims && !find_amount(item.min, "storage") && !find_amount(item.max, "storage"))
    check.add(path + ".limits",
              "Required value: either minimum or maximum storage value is required, but neither was provided");
  if (item.type == "Pod" && !item.default_limit.empty())
    check.forbid(path + ".default", "may not be specified when `type` is 'Pod'");
  if (item.type == "Pod" && !item.default_request.empty())
    check.forbid(path + ".defaultRequest", "may not be specified when `type` is 'Pod'");
  for (const auto& [field, list] : {std::pair(".max", &item.max),
                                    {".min", &item.min},
                                    {".default", &item.default_limit},
                                    {".defaultRequest", &item.default_request}})
    is_claims ? check_storage_alone(*list, path + field, check) : check_amounts(*list, path + field, check);
  check_order(item, path, check);
  for (const auto& [name, ratio] : item.max_ratio)
    if (ratio < whole_quantity(1))
      check.invalid(cat(path, ".maxLimitRequestRatio[", name, ']'), print_quantity(ratio),
                    cat("ratio ", print_quantity(ratio), " is less than 1"));
}

}  // namespace

void set_defaults(NodeObject&) {}

// As the API server: a maximum is a default, a default limit a default request, and a minimum one where there is none.
void set_defaults(LimitRange& range) {
  fill(range.metadata.ns, "default");
  for (LimitRangeItem& item : range.spec.limits) {
    if (item.type != "Container") continue;
    for (const auto& [name, amount] : item.max) item.default_limit.emplace(name, amount);
    for (const auto& [name, amount] : item.default_limit) item.default_request.emplace(name, amount);
    for (const auto& [name, amount] : item.min) item.default_request.emplace(name, amount);
  }
}

std::optional<Problem> validate(const NodeObject& node) {
  Checker check;
  check_metadata(node.metadata, false, check_dns_subdomain, check);
  check_amounts(node.status.capacity, "status.capacity", check);
  check_amounts(node.status.allocatable, "status.allocatable", check);
  return check.problem;
}

std::optional<Problem> validate(const LimitRange& range) {
  Checker check;
  check_metadata(range.metadata, true, check_dns_subdomain, check);
  std::set<std::string> types;
  for (size_t i = 0; i < range.spec.limits.size(); i++) {
    const std::string path = indexed("spec.limits", i);
    check_item(range.spec.limits[i], path, check);
    if (!types.insert(range.spec.limits[i].type).second)
      check.add(path + ".type", cat("Duplicate value: \"", range.spec.limits[i].type, '"'));
  }
  return check.problem;
}

std::optional<Problem> validate_change(const NodeObject&, const NodeObject&) {
  return {};
}

std::optional<Problem> validate_change(const LimitRange&, const LimitRange&) {
  return {};
}

}  // namespace kube
