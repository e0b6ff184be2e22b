#include "runtime/kube/api/validate.h"

#include <set>

#include "base/text.h"
#include "runtime/kube/api/checker.h"
#include "runtime/kube/api/names.h"
#include "runtime/kube/api/validate_containers.h"
#include "runtime/kube/api/validate_content.h"
#include "runtime/kube/api/validate_probes.h"
#include "runtime/kube/api/validate_resources.h"
#include "runtime/kube/api/validate_security.h"
#include "runtime/kube/api/validate_volumes.h"

namespace kube {
namespace {

void check_volumes(const PodSpec& spec, Checker& check) {
  std::set<std::string> seen;
  for (size_t i = 0; i < spec.volumes.size(); ++i) {
    const Volume& volume = spec.volumes[i];
    std::string path = indexed("spec.volumes", i);
    check.name(path + ".name", volume.name, check_dns_label, seen);
    if (volume.empty_dir && volume.empty_dir->size_limit && volume.empty_dir->size_limit->nano < 0)
      check.invalid(path + ".emptyDir.sizeLimit", print_quantity(*volume.empty_dir->size_limit),
                    "must be greater than or equal to 0");
    check.take(validate_volume_source(volume, path));
    check.take(validate_content_volume(volume, spec, path));
  }
}

void check_ports(const Container& container, bool host_network, const std::string& path, Checker& check) {
  std::set<std::string> names;
  for (size_t i = 0; i < container.ports.size(); ++i) {
    const ContainerPort& port = container.ports[i];
    std::string here = indexed(path + ".ports", i);
    if (!port.name.empty()) check.name(here + ".name", port.name, check_port_name, names);
    if (port.container_port == 0) check.add(here + ".containerPort", "Required value");
    for (auto [field, number] : {std::pair(".containerPort", port.container_port), {".hostPort", port.host_port}})
      if (number < 0 || number > 65535)
        check.add(here + field, cat("Invalid value: ", number, ": must be between 1 and 65535, inclusive"));
    if (host_network && port.host_port != port.container_port)
      check.add(here + ".hostPort",
                cat("Invalid value: ", port.host_port, ": must match `containerPort` when `hostNetwork` is true"));
  }
}

void check_mounts(const PodSpec& spec, const Container& container, const std::string& path, Checker& check) {
  std::set<std::string> targets, volumes;
  for (const Volume& volume : spec.volumes) volumes.insert(volume.name);
  for (size_t i = 0; i < container.volume_mounts.size(); ++i) {
    const VolumeMount& mount = container.volume_mounts[i];
    std::string here = indexed(path + ".volumeMounts", i);
    check.require(here + ".name", mount.name);
    if (!volumes.contains(mount.name)) check.add(here + ".name", cat("Not found: \"", mount.name, '"'));
    check.require(here + ".mountPath", mount.mount_path);
    if (mount.mount_path.find(':') != std::string::npos)
      check.invalid(here + ".mountPath", mount.mount_path, "must not contain ':'");
    if (!targets.insert(mount.mount_path).second)
      check.invalid(here + ".mountPath", mount.mount_path, "must be unique");
    check.take(validate_volume_mount(mount, container, here));
  }
}

void check_container(const PodSpec& spec, const Container& container, const std::string& path, Checker& check) {
  check.require(path + ".image", container.image);
  if (trimmed(container.image).size() != container.image.size())
    check.invalid(path + ".image", container.image, "must not have leading or trailing whitespace");
  check_ports(container, spec.host_network, path, check);
  for (size_t i = 0; i < container.env.size(); ++i) {
    std::string here = indexed(path + ".env", i) + ".name";
    check.require(here, container.env[i].name);
    check.invalid(here, container.env[i].name, check_env_name(container.env[i].name));
  }
  check.take(validate_env_sources(container, path));
  check_resources(container.resources, path + ".resources", check);
  check_resize_policy(spec, container, path, check);
  check_mounts(spec, container, path, check);
  check_life(spec, container, path, check);
  check_probes(spec, container, path, check);
}

void check_containers(const PodSpec& spec, Checker& check) {
  if (spec.containers.empty()) check.add("spec.containers", "Required value");
  std::set<std::string> names;
  for (const auto& [list, field] :
       {std::pair(&spec.containers, "spec.containers"), std::pair(&spec.init_containers, "spec.initContainers")})
    for (size_t i = 0; i < list->size(); ++i) {
      const std::string path = indexed(field, i);
      check.name(path + ".name", (*list)[i].name, check_dns_label, names);
      check_container(spec, (*list)[i], path, check);
    }
}

}  // namespace

std::optional<Problem> validate_pod(const Pod& pod) {
  Checker check;
  check_metadata(pod.metadata, true, check_dns_subdomain, check);
  const PodSpec& spec = pod.spec;
  check_volumes(spec, check);
  check_containers(spec, check);
  check_pod_resources(spec, check);
  check_life(spec, check);
  if (!spec.hostname.empty()) check.invalid("spec.hostname", spec.hostname, check_dns_label(spec.hostname));
  check_security(pod, check);
  check_names(spec, check);
  return check.problem;
}

}  // namespace kube
