// hostPath volumes: a place of the host, opened after the rules of its type.
#pragma once

#include "base/descriptor.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// Opens the place, O_PATH; symlinks of the host are followed. DirectoryOrCreate and FileOrCreate make what is missing,
// and so does no type, a directory, as CRI implementations do. Error in the kubelet's words: "hostPath type check
// failed: /x is not a directory".
Result<Fd> open_host_path(const HostPathSource& source);

}  // namespace kube
