// config.json of an OCI bundle as plain structs, checked against the rules of runtime-spec 1.3 (config.md,
// config-linux.md). What it asks and this version does not do is an error that names the field.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cgroups/resctrl.h"
#include "cgroups/resources.h"
#include "sandbox/container.h"
#include "sandbox/net_devices.h"
#include "security/policy.h"

namespace oci {

// The version of the runtime-spec that we write and report.
constexpr const char* kSpecVersion = "1.3.0";

// In the order in which they are called (runtime.md, Lifecycle).
struct Hooks {
  std::vector<sandbox::Hook> prestart;          // runtime namespaces, after the namespaces exist; deprecated
  std::vector<sandbox::Hook> create_runtime;    // runtime namespaces, the same moment
  std::vector<sandbox::Hook> create_container;  // container namespaces, before the pivot
  std::vector<sandbox::Hook> start_container;   // container namespaces, after start, before the program
  std::vector<sandbox::Hook> poststart;         // runtime namespaces, after the program was started
  std::vector<sandbox::Hook> poststop;          // runtime namespaces, after delete
};

struct Spec {
  std::string version;  // ociVersion
  sandbox::Root root;   // the path is absolute: resolved against the bundle
  std::optional<sandbox::Process> process;
  std::string hostname, domainname;    // empty: not set; otherwise there is a UTS namespace
  std::vector<sandbox::Mount> mounts;  // destinations and sources of binds are absolute
  Hooks hooks;
  std::map<std::string, std::string> annotations;

  std::vector<sandbox::Namespace> namespaces;  // each type at most once
  std::vector<sandbox::IdMapping> uid_mappings, gid_mappings;
  std::vector<sandbox::Device> devices;  // each path at most once
  std::vector<std::string> masked_paths, readonly_paths;
  std::vector<sandbox::Sysctl> sysctl;  // only keys that belong to a namespace of the container
  std::optional<security::SeccompProfile> seccomp;
  std::vector<sandbox::NetDevice> net_devices;  // only with a network namespace of the container's
  sandbox::ClockOffsets time_offsets;           // only with a new time namespace
  std::optional<uint32_t> personality;          // PER_…
  std::optional<sandbox::MemoryPolicy> memory_policy;
  std::string rootfs_propagation;  // "", or [r]shared, [r]slave, [r]private, [r]unbindable
  std::string mount_label;         // SELinux context of the mounts
  std::string cgroups_path;        // as written; "slice:prefix:name" with the systemd manager
  cgroups::Resources resources;
  std::optional<cgroups::Rdt> rdt;  // intelRdt

  // The namespace of that type (CLONE_NEW…), or null when the container shares the host's.
  const sandbox::Namespace* find_namespace(int type) const;
};

// Reads and checks the text of a config.json. `bundle` is the bundle's absolute directory, `name` begins every error.
// A capability that the kernel does not know is a warning, as the spec has it.
Result<Spec> read_spec(std::string_view text, const std::string& bundle, const std::string& name = "config.json");

// The same from a file of at most 16 MiB: `config` as a path, relative ones against the bundle.
Result<Spec> read_spec_file(const std::string& config, const std::string& bundle);

// The `process` object alone, as `exec --process FILE` takes it.
Result<sandbox::Process> read_process(std::string_view text, const std::string& name);

// The LinuxResources object alone, as `update --resources FILE` takes it.
Result<cgroups::Resources> read_resources(std::string_view text, const std::string& name);

// The LinuxSeccomp object alone, as a profile in a file of its own has it; what else is in it is passed over.
Result<security::SeccompProfile> read_seccomp(std::string_view text, const std::string& name);

// For `features`: the words that are understood, in the spec's order.
std::vector<std::string> namespace_names();
std::vector<std::string> memory_policy_modes();
std::vector<std::string> memory_policy_flags();

// A list of mounts alone, or an object that has one as `mounts`: what `mounts add` takes. Sources are resolved against
// the bundle.
Result<std::vector<sandbox::Mount>> read_mounts(std::string_view text, const std::string& bundle,
                                                const std::string& name);

// The text of a config.json to begin with: a shell on a terminal under `rootfs`. `rootless`: with a user namespace that
// maps root to the caller's ids, and without what only root may ask.
struct RootlessIds {
  uint32_t uid = 0, gid = 0;
};
std::string default_config(std::optional<RootlessIds> rootless = {});

}  // namespace oci
