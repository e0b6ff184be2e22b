// Acting on a running container's files as its own programs would: what it may not do there, we may not.
#pragma once

#include <string>

#include "base/descriptor.h"
#include "base/pidfd.h"
#include "runtime/oci/spec.h"

namespace kube {

struct Inside {
  Pidfd init;
  Fd root;            // as the first process of the container sees it, all its mounts in it
  Fd user_namespace;  // not open: it is ours
  std::string cgroup_path;
  oci::Spec config;
};

// Opens the container of that state folder and id.
Result<Inside> open_inside(const std::string& oci_root, const std::string& id);

// Makes the calling process one of the container's user: namespace of users, ids, capabilities, umask, cgroup, the
// label of new files. There is no way back, so it is for a child that was forked for it. Paths are to be opened with
// open_in_root(inside.root).
Result<> become_inside(const Inside& inside);

}  // namespace kube
