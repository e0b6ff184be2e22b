// Methods that look: State, Pids, Stats, Connect.
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cgroups/cgroups.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/shim/task/methods.h"
#include "runtime/shim/wire/metrics.h"
#include "runtime/shim/wire/options.h"

namespace shim {
namespace {

wire::TaskStatus status_of(const Task& task, const Process& process) {
  switch (process.state) {
    case Process::State::created:
    case Process::State::starting: return wire::TaskStatus::created;
    case Process::State::stopped: return wire::TaskStatus::stopped;
    case Process::State::running: break;
  }
  switch (task.freezer) {
    case Task::Freezer::pausing: return wire::TaskStatus::pausing;
    case Task::Freezer::paused: return wire::TaskStatus::paused;
    case Task::Freezer::running: break;
  }
  return wire::TaskStatus::running;
}

wire::PidsResponse with_exec_ids(const Task& task, const std::string& bytes) {
  std::map<pid_t, std::string_view> exec_ids;
  for (const auto& [exec_id, process] : task.execs)
    if (process->pid > 0) exec_ids[process->pid] = exec_id;
  wire::PidsResponse response;
  for (size_t at = 0; at + sizeof(pid_t) <= bytes.size(); at += sizeof(pid_t)) {
    pid_t pid = 0;
    std::memcpy(&pid, bytes.data() + at, sizeof pid);
    auto& info = response.processes.emplace_back(wire::ProcessInfo{static_cast<uint32_t>(pid), std::nullopt});
    if (const auto found = exec_ids.find(pid); found != exec_ids.end())
      info.info = wire::any_of(wire::ProcessDetails{std::string(found->second)});
  }
  return response;
}

Result<std::string> read_pids(const Task& task) {
  const auto hierarchy = TRY(cgroups::read_hierarchy());
  const auto found = TRY(cgroups::read_pids(hierarchy, task.cgroup_path));
  return std::string(reinterpret_cast<const char*>(found.data()), found.size() * sizeof(pid_t));
}

// Of a scope that has gone: as they were the last time, with the kills that were counted since. Messages that follow
// one on the other are read as one, of which the later has its way (protobuf, "Last One Wins"); zeros are not written.
std::string last_metrics(const Task& task) {
  cgroups::Metrics kills;
  kills.memory_events.oom_kill = task.oom_kills;
  return task.last_metrics + (task.oom_kills > 0 ? wire::encode_metrics(kills) : "");
}

// Not through lifecycle, which has no counters of a container that is stopped: callers ask for those after its end,
// to learn whether it was killed for want of memory.
Result<std::string> read_metrics(const Task& task) {
  const auto hierarchy = TRY(cgroups::read_hierarchy());
  const auto metrics = cgroups::read_metrics(hierarchy, task.cgroup_path);
  if (!metrics && task.is_cgroup_systemd && metrics.error().err == ENOENT) return last_metrics(task);
  if (!metrics) return std::unexpected(metrics.error());
  return wire::encode_metrics(*metrics);
}

}  // namespace

void state(Daemon& daemon, const wire::StateRequest& request, const Asker& asker) {
  const auto found = find_process(daemon, request.id, request.exec_id, asker);
  if (!found) return;
  const auto& process = *found.process;
  wire::StateResponse response;
  response.id = request.id;
  response.bundle = found.task->bundle;
  response.pid = static_cast<uint32_t>(process.pid);
  response.status = status_of(*found.task, process);
  response.in = process.stdio.in;
  response.out = process.stdio.out;
  response.err = process.stdio.err;
  response.terminal = process.stdio.terminal;
  response.exec_id = request.exec_id;
  if (process.state == Process::State::stopped && process.end) {
    response.exit_status = process.end->status;
    response.exited_at = timestamp(process.end->at);
  }
  answer(asker, response);
}

void pids(Daemon& daemon, const wire::PidsRequest& request, const Asker& asker) {
  const auto task = find_task(daemon, request.id, asker);
  if (!task) return;
  if (task->cgroup_path.empty()) return answer(asker, wire::PidsResponse{});
  work_for(
      daemon, asker, [&] { return read_pids(*task); },
      [asker, task](const std::string& given) {
        auto response = with_exec_ids(*task, given);
        // A containerd that has just been started takes a shim without processes for one that it never made a task in,
        // and ends it: the exit of a task that is not deleted yet would be lost.
        if (response.processes.empty() && task->init->pid > 0)
          response.processes.push_back({static_cast<uint32_t>(task->init->pid), std::nullopt});
        answer(asker, response);
      });
}

void stats(Daemon& daemon, const wire::StatsRequest& request, const Asker& asker) {
  const auto task = find_task(daemon, request.id, asker);
  if (!task) return;
  if (task->cgroup_path.empty())
    return refuse(asker, wire::Code::failed_precondition, "the container has no cgroup yet");
  work_for(
      daemon, asker, [&] { return read_metrics(*task); },
      [asker, task](const std::string& given) {
        if (task->is_cgroup_systemd && !task->init->end) task->last_metrics = given;
        answer(asker, wire::StatsResponse{wire::Any{std::string(wire::kTypeMetrics), given}});
      });
}

// Whether there is such a task or not: callers ask for the shim's pid with any id.
void connect(Daemon& daemon, const wire::ConnectRequest& request, const Asker& asker) {
  wire::ConnectResponse response;
  response.shim_pid = static_cast<uint32_t>(getpid());
  const auto found = daemon.tasks.find(request.id);
  if (found != daemon.tasks.end()) response.task_pid = static_cast<uint32_t>(found->second->init->pid);
  answer(asker, response);
}

}  // namespace shim
