// What the methods of the service work on, and what happens to processes whether anybody asks or not.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/loop.h"
#include "runtime/shim/task/events.h"
#include "runtime/shim/task/exits.h"
#include "runtime/shim/task/sandbox.h"
#include "runtime/shim/task/shim.h"
#include "runtime/shim/task/task.h"
#include "runtime/shim/task/worker.h"

namespace shim {

struct Daemon {
  Daemon(const ShimSettings& from, Loop& its_loop)
      : settings(from), loop(its_loop), workers(loop), events(loop, settings.ttrpc_address, settings.ns) {}

  const ShimSettings& settings;
  Loop& loop;
  Workers workers;
  Events events;
  EarlyExits early;
  std::map<std::string, std::shared_ptr<Task>> tasks;
  std::shared_ptr<Sandbox> sandbox;  // null: the pod, if any, is held by a task like others
  bool is_to_end = false;
};

// Takes in all children that have ended: processes of tasks, workers, loggers, orphans of containers.
void reap(Daemon& daemon);

// A worker has told the process's pid. It may have ended since: then its end is known, and told by tell_ends().
void has_pid(Daemon& daemon, Process& process, pid_t pid);

// Publishes the ends that may be told, and answers those who wait for them.
void tell_ends(Daemon& daemon, Task& task);

// Hears of kills for want of memory from now on. Without a cgroup, nothing.
void watch_memory(Daemon& daemon, const std::shared_ptr<Task>& task);
void stop_watching(Daemon& daemon, Task& task);

}  // namespace shim
