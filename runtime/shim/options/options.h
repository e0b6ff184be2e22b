// What the runtime's section of containerd's configuration says (`options = { … }`). It comes with `start` and with
// each Create, in an Any.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace shim {

namespace wire {
struct Any;
}

struct RuntimeOptions {
  std::string root;  // directory of all states, below it one a namespace; empty: the default. Else absolute
  bool systemd_cgroup = false;
  bool no_pivot = false, no_new_keyring = false;
  uint32_t io_uid = 0, io_gid = 0;  // whom a process's pipes belong to
  std::string shim_cgroup;          // below the cgroup v2 mount: where the shim itself goes; empty: stays
  std::string criu_image_path, criu_work_path;
};

// Whether the value is of one of the two types that options come in.
bool are_options(const wire::Any& value);

// Reads containerd.runc.v1.Options, or runtimeoptions.v1.Options, which is what runtimes of other names are given: then
// the keys are those of containerd's configuration (Root, SystemdCgroup, ShimCgroup …; case does not count), as TOML in
// the message, or in the file that it names. An Any without type: the defaults. What has no effect here (BinaryName,
// CriuPath) is warned about. Errors: "options: unknown key 'Foot'", "options: SystemdCgroup: not true or false",
// "options: unknown type 'x.Options'".
Result<RuntimeOptions> read_options(const wire::Any& options);

}  // namespace shim
