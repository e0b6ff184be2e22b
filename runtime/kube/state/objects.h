// The objects of this node beside Pods: one YAML file each, <objects>/KIND/NAMESPACE/NAME.yaml (no NAMESPACE for those
// that have none; KIND as "configmaps"), replaced in one step, so a reader sees the old one or the new one. They
// outlive a boot. All of it is for root alone: there are secrets among them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "runtime/kube/api/objects.h"
#include "runtime/kube/state/place.h"

namespace kube {

// T: ConfigMap, Secret, ServiceAccount, PersistentVolume, PersistentVolumeClaim, Namespace, LimitRange,
// NodeObject. Explicitly instantiated.

// Error: `configmap "web" not found` (is_not_found() of it, record.h), or what is wrong with the file.
template <class T>
Result<T> read_object(const Place& place, const std::string& ns, const std::string& name);

// The same; nothing when it is not there and `optional` says that it need not be.
template <class T>
Result<std::optional<T>> read_object_if(const Place& place, const std::string& ns, const std::string& name,
                                        bool optional);

// All of a namespace, or of all namespaces when `ns` is empty; sorted by namespace and name.
template <class T>
Result<std::vector<T>> list_objects(const Place& place, const std::string& ns);

// The object as it is given; who makes a new one has given it a uid and a time (identify() below).
template <class T>
Result<> write_object(const Place& place, const T& object);

// Error: as of read_object.
template <class T>
Result<> remove_object(const Place& place, const std::string& ns, const std::string& name);

// Where the files of a kind and namespace are, for who watches them. With an empty `ns`: where those of the kind are.
template <class T>
std::string objects_dir(const Place& place, const std::string& ns);

// Who reads an object to write a changed one holds this lock in between. The descriptor must be kept.
Result<Fd> lock_objects(const Place& place);

// Gives a new object what tells it from one of the same name: a random uid, and the time.
void identify(ObjectMeta& metadata);

}  // namespace kube
