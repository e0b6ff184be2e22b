#include "runtime/shim/sandbox/pod_files.h"

#include <algorithm>

#include "base/path.h"
#include "base/text.h"

namespace shim {
namespace {

constexpr const char* kShm = "/dev/shm";
constexpr const char* kHostname = "hostname";
constexpr const char* kHosts = "hosts";
constexpr const char* kResolvConf = "resolv.conf";

// resolv.conf(5); empty when nothing is asked for.
std::string resolv_conf(const wire::DnsConfig& config) {
  std::string text;
  if (!config.searches.empty()) text += cat("search ", join(config.searches, " "), "\n");
  for (const auto& server : config.servers) text += cat("nameserver ", server, "\n");
  if (!config.options.empty()) text += cat("options ", join(config.options, " "), "\n");
  return text;
}

template <class Id>
Id host_id_of_root(const std::vector<wire::IdMapping>& mappings) {
  for (const auto& mapping : mappings)
    if (mapping.container_id == 0 && mapping.length > 0) return mapping.host_id;
  return 0;
}

sandbox::Mount* find_mount(oci::Spec& spec, const std::string& destination) {
  const auto is_it = [&](const auto& mount) { return clean_path(mount.destination) == destination; };
  const auto found = std::ranges::find_if(spec.mounts, is_it);
  return found == spec.mounts.end() ? nullptr : &*found;
}

sandbox::Mount bind(const std::string& source, const std::string& destination, std::vector<std::string> options) {
  options.emplace_back("rbind");
  options.emplace_back("rprivate");
  return {destination, "bind", source, std::move(options), {}, {}};
}

void give_shm(const Pod& pod, oci::Spec& spec) {
  sandbox::Mount shared =
      bind(has_own_shm(pod) ? pod_shm(pod.bundle) : kShm, kShm, {"nosuid", "nodev", "noexec", "rw"});
  sandbox::Mount* const found = find_mount(spec, kShm);
  if (found == nullptr)
    spec.mounts.push_back(std::move(shared));
  else if (found->type == "tmpfs")
    *found = std::move(shared);
}

}  // namespace

std::string pod_folder(const std::string& bundle) {
  return cat(bundle, "/pod");
}

std::string pod_shm(const std::string& bundle) {
  return cat(pod_folder(bundle), "/shm");
}

std::vector<PodFile> pod_files(const Pod& pod, const HostFiles& host) {
  const std::string dns = resolv_conf(pod.config.dns_config.value_or(wire::DnsConfig{}));
  const std::string& hostname = pod.config.hostname;
  return {{kHostname, hostname.empty() ? host.hostname : cat(hostname, "\n")},
          {kHosts, host.hosts},
          {kResolvConf, dns.empty() ? host.resolv_conf : dns}};
}

PodOwner pod_owner(const Pod& pod) {
  const auto options = namespace_options(pod);
  if (!has_own_user(options)) return {};
  return {host_id_of_root<uid_t>(options.user->uids), host_id_of_root<gid_t>(options.user->gids)};
}

bool has_own_shm(const Pod& pod) {
  return namespace_options(pod).ipc != wire::NamespaceMode::node;
}

bool give_pod_files(const Pod& pod, oci::Spec& spec) {
  const auto annotated = spec.annotations.find(kSandboxIdAnnotation);
  if (annotated == spec.annotations.end() || annotated->second != pod.id) return false;
  for (const char* const name : {kHostname, kHosts, kResolvConf}) {
    const std::string destination = cat("/etc/", name);
    if (find_mount(spec, destination) != nullptr) continue;
    spec.mounts.push_back(
        bind(cat(pod_folder(pod.bundle), "/", name), destination, {spec.root.readonly ? "ro" : "rw"}));
  }
  give_shm(pod, spec);
  return true;
}

}  // namespace shim
