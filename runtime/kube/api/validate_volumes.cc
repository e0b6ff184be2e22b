#include "runtime/kube/api/validate_volumes.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/names.h"
#include "runtime/kube/api/volume_source.h"

namespace kube {
namespace {

using Found = std::optional<Problem>;

std::string check_no_backsteps(std::string_view path) {
  const std::vector<std::string> parts = split(path, '/');
  return std::ranges::find(parts, "..") == parts.end() ? "" : "must not contain '..'";
}

Found validate_host_path(const HostPathSource& source, const std::string& path) {
  if (Found found = required(path + ".path", source.path)) return found;
  if (!source.path.starts_with('/')) return invalid(path + ".path", source.path, "must be an absolute path");
  return invalid(path + ".path", source.path, check_no_backsteps(source.path));
}

// An API server takes any; the kubelet fails at those that it does not know for as long as the pod is there.
bool is_medium(const EmptyDir& volume) {
  if (volume.medium.empty() || volume.medium == "Memory" || volume.medium == kHugePages) return true;
  if (!has_huge_pages(volume)) return false;
  const Result<Quantity> size = parse_quantity(volume.medium.substr(kHugePagesOfSize.size()));
  return size && size->nano > 0;
}

bool is_privileged(const Container& container) {
  return container.security_context && container.security_context->privileged.value_or(false);
}

Found validate_recursive_read_only(const VolumeMount& mount, const std::string& path) {
  if (mount.recursive_read_only.empty() || mount.recursive_read_only == "Disabled") return {};
  if (!mount.read_only) return Problem{path, "Forbidden: may only be specified when readOnly is true"};
  if (!mount.mount_propagation.empty() && mount.mount_propagation != "None")
    return Problem{path, "Forbidden: may only be specified when mountPropagation is None or not specified"};
  return {};
}

}  // namespace

std::string check_descending_path(std::string_view path) {
  return path.starts_with('/') ? "must be a relative path" : check_no_backsteps(path);
}

Found validate_volume_source(const Volume& volume, const std::string& path) {
  const std::vector<std::string_view> sources = sources_of(volume);
  if (sources.size() > 1)
    return Problem{cat(path, ".", sources[1]), "Forbidden: may not specify more than 1 volume type"};
  if (volume.empty_dir && !is_medium(*volume.empty_dir))
    return invalid(path + ".emptyDir.medium", volume.empty_dir->medium, "unknown storage medium");
  if (volume.host_path) return validate_host_path(*volume.host_path, path + ".hostPath");
  if (volume.image) return required(path + ".image.reference", volume.image->reference);
  if (!volume.claim) return {};
  const std::string here = path + ".persistentVolumeClaim.claimName", &name = volume.claim->claim_name;
  if (Found found = required(here, name)) return found;
  return invalid(here, name, check_dns_subdomain(name));
}

Found validate_volume_mount(const VolumeMount& mount, const Container& container, const std::string& path) {
  if (Found found = invalid(path + ".subPath", mount.sub_path, check_descending_path(mount.sub_path))) return found;
  const std::string here = path + ".subPathExpr";
  if (!mount.sub_path.empty() && !mount.sub_path_expr.empty())
    return invalid(here, mount.sub_path_expr, "subPathExpr and subPath are mutually exclusive");
  if (Found found = invalid(here, mount.sub_path_expr, check_descending_path(mount.sub_path_expr))) return found;
  if (mount.mount_propagation == "Bidirectional" && !is_privileged(container))
    return Problem{path + ".mountPropagation",
                   "Forbidden: Bidirectional mount propagation is available only to privileged containers"};
  return validate_recursive_read_only(mount, path + ".recursiveReadOnly");
}

}  // namespace kube
