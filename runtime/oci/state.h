// What is kept on disk of a container, and what `state` and `list` show of it. Beside the state.json of a container
// lies a copy of its config.json, for `exec`: later changes of the bundle must have no effect (runtime.md, Create).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sandbox/container.h"

namespace oci {

enum class Status { kCreating, kCreated, kRunning, kPaused, kStopped };
std::string_view name_of(Status status);  // "creating", "created" …

// All that a later command needs, whichever flags its caller leaves out: the cgroup manager, for one, is remembered
// here, because CRI-O calls `update` without --systemd-cgroup.
struct State {
  std::string version;  // ociVersion of the container's config.json
  std::string id;
  std::string bundle, rootfs;  // absolute
  std::string created;         // RFC 3339, UTC, nanoseconds; see timestamp()
  uint32_t owner = 0;          // uid of who created it
  pid_t pid = 0;               // init as the host sees it; 0: not yet there
  uint64_t start_time = 0;     // of that pid, in clock ticks since boot: the pair is never reused

  std::string cgroup_manager;  // "cgroupfs", "systemd" or "disabled"
  std::string cgroup_path;     // below the cgroup v2 mount, beginning with "/"; empty: none
  std::string cgroup_scope;    // name of the systemd unit; empty: none

  std::vector<sandbox::Namespace> namespaces;  // as in config.json
  std::map<std::string, std::string> annotations;
  std::vector<sandbox::Hook> poststart, poststop;  // for start and delete
  std::map<std::string, std::string> extra;        // the life cycle's own notes; meaning nothing here
};

// The bytes of state.json, and back. A file of a later format version is refused. Errors begin with `name`.
std::string state_to_json(const State& state);
Result<State> state_from_json(std::string_view text, const std::string& name);

// Replaces `path` at once, mode 0600, and reads it (ENOENT when it is not there).
Result<> write_state(const State& state, const std::string& path);
Result<State> read_state(const std::string& path);

// What a hook gets on stdin: the spec's state object on one line, and no more.
std::string state_for_hooks(const State& state, Status status);

// What a seccomp agent is sent along with the listener of a process: the container process state (config-linux.md,
// "The Container Process State"), on one line.
std::string state_for_agent(const State& state, Status status, pid_t process, const std::string& metadata);

// What `state` prints, indented, ends in a newline: the spec's state object with rootfs, created and owner, as runc has
// them. A stopped container has pid 0.
std::string state_for_user(const State& state, Status status);

struct Listed {
  State state;
  Status status;
};
// What `list` prints: a table, or one array on a line with --format json. Owners are shown by name where they have one.
std::string list_as_table(const std::vector<Listed>& containers);
std::string list_as_json(const std::vector<Listed>& containers);

// The time now as "2026-11-22T21:22:27.161000000Z".
std::string timestamp();

}  // namespace oci
