#include "runtime/kube/api/validate_content.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/content_fields.h"
#include "runtime/kube/api/names.h"
#include "runtime/kube/api/validate_volumes.h"

namespace kube {
namespace {

using Found = std::optional<Problem>;

constexpr std::array kFieldPaths{
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
    "status.hostIP", "status.hostIPs",     "status.podIP", "status.podIPs"};
constexpr std::array kFilePaths{"metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace",
                                "metadata.uid"};
constexpr std::array kResourceNames{"limits.cpu",   "limits.ephemeral-storage",   "limits.memory",
                                    "requests.cpu", "requests.ephemeral-storage", "requests.memory"};
constexpr std::array kCpuUnits{"0", "1m", "1"};
constexpr std::array kByteUnits{"0", "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"};
constexpr int64_t kHighestMode = 0777;

template <class Names>
bool is_one_of(std::string_view text, const Names& names) {
  return std::ranges::find(names, text) != names.end();
}

template <class Names>
Found unsupported(const std::string& path, std::string_view text, const Names& names) {
  std::vector<std::string> shown;
  for (const char* name : names) shown.push_back(cat('"', name, '"'));
  return Problem{path, cat("Unsupported value: \"", text, "\": supported values: ", join(shown, ", "))};
}

Found check_object_name(const std::string& path, std::string_view name) {
  if (Found found = required(path, name)) return found;
  return invalid(path, name, check_dns_subdomain(name));
}

Found check_mode(const std::string& path, std::optional<int64_t> mode) {
  if (!mode || (*mode >= 0 && *mode <= kHighestMode)) return {};
  return Problem{path, cat("Invalid value: ", *mode, ": must be a number between 0 and 0777 (octal), both inclusive")};
}

// A path of a file in a volume. Names that begin with ".." belong to the layout.
Found check_file_path(const std::string& path, const std::string& file) {
  if (Found found = required(path, file)) return found;
  if (Found found = invalid(path, file, check_descending_path(file))) return found;
  return invalid(path, file, file.starts_with("..") ? "must not start with '..'" : "");
}

template <class Names>
Found check_field(const FieldSelector& field, const Names& known, const std::string& path) {
  const std::string here = path + ".fieldPath";
  if (Found found = required(here, field.path)) return found;
  if (field.api_version != "v1") return invalid(path + ".apiVersion", field.api_version, "must be v1");
  const auto [name, key] = split_field_path(field.path);
  if (!key) {
    if (is_one_of(name, known)) return {};
    return unsupported(here, field.path, known);
  }
  if (name != "metadata.labels" && name != "metadata.annotations")
    return invalid(here, field.path, "does not support subscript");
  return invalid(here, *key, check_qualified_name(*key));
}

Found check_resource(const ResourceSelector& selector, const std::string& path) {
  const std::string here = path + ".resource";
  if (Found found = required(here, selector.resource)) return found;
  if (!is_one_of(selector.resource, kResourceNames)) return unsupported(here, selector.resource, kResourceNames);
  const std::string unit = selector.divisor ? print_quantity(*selector.divisor) : "0";
  const bool is_cpu = selector.resource.ends_with(".cpu");
  if (is_cpu && !is_one_of(unit, kCpuUnits))
    return invalid(path + ".divisor", unit, "only divisor's values 1m and 1 are supported with the cpu resource");
  if (!is_cpu && !is_one_of(unit, kByteUnits))
    return invalid(path + ".divisor", unit,
                   "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with "
                   "the memory resource");
  return {};
}

Found check_key(const KeySelector& selector, const std::string& path) {
  if (Found found = check_object_name(path + ".name", selector.name)) return found;
  return required(path + ".key", selector.key);
}

Found check_env_source(const EnvVar& variable, const std::string& path) {
  const EnvSource& source = *variable.value_from;
  const int given = source.field.has_value() + source.resource.has_value() + source.config_map.has_value() +
                    source.secret.has_value();
  if (given == 0)
    return Problem{path,
                   "Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or "
                   "`secretKeyRef`"};
  if (!variable.value.empty()) return invalid(path, "", "may not be specified when `value` is not empty");
  if (given > 1) return invalid(path, "", "may not have more than one field specified at a time");
  if (source.field) return check_field(*source.field, kFieldPaths, path + ".fieldRef");
  if (source.resource) return check_resource(*source.resource, path + ".resourceFieldRef");
  if (source.config_map) return check_key(*source.config_map, path + ".configMapKeyRef");
  return check_key(*source.secret, path + ".secretKeyRef");
}

Found check_env_from(const EnvFrom& source, const std::string& path) {
  if (!source.prefix.empty())
    if (Found found = invalid(path + ".prefix", source.prefix, check_env_name(source.prefix))) return found;
  if (source.config_map && source.secret)
    return invalid(path, "", "may not have more than one field specified at a time");
  if (source.config_map) return check_object_name(path + ".configMapRef.name", source.config_map->name);
  if (source.secret) return check_object_name(path + ".secretRef.name", source.secret->name);
  return invalid(path, "", "must specify one of: `configMapRef` or `secretRef`");
}

// The files of a volume, part by part.
class Files {
 public:
  explicit Files(const PodSpec& spec) : spec_(spec) {}

  Found add(const std::vector<KeyToPath>& items, const std::string& path) {
    for (size_t i = 0; i < items.size(); i++) {
      const std::string here = cat(path, ".items[", i, "]");
      if (Found found = required(here + ".key", items[i].key)) return found;
      if (Found found = add_file(items[i].path, items[i].mode, here)) return found;
    }
    return {};
  }

  Found add(const std::vector<DownwardFile>& items, const std::string& path) {
    for (size_t i = 0; i < items.size(); i++)
      if (Found found = add_downward(items[i], cat(path, ".items[", i, "]"))) return found;
    return {};
  }

  Found add_file(const std::string& file, std::optional<int64_t> mode, const std::string& path) {
    if (Found found = check_file_path(path + ".path", file)) return found;
    if (!paths_.insert(file).second) return invalid(path + ".path", file, "conflicting duplicate paths");
    return check_mode(path + ".mode", mode);
  }

 private:
  Found add_downward(const DownwardFile& file, const std::string& path) {
    if (Found found = add_file(file.path, file.mode, path)) return found;
    if (file.field && file.resource)
      return Problem{path, "Forbidden: fieldRef and resourceFieldRef can not be specified simultaneously"};
    if (file.field) return check_field(*file.field, kFilePaths, path + ".fieldRef");
    if (!file.resource) return Problem{path, "Required value: one of fieldRef and resourceFieldRef is required"};
    const std::string here = path + ".resourceFieldRef";
    if (Found found = required(here + ".containerName", file.resource->container)) return found;
    if (!find_container(spec_, file.resource->container))
      return invalid(here + ".containerName", file.resource->container, "no such container");
    return check_resource(*file.resource, here);
  }

  const PodSpec& spec_;
  std::set<std::string> paths_;
};

Found check_token(const TokenProjection& token, const std::string& path, Files& files) {
  const int64_t life = token.expiration_seconds.value_or(kLeastTokenLife);
  const std::string here = path + ".expirationSeconds";
  if (life < kLeastTokenLife)
    return Problem{here, cat("Invalid value: ", life, ": may not specify a duration less than 10 minutes")};
  if (life > kMostTokenLife)
    return Problem{here, cat("Invalid value: ", life, ": may not specify a duration larger than 2^32 seconds")};
  return files.add_file(token.path, {}, path);
}

Found check_object(const ObjectProjection& object, const std::string& path, Files& files) {
  if (Found found = check_object_name(path + ".name", object.name)) return found;
  return files.add(object.items, path);
}

Found check_projection(const Projection& part, const std::string& path, Files& files) {
  const int given =
      part.secret.has_value() + part.downward.has_value() + part.config_map.has_value() + part.token.has_value();
  if (given > 1) return Problem{path, "Forbidden: may not specify more than 1 volume type per source"};
  if (part.secret) return check_object(*part.secret, path + ".secret", files);
  if (part.config_map) return check_object(*part.config_map, path + ".configMap", files);
  if (part.downward) return files.add(part.downward->items, path + ".downwardAPI");
  if (part.token) return check_token(*part.token, path + ".serviceAccountToken", files);
  return Problem{path, "Required value: no volume source"};
}

Found check_projected(const ProjectedSource& source, const std::string& path, Files& files) {
  if (Found found = check_mode(path + ".defaultMode", source.default_mode)) return found;
  for (size_t i = 0; i < source.sources.size(); i++)
    if (Found found = check_projection(source.sources[i], cat(path, ".sources[", i, "]"), files)) return found;
  return {};
}

template <class Source>
Found check_keys(const Source& source, const std::string& path, Files& files) {
  if (Found found = check_mode(path + ".defaultMode", source.default_mode)) return found;
  return files.add(source.items, path);
}

}  // namespace

Found validate_env_sources(const Container& container, const std::string& path) {
  for (size_t i = 0; i < container.env_from.size(); i++)
    if (Found found = check_env_from(container.env_from[i], cat(path, ".envFrom[", i, "]"))) return found;
  for (size_t i = 0; i < container.env.size(); i++)
    if (container.env[i].value_from)
      if (Found found = check_env_source(container.env[i], cat(path, ".env[", i, "].valueFrom"))) return found;
  return {};
}

Found validate_content_volume(const Volume& volume, const PodSpec& spec, const std::string& path) {
  Files files(spec);
  if (volume.config_map) {
    const std::string here = path + ".configMap";
    if (Found found = check_object_name(here + ".name", volume.config_map->name)) return found;
    return check_keys(*volume.config_map, here, files);
  }
  if (volume.secret) {
    const std::string here = path + ".secret";
    if (Found found = check_object_name(here + ".secretName", volume.secret->secret_name)) return found;
    return check_keys(*volume.secret, here, files);
  }
  if (volume.downward) return check_keys(*volume.downward, path + ".downwardAPI", files);
  if (volume.projected) return check_projected(*volume.projected, path + ".projected", files);
  return {};
}

}  // namespace kube
