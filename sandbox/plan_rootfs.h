// The container's root: attached, later made the root, and what is hidden or read-only in it.
#pragma once

#include "sandbox/container.h"
#include "sandbox/plan.h"

namespace sandbox {

// Attaches the root file system in the new mount namespace and gives the slot of its root directory.
// `propagation`: rootfsPropagation of the config ("" as "slave" towards the host, private inside).
// `user_namespace`: the container has one, whose root may not be let through to the path on the host; the caller opens
// it then. Errors: an unknown propagation.
Result<int16_t> plan_rootfs(Plan& plan, const Root& root, const std::string& propagation, bool user_namespace);

// How mounts of the host are seen by a container with this rootfsPropagation: MS_… flags, MS_REC among them. Errors: an
// unknown propagation.
Result<uint64_t> host_propagation(const std::string& propagation);

// Masked paths, read-only paths. `empty_directory`: a directory of the host with nothing in it, shared by all masks.
void plan_hidden_paths(Plan& plan, int16_t root, const std::vector<std::string>& masked,
                       const std::vector<std::string>& readonly, const std::string& empty_directory);

// Makes the working directory where it is missing, while the root can still be written.
void plan_working_directory(Plan& plan, int16_t root, const std::string& cwd);

// Switches to the root; `pivot` false for --no-pivot (initramfs). Then read-only, and the propagation asked for.
void plan_switch_root(Plan& plan, int16_t root, const Root& config, const std::string& propagation, bool pivot);

}  // namespace sandbox
