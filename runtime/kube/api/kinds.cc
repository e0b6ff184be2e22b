#include "runtime/kube/api/kinds.h"

#include <array>
#include <string>

#include "base/text.h"

namespace kube {

template <>
constinit const KindNames KindOf<Pod>::names = {"Pod", "pod", "pods", "po", true};
template <>
constinit const KindNames KindOf<ConfigMap>::names = {"ConfigMap", "configmap", "configmaps", "cm", true};
template <>
constinit const KindNames KindOf<Secret>::names = {"Secret", "secret", "secrets", "", true};
template <>
constinit const KindNames KindOf<ServiceAccount>::names = {"ServiceAccount", "serviceaccount", "serviceaccounts", "sa",
                                                           true};
template <>
constinit const KindNames KindOf<PersistentVolume>::names = {"PersistentVolume", "persistentvolume",
                                                             "persistentvolumes", "pv", false};
template <>
constinit const KindNames KindOf<PersistentVolumeClaim>::names = {"PersistentVolumeClaim", "persistentvolumeclaim",
                                                                  "persistentvolumeclaims", "pvc", true};
template <>
constinit const KindNames KindOf<Namespace>::names = {"Namespace", "namespace", "namespaces", "ns", false};
template <>
constinit const KindNames KindOf<LimitRange>::names = {"LimitRange", "limitrange", "limitranges", "limits", true};
template <>
constinit const KindNames KindOf<NodeObject>::names = {"Node", "node", "nodes", "no", false};
template <>
constinit const KindNames KindOf<Event>::names = {"Event", "event", "events", "ev", true};

std::span<const KindNames* const> kinds() {
  static constexpr std::array<const KindNames*, 9> all = {&KindOf<NodeObject>::names,
                                                          &KindOf<Namespace>::names,
                                                          &KindOf<LimitRange>::names,
                                                          &KindOf<ServiceAccount>::names,
                                                          &KindOf<ConfigMap>::names,
                                                          &KindOf<Secret>::names,
                                                          &KindOf<PersistentVolume>::names,
                                                          &KindOf<PersistentVolumeClaim>::names,
                                                          &KindOf<Pod>::names};
  return all;
}

const KindNames* find_kind(std::string_view kind) {
  for (const KindNames* names : kinds())
    if (names->kind == kind) return names;
  return nullptr;
}

const KindNames* find_resource(std::string_view word) {
  const std::string lower = lower_case(word);
  const auto is_called = [&](const KindNames& names) {
    return !lower.empty() && (lower == names.singular || lower == names.plural || lower == names.short_name);
  };
  for (const KindNames* names : kinds())
    if (is_called(*names)) return names;
  return is_called(KindOf<Event>::names) ? &KindOf<Event>::names : nullptr;
}

}  // namespace kube
