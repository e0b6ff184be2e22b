#include "runtime/kube/sandbox/host_files.h"

#include "base/text.h"

namespace kube {

std::string pod_hosts(std::string_view hostname) {
  return cat(
      "# Kubernetes-managed hosts file.\n"
      "127.0.0.1\tlocalhost\n"
      "::1\tlocalhost ip6-localhost ip6-loopback\n"
      "fe00::0\tip6-localnet\n"
      "fe00::0\tip6-mcastprefix\n"
      "fe00::1\tip6-allnodes\n"
      "fe00::2\tip6-allrouters\n"
      "127.0.0.1\t",
      hostname, "\n");
}

std::string host_network_hosts(std::string_view host_file) {
  return cat("# Kubernetes-managed hosts file (host network).\n", host_file);
}

}  // namespace kube
