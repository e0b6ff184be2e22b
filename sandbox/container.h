// What a process sees, as plain data: the input of the planner. Field names follow the OCI runtime-spec; the reader of
// config.json fills these structs and nothing else does.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/scheduling.h"
#include "security/policy.h"

namespace sandbox {

struct Namespace {
  int type = 0;      // CLONE_NEWPID, CLONE_NEWNET … (one bit)
  std::string path;  // empty: a new one; else the one to join
};

struct ClockOffset {
  int64_t secs = 0;
  uint32_t nanosecs = 0;  // below 10^9
};

// What the clocks of a new time namespace show more than the host's; empty: nothing.
struct ClockOffsets {
  std::optional<ClockOffset> monotonic, boottime;
};

struct IdMapping {
  uint32_t container_id = 0, host_id = 0, size = 0;

  bool operator==(const IdMapping&) const = default;
};

struct Mount {
  std::string destination;  // absolute, in the container
  std::string type;         // file system type; ignored for binds
  std::string source;
  std::vector<std::string> options;
  std::vector<IdMapping> uid_mappings, gid_mappings;
};

// True for a mount that shows a place of the host.
inline bool is_bind(const Mount& mount) {
  const auto has = [&](const char* option) { return std::ranges::find(mount.options, option) != mount.options.end(); };
  return mount.type == "bind" || has("bind") || has("rbind");
}

struct Device {
  std::string path;
  char type = 'c';  // 'c', 'b', 'u' (as 'c'), 'p' (fifo)
  int64_t major = 0, minor = 0;
  uint32_t mode = 0666;
  uint32_t uid = 0, gid = 0;
};

struct Rlimit {
  int resource = 0;  // RLIMIT_…
  uint64_t soft = 0, hard = 0;
};

struct Sysctl {
  std::string key;  // dotted or with slashes, as in the spec
  std::string value;
};

// A program called at a point of the life cycle (config.md, POSIX-platform Hooks).
struct Hook {
  std::string path;
  std::vector<std::string> args;  // args[0] is the name the program sees; empty: the path
  std::vector<std::string> env;
  int timeout = 0;  // seconds, 0: none
};

struct Process {
  bool terminal = false;
  uint16_t console_height = 0, console_width = 0;
  security::User user;
  std::vector<std::string> args, env;
  std::string cwd = "/";
  std::optional<security::Capabilities> capabilities;  // empty: all sets empty, as runc has it without the field
  std::vector<Rlimit> rlimits;
  bool no_new_privileges = false;
  std::string apparmor_profile, selinux_label;
  std::optional<int> oom_score_adj;
  std::optional<Scheduler> scheduler;
  std::optional<IoPriority> io_priority;
  CpuAffinity exec_cpu_affinity;  // for exec alone
};

struct Root {
  std::string path;  // absolute on the host
  bool readonly = false;
};

}  // namespace sandbox
