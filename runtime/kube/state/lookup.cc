#include "runtime/kube/state/lookup.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/state/namespaces.h"
#include "runtime/kube/state/node_resources.h"
#include "runtime/kube/state/objects.h"
#include "runtime/kube/state/record.h"

namespace kube {
namespace {

template <class T>
Result<Object> find_one(const Place& place, const std::string& ns, const std::string& name) {
  if constexpr (std::is_same_v<T, Pod>) {
    return TRY(find_pod(place, ns, name));
  } else if constexpr (std::is_same_v<T, NodeObject>) {
    NodeObject node = TRY(read_node(place));
    if (node.metadata.name != name) return fail(cat("nodes \"", name, "\" not found"));
    return node;
  } else {
    Result<T> object = read_object<T>(place, ns, name);
    if (object) return *std::move(object);
    if (!is_not_found(object.error())) return std::unexpected(object.error());
    return fail(cat(KindOf<T>::names.plural, " \"", name, "\" not found"));
  }
}

template <class T>
Result<std::vector<Object>> find_all(const Place& place, const std::string& ns) {
  std::vector<Object> objects;
  if constexpr (std::is_same_v<T, Pod>) {
    for (Pod& pod : TRY(list_pods(place, ns))) objects.emplace_back(std::move(pod));
  } else if constexpr (std::is_same_v<T, NodeObject>) {
    objects.emplace_back(TRY(read_node(place)));
  } else {
    for (T& object : TRY(list_objects<T>(place, ns))) objects.emplace_back(std::move(object));
  }
  return objects;
}

// Namespaces and their service accounts come into being when somebody looks.
Result<> ensure_kind(const Place& place, const KindNames& kind, const std::string& ns) {
  const bool is_namespaces = &kind == &KindOf<Namespace>::names;
  if (!is_namespaces && &kind != &KindOf<ServiceAccount>::names) return {};
  for (const std::string& one : TRY(list_namespaces(place)))
    if (is_namespaces || ns.empty() || one == ns) TRY(ensure_namespace(place, one));
  return {};
}

}  // namespace

Result<> check_is_object(const KindNames& kind) {
  if (&kind != &KindOf<Event>::names) return {};
  return fail("events are looked at alone, and never changed", "nacelle kube events");
}

Result<Object> find_object(const Place& place, const KindNames& kind, const std::string& ns, const std::string& name) {
  TRY(check_is_object(kind));
  TRY(ensure_kind(place, kind, ns));
  return with_kind(kind, [&]<class T>(const T&) { return find_one<T>(place, ns, name); });
}

Result<std::vector<Object>> find_objects(const Place& place, const KindNames& kind, const std::string& ns) {
  TRY(check_is_object(kind));
  TRY(ensure_kind(place, kind, ns));
  return with_kind(kind, [&]<class T>(const T&) { return find_all<T>(place, ns); });
}

}  // namespace kube
