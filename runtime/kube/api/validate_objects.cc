#include "runtime/kube/api/validate_objects.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/checker.h"
#include "runtime/kube/api/defaults.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/names.h"
#include "runtime/kube/api/node.h"
#include "runtime/kube/api/schema.h"

namespace kube {
namespace {

size_t check_data(const StringMap& data, std::string_view field, Checker& check) {
  size_t size = 0;
  for (const auto& [key, value] : data) {
    check.invalid(cat(field, '[', key, ']'), key, check_data_key(key));
    size += value.size();
  }
  return size;
}

std::string too_large() {
  return cat("Too long: may not be more than ", kDataLimit, " bytes");
}

// Messages never show what is in a Secret.
void check_json(const Secret& secret, const std::string& key, Checker& check) {
  const auto found = secret.data.find(key);
  const std::string path = cat("data[", key, ']');
  if (found == secret.data.end()) return check.add(path, "Required value");
  const auto json = parse_json(found->second);
  if (!json || json->kind != Node::Kind::mapping)
    check.add(path,
              cat("Invalid value: \"<secret contents redacted>\": ", json ? "not an object" : json.error().message));
}

void check_type(const Secret& secret, Checker& check) {
  const auto require = [&](const char* key) {
    if (!secret.data.contains(key)) check.add(cat("data[", key, ']'), "Required value");
  };
  if (secret.type == "kubernetes.io/service-account-token") {
    const auto account = secret.metadata.annotations.find("kubernetes.io/service-account.name");
    if (account == secret.metadata.annotations.end() || account->second.empty())
      check.add("metadata.annotations[kubernetes.io/service-account.name]", "Required value");
  } else if (secret.type == "kubernetes.io/dockercfg") {
    check_json(secret, ".dockercfg", check);
  } else if (secret.type == "kubernetes.io/dockerconfigjson") {
    check_json(secret, ".dockerconfigjson", check);
  } else if (secret.type == "kubernetes.io/basic-auth") {
    if (!secret.data.contains("password")) require("username");
  } else if (secret.type == "kubernetes.io/ssh-auth") {
    require("ssh-privatekey");
  } else if (secret.type == "kubernetes.io/tls") {
    require("tls.crt");
    require("tls.key");
  }
}

void check_access_modes(const std::vector<std::string>& modes, Checker& check) {
  static constexpr std::string_view known[] = {"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"};
  if (modes.empty()) check.add("spec.accessModes", "Required value: at least 1 access mode is required");
  for (const std::string& mode : modes) {
    if (std::ranges::find(known, mode) == std::end(known))
      check.add("spec.accessModes", cat("Unsupported value: \"", mode,
                                        "\": supported values: \"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOnce\", "
                                        "\"ReadWriteOncePod\""));
    if (mode == "ReadWriteOncePod" && modes.size() > 1)
      check.add("spec.accessModes", "Forbidden: may not use ReadWriteOncePod with other access modes");
  }
}

void check_storage(const ResourceList& list, const std::string& path, Checker& check) {
  const auto storage = list.find("storage");
  if (storage == list.end()) return check.add(path + "[storage]", "Required value");
  if (storage->second.nano <= 0)
    check.invalid(path + "[storage]", print_quantity(storage->second), "must be greater than zero");
}

void check_path(const std::string& path, const std::string& value, Checker& check) {
  check.require(path, value);
  for (const std::string& part : split(value, '/'))
    if (part == "..") check.invalid(path, value, "must not contain '..'");
}

void check_source(const PersistentVolumeSpec& spec, Checker& check) {
  if (!spec.host_path && !spec.local) check.add("spec", "Required value: must specify a volume type");
  if (spec.host_path && spec.local) check.add("spec.local", "Forbidden: may not specify more than 1 volume type");
  if (spec.host_path) check_path("spec.hostPath.path", spec.host_path->path, check);
  if (!spec.local) return;
  check_path("spec.local.path", spec.local->path, check);
  if (!spec.node_affinity || !spec.node_affinity->required || spec.node_affinity->required->terms.empty())
    check.add("spec.nodeAffinity", "Required value: Local volume requires node affinity");
}

void check_selector(const LabelSelector& selector, Checker& check) {
  const std::string path = "spec.selector.matchExpressions";
  for (size_t i = 0; i < selector.match_expressions.size(); i++) {
    const auto& [key, op, values] = selector.match_expressions[i];
    const std::string here = indexed(path, i);
    check.require(here + ".key", key);
    check.invalid(here + ".key", key, check_qualified_name(key));
    if (op == "Gt" || op == "Lt") check.invalid(here + ".operator", op, "not a valid selector operator");
    if ((op == "In" || op == "NotIn") && values.empty())
      check.add(here + ".values", "Required value: must be specified when `operator` is 'In' or 'NotIn'");
    if ((op == "Exists" || op == "DoesNotExist") && !values.empty())
      check.add(here + ".values", "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  }
}

// "field is immutable when `immutable` is set"
template <class T>
void check_immutable(const T& before, const T& after, Checker& check) {
  constexpr const char* kSet = "Forbidden: field is immutable when `immutable` is set";
  if (!before.immutable.value_or(false)) return;
  if (!after.immutable.value_or(false)) check.add("immutable", kSet);
  if (before.data != after.data) check.add("data", kSet);
  if constexpr (requires { before.binary_data; })
    if (before.binary_data != after.binary_data) check.add("binaryData", kSet);
}

}  // namespace

void set_defaults(ConfigMap& map) {
  fill(map.metadata.ns, "default");
}

void set_defaults(Secret& secret) {
  fill(secret.metadata.ns, "default");
  fill(secret.type, "Opaque");
}

void set_defaults(ServiceAccount& account) {
  fill(account.metadata.ns, "default");
}

void set_defaults(PersistentVolume& volume) {
  fill(volume.spec.reclaim_policy, "Retain");
  fill(volume.spec.volume_mode, "Filesystem");
  fill(volume.status.phase, "Available");
}

void set_defaults(PersistentVolumeClaim& claim) {
  fill(claim.metadata.ns, "default");
  fill(claim.spec.volume_mode, "Filesystem");
  fill(claim.status.phase, "Pending");
}

void set_defaults(Namespace& ns) {
  // Selectors of namespaces count on it.
  ns.metadata.labels["kubernetes.io/metadata.name"] = ns.metadata.name;
  ns.status.phase = "Active";
}

std::optional<Problem> validate(const ConfigMap& map) {
  Checker check;
  check_metadata(map.metadata, true, check_dns_subdomain, check);
  const size_t size = check_data(map.data, "data", check) + check_data(map.binary_data, "binaryData", check);
  for (const auto& [key, value] : map.data)
    if (map.binary_data.contains(key))
      check.invalid(cat("data[", key, ']'), key, "duplicate of key present in binaryData");
  if (size > kDataLimit) check.add("data", too_large());
  return check.problem;
}

std::optional<Problem> validate(const Secret& secret) {
  Checker check;
  check_metadata(secret.metadata, true, check_dns_subdomain, check);
  if (check_data(secret.data, "data", check) > kDataLimit) check.add("data", too_large());
  check_type(secret, check);
  return check.problem;
}

std::optional<Problem> validate(const ServiceAccount& account) {
  Checker check;
  check_metadata(account.metadata, true, check_dns_subdomain, check);
  return check.problem;
}

std::optional<Problem> validate(const PersistentVolume& volume) {
  Checker check;
  check_metadata(volume.metadata, false, check_dns_subdomain, check);
  check_access_modes(volume.spec.access_modes, check);
  check_storage(volume.spec.capacity, "spec.capacity", check);
  check_source(volume.spec, check);
  if (const std::string& name = volume.spec.storage_class_name; !name.empty())
    check.invalid("spec.storageClassName", name, check_dns_subdomain(name));
  return check.problem;
}

std::optional<Problem> validate(const PersistentVolumeClaim& claim) {
  Checker check;
  check_metadata(claim.metadata, true, check_dns_subdomain, check);
  check_access_modes(claim.spec.access_modes, check);
  check_storage(claim.spec.resources.requests, "spec.resources.requests", check);
  if (claim.spec.selector) check_selector(*claim.spec.selector, check);
  if (const std::string name = claim.spec.storage_class_name.value_or(""); !name.empty())
    check.invalid("spec.storageClassName", name, check_dns_subdomain(name));
  return check.problem;
}

std::optional<Problem> validate(const Namespace& ns) {
  Checker check;
  check_metadata(ns.metadata, false, check_dns_label, check);
  return check.problem;
}

std::optional<Problem> validate_change(const ConfigMap& before, const ConfigMap& after) {
  Checker check;
  check_immutable(before, after, check);
  return check.problem;
}

std::optional<Problem> validate_change(const Secret& before, const Secret& after) {
  Checker check;
  if (before.type != after.type) check.invalid("type", after.type, "field is immutable");
  check_immutable(before, after, check);
  return check.problem;
}

std::optional<Problem> validate_change(const ServiceAccount&, const ServiceAccount&) {
  return {};
}

std::optional<Problem> validate_change(const PersistentVolume& before, const PersistentVolume& after) {
  Checker check;
  if (!is_same(before.spec.host_path, after.spec.host_path) || !is_same(before.spec.local, after.spec.local))
    check.add("spec.persistentvolumesource", "Forbidden: spec.persistentvolumesource is immutable after creation");
  if (before.spec.volume_mode != after.spec.volume_mode)
    check.invalid("spec.volumeMode", after.spec.volume_mode, "field is immutable");
  return check.problem;
}

std::optional<Problem> validate_change(const PersistentVolumeClaim& before, const PersistentVolumeClaim& after) {
  Checker check;
  // Who binds the claim fills in these; only the size that is asked for may change of the rest.
  PersistentVolumeClaimSpec old = before.spec, now = after.spec;
  old.resources.requests = now.resources.requests;
  if (old.volume_name.empty()) old.volume_name = now.volume_name;
  if (!old.storage_class_name) old.storage_class_name = now.storage_class_name;
  if (!is_same(old, now))
    check.add("spec",
              "Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for "
              "bound claims");
  return check.problem;
}

std::optional<Problem> validate_change(const Namespace&, const Namespace&) {
  return {};
}

}  // namespace kube
