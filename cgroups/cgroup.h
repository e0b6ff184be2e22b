// A cgroup while a container is being made: owned, and taken back unless it is committed.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "cgroups/hierarchy.h"
#include "cgroups/plan.h"

namespace cgroups {

// The way of every driver is the same:
//   Cgroup group = TRY(Cgroup::create(hierarchy, location, plan));
//   ... clone3, with CLONE_INTO_CGROUP when group.directory() is open ...
//   TRY(group.adopt(pid));       // systemd makes its scope around the process; nothing to do for the others
//   TRY(group.apply(plan));      // before the container's code runs; for cgroupfs it can also be before clone3
//   ... store group.location() ...
//   group.commit();
class Cgroup {
 public:
  // Makes the cgroup. cgroupfs: its directory and the missing parents, and hands the controllers down to it: those the
  // plan needs, and those that accounting wants where they can be had (cpu, io, memory, pids). An existing cgroup is
  // taken if it has no process (and then not removed on undo), else it is an error (EBUSY). systemd, disabled: nothing
  // is made yet. disabled with limits in the plan is an error.
  static Result<Cgroup> create(const Hierarchy& hierarchy, const Location& location, const Plan& plan);

  Cgroup(Cgroup&& other) noexcept;
  Cgroup& operator=(Cgroup&&) = delete;
  Cgroup(const Cgroup&) = delete;
  // Without commit(): kills what is in the cgroup if we made it, removes it and the parents that create() made.
  ~Cgroup();

  // Directory for CLONE_INTO_CGROUP; -1 when the process has to be adopted instead (systemd, disabled).
  int directory() const { return directory_.get(); }

  // Takes the process in, if clone3 has not put it there already (systemd: StartTransientUnit, waits for its job).
  // The pid must not have run any of the container's code. Afterwards location().path holds the true path.
  Result<> adopt(pid_t pid);

  // Does the writes and attaches the device program. Errors: "linux.resources.cpu.quota: write '1000 100000' to
  // cpu.max: Invalid argument".
  Result<> apply(const Plan& plan);

  // Gives the directory and the files of /sys/kernel/cgroup/delegate to the user (config-linux.md, "Cgroup ownership":
  // when the container has a cgroup namespace of its own and a writable cgroup mount).
  Result<> delegate(uid_t uid);

  // What goes into the state on disk.
  const Location& location() const { return location_; }

  // Keeps it: the destructor then only closes.
  void commit() { committed_ = true; }

 private:
  Cgroup(Hierarchy hierarchy, Location location);
  Result<> make_directory(const Plan& plan);

  Hierarchy hierarchy_;
  Location location_;
  Fd directory_;
  std::vector<Write> unit_writes_;  // systemd only: what the scope is told at its start
  std::vector<std::string> made_;   // host paths of the directories that we made, outermost first
  bool unit_started_ = false;
  bool committed_ = false;
};

}  // namespace cgroups
