// A container as the shim knows it: its first process, those that Exec added, and what may be told of their ends when.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cgroups/watch.h"
#include "runtime/shim/options/options.h"
#include "runtime/shim/stdio/process_io.h"
#include "runtime/shim/task/exits.h"

namespace shim {

// A process that we have not reaped keeps its pid: kill(2) cannot hit a stranger, and no descriptor of it is needed.
struct Process {
  enum class State {
    created,   // init: it waits for Start; of Exec: not there yet
    starting,  // a worker is at it
    running,
    stopped,  // and told so
  };
  std::string exec_id;  // empty for init
  State state = State::created;
  pid_t pid = 0;
  pid_t worker = 0;         // that makes or starts it
  std::optional<Exit> end;  // known from here on, told when `state` is stopped
  StdioRequest stdio;
  std::unique_ptr<ProcessIo> io;
  std::string spec;  // of Exec, the process in JSON: until it is started
  std::vector<std::function<void(const Process&)>> when_stopped;
  bool is_being_deleted = false;

  bool is_alive() const { return state == State::starting || state == State::running; }
};

struct Sandbox;

// What Create was asked for: needed again by Start when the container comes out of a checkpoint.
struct Making {
  std::string root, id, bundle;
  RuntimeOptions options;
  bool terminal = false;
  std::string checkpoint;                  // the images' directory; empty: a new container
  std::shared_ptr<const Sandbox> sandbox;  // null: the pod, if any, is containerd's
};

struct Task {
  std::string id, bundle;
  std::string root;  // of the lifecycle's states
  StdioContext stdio_context;
  std::optional<Making> restored_at_start;

  // Known once a worker has made the container.
  std::string cgroup_path;         // empty: none
  bool is_cgroup_systemd = false;  // then the cgroup goes with its last process
  bool has_own_pids = false;       // a pid namespace that ends with init
  std::optional<cgroups::Watch> watch;
  bool is_watched = false;                       // by the loop
  uint64_t oom_kills = 0, unlaid_oom_kills = 0;  // the latter: see lay_to_memory
  std::string last_metrics;                      // of a cgroup that may go; an encoded message

  std::shared_ptr<Process> init = std::make_shared<Process>();
  std::map<std::string, std::shared_ptr<Process>> execs;
  enum class Freezer { running, pausing, paused } freezer = Freezer::running;
  bool is_being_made = true;                          // nobody may ask for it yet
  std::vector<std::function<void()>> when_discarded;  // of those who wait for the end of that

  // Init for an empty exec id; null when there is none of that id.
  std::shared_ptr<Process> find(const std::string& exec_id) const;
  // The process with this pid that has not ended; null when it is none of ours.
  std::shared_ptr<Process> find_living(pid_t pid) const;
};

// The processes whose ends are known and may be told now, in the order to tell them in; each is handed out once, and
// stopped from then on. An end is held back while its start has not been told, and init's until those of Exec have been
// told: callers take init's for the end of all.
std::vector<std::shared_ptr<Process>> take_ended(Task& task);

}  // namespace shim
