// How the kinds of objects are called: in manifests, on command lines, in messages.
#pragma once

#include <span>
#include <string_view>

#include "runtime/kube/api/node_object.h"
#include "runtime/kube/api/objects.h"

namespace kube {

struct KindNames {
  std::string_view kind;        // ConfigMap
  std::string_view singular;    // configmap
  std::string_view plural;      // configmaps
  std::string_view short_name;  // cm; "": none
  bool has_namespace;
};

// KindOf<ConfigMap>::names.
template <class T>
struct KindOf {
  static const KindNames names;
};
template <>
const KindNames KindOf<Pod>::names;
template <>
const KindNames KindOf<ConfigMap>::names;
template <>
const KindNames KindOf<Secret>::names;
template <>
const KindNames KindOf<ServiceAccount>::names;
template <>
const KindNames KindOf<PersistentVolume>::names;
template <>
const KindNames KindOf<PersistentVolumeClaim>::names;
template <>
const KindNames KindOf<Namespace>::names;
template <>
const KindNames KindOf<LimitRange>::names;
template <>
const KindNames KindOf<NodeObject>::names;
template <>
const KindNames KindOf<Event>::names;  // to look at only

// All but events, in the order in which they are best made: what others refer to comes first.
std::span<const KindNames* const> kinds();

// The kind that a manifest names ("ConfigMap"); null when there is none.
const KindNames* find_kind(std::string_view kind);
// The kind that a command line names: "configmap", "configmaps", "cm", in any case.
const KindNames* find_resource(std::string_view word);

}  // namespace kube
