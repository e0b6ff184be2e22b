// The objects of this node beside Pods: one YAML file each, <objects>/KIND/NAMESPACE/NAME.yaml (no NAMESPACE for those
// that have none), replaced in one step, so a reader sees the old one or the new one. They outlive a boot.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/objects.h"
#include "runtime/kube/state/place.h"

namespace kube {

// T: ConfigMap, Secret, ServiceAccount, PersistentVolume, PersistentVolumeClaim, Namespace. Explicitly instantiated.

// Error: `configmap "web" not found` (is_not_found() of it), or what is wrong with the file.
template <class T>
Result<T> read_object(const Place& place, const std::string& ns, const std::string& name);

// All of a namespace, or of all namespaces when `ns` is empty; sorted by namespace and name.
template <class T>
Result<std::vector<T>> list_objects(const Place& place, const std::string& ns);

template <class T>
Result<> write_object(const Place& place, const T& object);

template <class T>
Result<> remove_object(const Place& place, const std::string& ns, const std::string& name);

// Where the files of a kind and namespace are: for who watches them.
template <class T>
std::string objects_dir(const Place& place, const std::string& ns);

}  // namespace kube
