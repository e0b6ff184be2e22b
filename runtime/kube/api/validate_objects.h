// The API server's defaults for the objects beside Pods, and its checks, in its words.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/kube/api/node_object.h"
#include "runtime/kube/api/objects.h"
#include "runtime/kube/api/validate.h"

namespace kube {

// What the manifest left out: the namespace "default", a Secret's type, a volume's reclaim policy, and so on.
void set_defaults(ConfigMap& map);
void set_defaults(Secret& secret);
void set_defaults(ServiceAccount& account);
void set_defaults(PersistentVolume& volume);
void set_defaults(PersistentVolumeClaim& claim);
void set_defaults(Namespace& ns);
void set_defaults(LimitRange& range);
void set_defaults(NodeObject& node);

// The first thing wrong with an object whose defaults are set; empty when it is valid.
std::optional<Problem> validate(const ConfigMap& map);
std::optional<Problem> validate(const Secret& secret);
std::optional<Problem> validate(const ServiceAccount& account);
std::optional<Problem> validate(const PersistentVolume& volume);
std::optional<Problem> validate(const PersistentVolumeClaim& claim);
std::optional<Problem> validate(const Namespace& ns);
std::optional<Problem> validate(const LimitRange& range);
std::optional<Problem> validate(const NodeObject& node);

// What may not change of one that exists.
std::optional<Problem> validate_change(const ConfigMap& before, const ConfigMap& after);
std::optional<Problem> validate_change(const Secret& before, const Secret& after);
std::optional<Problem> validate_change(const ServiceAccount& before, const ServiceAccount& after);
std::optional<Problem> validate_change(const PersistentVolume& before, const PersistentVolume& after);
std::optional<Problem> validate_change(const PersistentVolumeClaim& before, const PersistentVolumeClaim& after);
std::optional<Problem> validate_change(const Namespace& before, const Namespace& after);
std::optional<Problem> validate_change(const LimitRange& before, const LimitRange& after);
std::optional<Problem> validate_change(const NodeObject& before, const NodeObject& after);

// All values of a ConfigMap or Secret together.
constexpr size_t kDataLimit = 1 << 20;

}  // namespace kube
