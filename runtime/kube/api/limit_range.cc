#include "runtime/kube/api/limit_range.h"

#include <cstdio>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/effective.h"

namespace kube {
namespace {

// The checks of one container's amounts, or of the pod's.
class RangeCheck {
 public:
  RangeCheck(const LimitRangeItem& item, const ResourceRequirements& resources, std::vector<std::string>& wrong)
      : item_(item), resources_(resources), wrong_(wrong) {}

  void run() {
    for (const auto& [name, least] : item_.min) check_min(name, least);
    for (const auto& [name, most] : item_.max) check_max(name, most);
    for (const auto& [name, ratio] : item_.max_ratio) check_ratio(name, ratio);
  }

  // Of what has requests alone: no limit has to be there.
  void run_on_requests() {
    for (const auto& [name, least] : item_.min) check_min(name, least);
    for (const auto& [name, most] : item_.max)
      refuse_above("request", find_amount(resources_.requests, name), name, most);
  }

 private:
  std::string bound(const char* which, const std::string& name, const Quantity& value) const {
    return cat(which, " ", name, " usage per ", item_.type, " is ", print_quantity(value));
  }

  void check_min(const std::string& name, const Quantity& least) {
    const Quantity *request = find_amount(resources_.requests, name), *limit = find_amount(resources_.limits, name);
    const std::string text = bound("minimum", name, least);
    if (!request)
      wrong_.push_back(text + ".  No request is specified");
    else if (*request < least)
      wrong_.push_back(cat(text, ", but request is ", print_quantity(*request)));
    else if (limit && *limit < least)
      wrong_.push_back(cat(text, ", but limit is ", print_quantity(*limit)));
  }

  void check_max(const std::string& name, const Quantity& most) {
    const Quantity* request = find_amount(resources_.requests, name);
    if (!refuse_above("limit", find_amount(resources_.limits, name), name, most) && request)
      refuse_above("request", request, name, most);
  }

  // Whether the amount is refused: it is not there, or above the most.
  bool refuse_above(const char* what, const Quantity* amount, const std::string& name, const Quantity& most) {
    const std::string text = bound("maximum", name, most);
    if (amount && *amount <= most) return false;
    wrong_.push_back(amount ? cat(text, ", but ", what, " is ", print_quantity(*amount))
                            : cat(text, ".  No ", what, " is specified"));
    return true;
  }

  void check_ratio(const std::string& name, const Quantity& ratio) {
    const Quantity *request = find_amount(resources_.requests, name), *limit = find_amount(resources_.limits, name);
    const std::string text = cat(name, " max limit to request ratio per ", item_.type, " is ", print_quantity(ratio));
    if (!request || request->is_zero()) {
      wrong_.push_back(text + ", but no request is specified or request is 0");
    } else if (!limit || limit->is_zero()) {
      wrong_.push_back(text + ", but no limit is specified or limit is 0");
    } else {
      const double given = static_cast<double>(limit->nano) / static_cast<double>(request->nano);
      if (given <= static_cast<double>(ratio.nano) / 1e9) return;
      char number[40];
      snprintf(number, sizeof number, "%f", given);
      wrong_.push_back(cat(text, ", but provided ratio is ", number));
    }
  }

  const LimitRangeItem& item_;
  const ResourceRequirements& resources_;
  std::vector<std::string>& wrong_;
};

}  // namespace

void set_range_defaults(Pod& pod, const LimitRange& range) {
  for (const LimitRangeItem& item : range.spec.limits) {
    if (item.type != "Container") continue;
    for (Container* container : all_containers(pod.spec)) {
      for (const auto& [name, limit] : item.default_limit) container->resources.limits.emplace(name, limit);
      for (const auto& [name, request] : item.default_request) container->resources.requests.emplace(name, request);
    }
  }
}

std::vector<std::string> check_range(const Pod& pod, const LimitRange& range) {
  std::vector<std::string> wrong;
  for (const LimitRangeItem& item : range.spec.limits) {
    if (item.type == "Pod") {
      // All limits that there are, whether every container has one or not.
      const ResourceRequirements sums = {pod_limits(pod.spec), pod_resources(pod.spec).requests};
      RangeCheck(item, sums, wrong).run();
    }
    if (item.type != "Container") continue;
    for (const Container* container : all_containers(pod.spec)) RangeCheck(item, container->resources, wrong).run();
  }
  return wrong;
}

std::vector<std::string> check_range(const PersistentVolumeClaim& claim, const LimitRange& range) {
  std::vector<std::string> wrong;
  // Whatever limits it has: LimitRanger does not look at them.
  const ResourceRequirements asked{.requests = claim.spec.resources.requests};
  for (const LimitRangeItem& item : range.spec.limits)
    if (item.type == "PersistentVolumeClaim") RangeCheck(item, asked, wrong).run_on_requests();
  return wrong;
}

}  // namespace kube
