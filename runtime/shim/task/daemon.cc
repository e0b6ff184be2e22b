#include "runtime/shim/task/daemon.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "cgroups/cgroups.h"
#include "runtime/shim/wire/metrics.h"

namespace shim {
namespace {

// systemd takes the scope away as soon as it hears that it is empty: most often, but not always, later than this.
void keep_last_metrics(Task& task) {
  const auto hierarchy = cgroups::read_hierarchy();
  if (!hierarchy) return;
  const auto metrics = cgroups::read_metrics(*hierarchy, task.cgroup_path);
  if (metrics) task.last_metrics = wire::encode_metrics(*metrics);
}

// Read here, for each end: so that callers hear of the kill before they hear of the end that it caused.
void tell_oom_kills(Daemon& daemon, Task& task) {
  if (!task.watch) return;
  const auto news = task.watch->read();
  if (!news) return log_warning(cat("task ", quoted(task.id), ": ", news.error().text()));
  if (news->oom_kills > 0) {
    task.oom_kills += news->oom_kills;
    task.unlaid_oom_kills += news->oom_kills;
    if (task.is_cgroup_systemd) keep_last_metrics(task);
    daemon.events.publish(wire::TaskOOM{task.id});
  }
  // A cgroup that has gone is ready to be read for ever (kernfs_fop_poll).
  if (news->is_empty && task.is_watched) {
    daemon.loop.forget(task.watch->memory_descriptor());
    task.is_watched = false;
  }
}

// The kernel ends a pid namespace with its init (pid_namespaces(7)). Where there is none of the container's own, what
// it has left running is for us to end.
void end_what_is_left(Task& task) {
  for (const auto& [exec_id, process] : task.execs)
    if (process->pid > 0 && !process->end) ::kill(process->pid, SIGKILL);
  if (task.cgroup_path.empty()) return;
  const auto hierarchy = cgroups::read_hierarchy();
  const auto killed = hierarchy ? cgroups::kill(*hierarchy, task.cgroup_path) : std::unexpected(hierarchy.error());
  if (!killed) log_warning(cat("task ", quoted(task.id), ": ", killed.error().text()));
}

void task_process_ended(Daemon& daemon, Task& task, Process& process, Exit exit) {
  process.end = exit;
  tell_oom_kills(daemon, task);
  lay_to_memory(*process.end, task.unlaid_oom_kills);
  if (&process == task.init.get()) {
    if (task.is_cgroup_systemd) keep_last_metrics(task);
    if (!task.has_own_pids) end_what_is_left(task);
  }
  tell_ends(daemon, task);
}

bool logger_ended(const Daemon& daemon, pid_t pid, int status) {
  const auto is_of = [&](const Process& process) { return process.io && process.io->has_ended(pid, status); };
  for (const auto& [id, task] : daemon.tasks) {
    if (is_of(*task->init)) return true;
    if (std::ranges::any_of(task->execs, [&](const auto& entry) { return is_of(*entry.second); })) return true;
  }
  return false;
}

void ended(Daemon& daemon, pid_t pid, int status) {
  if (daemon.workers.has_ended(pid, status)) return;
  if (daemon.sandbox && daemon.sandbox->process.pid == pid && !daemon.sandbox->process.end) {
    daemon.sandbox->process.end = exit_now(status);
    return tell_end(daemon.sandbox);
  }
  for (const auto& [id, task] : daemon.tasks) {
    const auto process = task->find_living(pid);
    if (!process) continue;
    const auto held = task;  // whoever is told may forget the task
    return task_process_ended(daemon, *held, *process, exit_now(status));
  }
  if (!logger_ended(daemon, pid, status)) daemon.early.keep(pid, exit_now(status));
}

}  // namespace

void reap(Daemon& daemon) {
  for (;;) {
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0) break;
    if (info.si_code != CLD_EXITED) daemon.workers.end_what_it_left(info.si_pid);
    int status = 0;
    if (waitpid(info.si_pid, &status, 0) < 0) break;
    ended(daemon, info.si_pid, status);
  }
  if (daemon.workers.is_idle()) daemon.early.clear();
}

void has_pid(Daemon& daemon, Process& process, pid_t pid) {
  process.pid = pid;
  process.end = daemon.early.take(pid);
}

void tell_ends(Daemon& daemon, Task& task) {
  for (const auto& process : take_ended(task)) {
    const std::string& id = process->exec_id.empty() ? task.id : process->exec_id;
    daemon.events.publish(wire::TaskExit{task.id, id, static_cast<uint32_t>(process->pid), process->end->status,
                                         timestamp(process->end->at), process->end->reason});
    for (const auto& told : std::exchange(process->when_stopped, {})) told(*process);
  }
}

void watch_memory(Daemon& daemon, const std::shared_ptr<Task>& task) {
  if (task->cgroup_path.empty()) return;
  auto hierarchy = cgroups::read_hierarchy();
  auto watch = hierarchy ? cgroups::Watch::open(*hierarchy, task->cgroup_path) : std::unexpected(hierarchy.error());
  // Most often it has ended already, and its scope with it.
  if (!watch) return log_debug(cat("task ", quoted(task->id), ": ", watch.error().text()));
  task->watch = *std::move(watch);
  const int memory = task->watch->memory_descriptor();
  if (memory < 0) return;
  const auto watched =
      daemon.loop.watch(memory, EPOLLPRI, [&daemon, task = task.get()](uint32_t) { tell_oom_kills(daemon, *task); });
  if (!watched) return log_warning(cat("task ", quoted(task->id), ": ", watched.error().text()));
  task->is_watched = true;
}

void stop_watching(Daemon& daemon, Task& task) {
  if (task.is_watched) daemon.loop.forget(task.watch->memory_descriptor());
  task.is_watched = false;
  task.watch.reset();
}

}  // namespace shim
