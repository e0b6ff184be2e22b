#include "runtime/kube/state/limit_ranges.h"

#include "base/text.h"
#include "runtime/kube/api/defaults.h"
#include "runtime/kube/api/kinds.h"
#include "runtime/kube/api/limit_range.h"
#include "runtime/kube/api/problem.h"
#include "runtime/kube/api/validate.h"
#include "runtime/kube/state/objects.h"

namespace kube {
namespace {

template <class T>
Result<> check(const std::vector<LimitRange>& ranges, const T& object) {
  std::vector<std::string> wrong;
  for (const LimitRange& range : ranges)
    for (std::string& one : check_range(object, range)) wrong.push_back(std::move(one));
  if (wrong.empty()) return {};
  const std::string all = join(wrong, ", ");
  return fail(cat(KindOf<T>::names.plural, " \"", object.metadata.name,
                  "\" is forbidden: ", wrong.size() == 1 ? all : cat("[", all, "]")));
}

}  // namespace

Result<> admit_limit_ranges(const Place& place, Pod& pod) {
  const std::vector<LimitRange> ranges = TRY(list_objects<LimitRange>(place, pod.metadata.ns));
  for (const LimitRange& range : ranges) set_range_defaults(pod, range);
  if (ranges.empty()) return {};
  set_defaults(pod);
  // A limit that it was given may be less than what it asks for itself.
  TRY(refuse_invalid("Pod", pod.metadata.name, validate_pod(pod)));
  return check(ranges, pod);
}

Result<> check_limit_ranges(const Place& place, const Pod& pod) {
  return check(TRY(list_objects<LimitRange>(place, pod.metadata.ns)), pod);
}

Result<> check_limit_ranges(const Place& place, const PersistentVolumeClaim& claim) {
  return check(TRY(list_objects<LimitRange>(place, claim.metadata.ns)), claim);
}

}  // namespace kube
