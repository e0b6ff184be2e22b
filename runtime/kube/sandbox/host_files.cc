#include "runtime/kube/sandbox/host_files.h"

#include "base/text.h"

namespace kube {
namespace {

std::string alias_lines(const std::vector<HostAlias>& aliases) {
  if (aliases.empty()) return "";
  std::string text = "\n# Entries added by HostAliases.\n";
  for (const HostAlias& alias : aliases) text += cat(alias.ip, "\t", join(alias.hostnames, "\t"), "\n");
  return text;
}

}  // namespace

std::string pod_domain(const PodSpec& spec, const std::string& ns) {
  return spec.subdomain.empty() ? "" : cat(spec.subdomain, ".", ns, ".svc.", kClusterDomain);
}

Result<std::string> kernel_hostname(const PodSpec& spec, const std::string& hostname, const std::string& domain) {
  constexpr size_t kMost = 64;
  if (!spec.set_hostname_as_fqdn.value_or(false) || domain.empty() || spec.host_network) return hostname;
  std::string full = cat(hostname, ".", domain);
  if (full.size() > kMost)
    return fail(cat("Failed to construct FQDN from Pod hostname and cluster domain, FQDN ", full, " is too long (",
                    kMost, " characters is the max, ", full.size(), " characters requested)"),
                "shorten spec.hostname or spec.subdomain, or leave setHostnameAsFQDN out");
  return full;
}

std::string pod_hosts(std::string_view hostname, std::string_view domain, const std::vector<HostAlias>& aliases,
                      std::string_view address) {
  const std::string full = domain.empty() ? "" : cat(hostname, ".", domain, "\t");
  return cat(
      "# Kubernetes-managed hosts file.\n"
      "127.0.0.1\tlocalhost\n"
      "::1\tlocalhost ip6-localhost ip6-loopback\n"
      "fe00::0\tip6-localnet\n"
      "fe00::0\tip6-mcastprefix\n"
      "fe00::1\tip6-allnodes\n"
      "fe00::2\tip6-allrouters\n",
      address, "\t", full, hostname, "\n", alias_lines(aliases));
}

std::string host_network_hosts(std::string_view host_file, const std::vector<HostAlias>& aliases) {
  return cat("# Kubernetes-managed hosts file (host network).\n", host_file, alias_lines(aliases));
}

}  // namespace kube
