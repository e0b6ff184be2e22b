// Which containers share a shim, and where it listens.
#pragma once

#include <string>

#include "base/result.h"

namespace shim {

// The group of the bundle's container: the annotation io.containerd.runc.v2.group of its config.json, else the pod's
// sandbox (io.kubernetes.cri.sandbox-id), else the container itself. Without a config.json also that: a sandbox may
// have none.
Result<std::string> read_group(const std::string& bundle, const std::string& id);

constexpr const char* kSocketDir = "/run/containerd/s";

// The path of a group's socket, the same as that of containerd's own shims: DIR/SHA256 of "ADDRESS/NAMESPACE/GROUP".
// Fails when it is longer than the 106 bytes that containerd takes.
Result<std::string> socket_path(const std::string& dir, const std::string& containerd_address, const std::string& ns,
                                const std::string& group);

// As containerd is told of it: "unix://PATH", and back.
std::string address_of(const std::string& path);
std::string path_of(const std::string& address);

}  // namespace shim
