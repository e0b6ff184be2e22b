#include "runtime/kube/state/namespaces.h"

#include <algorithm>

#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/api/object.h"
#include "runtime/kube/api/validate_objects.h"
#include "runtime/kube/state/folder.h"
#include "runtime/kube/state/objects.h"
#include "runtime/kube/state/record.h"

namespace kube {
namespace {

template <class T>
Result<> ensure_object(const Place& place, const std::string& ns, const std::string& name) {
  if (const Result<T> present = read_object<T>(place, ns, name); present || !is_not_found(present.error()))
    return present ? Result<>() : std::unexpected(present.error());
  T object;
  object.metadata.name = name;
  object.metadata.ns = ns;
  set_defaults(object);
  identify(object.metadata);
  return write_object(place, object);
}

}  // namespace

Result<std::vector<std::string>> list_namespaces(const Place& place) {
  std::vector<std::string> names = {"default"};
  for (const Namespace& ns : TRY(list_objects<Namespace>(place, ""))) names.push_back(ns.metadata.name);
  for (const std::string& key : TRY(list_names(pods_dir(place)))) names.push_back(key.substr(0, key.find('_')));
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<> ensure_namespace(const Place& place, const std::string& ns) {
  // Without the lock when there is nothing to do, which is nearly always.
  if (read_object<Namespace>(place, "", ns) && read_object<ServiceAccount>(place, ns, "default")) return {};
  const Fd lock = TRY(lock_objects(place));
  TRY(ensure_object<Namespace>(place, "", ns));
  return ensure_object<ServiceAccount>(place, ns, "default");
}

Result<> remove_namespace(const Place& place, const std::string& ns) {
  const Fd lock = TRY(lock_objects(place));
  for (const KindNames* kind : kinds()) {
    if (!kind->has_namespace || kind == &KindOf<Pod>::names) continue;
    TRY(remove_tree(cat(place.objects, "/", kind->plural, "/", ns)));
  }
  const Result<> removed = remove_object<Namespace>(place, "", ns);
  return removed || is_not_found(removed.error()) ? Result<>() : removed;
}

}  // namespace kube
