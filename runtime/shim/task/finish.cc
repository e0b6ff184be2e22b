// Methods about the end: Kill, Wait, Delete, Shutdown.
#include <signal.h>

#include <cerrno>

#include "base/text.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/shim/task/methods.h"
#include "runtime/shim/task/rootfs.h"

namespace shim {
namespace {

constexpr int64_t kDrain = 10000;  // milliseconds that a reader has for the last of a process's output

template <class Response>
Response response_for(const Process& process) {
  Response response;
  response.exit_status = process.end ? process.end->status : 0;
  response.exited_at = process.end ? timestamp(process.end->at) : std::nullopt;
  return response;
}

wire::DeleteResponse delete_response(const Process& process) {
  auto response = response_for<wire::DeleteResponse>(process);
  response.pid = static_cast<uint32_t>(process.pid);
  return response;
}

// Calls `then` when all output of the process has arrived where it goes.
void drain(const std::shared_ptr<Process>& process, std::function<void()> then) {
  if (!process->io || process->pid == 0) return then();
  process->io->finish(kDrain, std::move(then));
}

void when_stopped(const std::shared_ptr<Process>& process, std::function<void()> then) {
  if (process->state == Process::State::stopped || process->pid == 0) return then();
  process->when_stopped.emplace_back([then = std::move(then)](const Process&) { then(); });
}

void remove_exec(const std::shared_ptr<Task>& task, const std::shared_ptr<Process>& process, const Asker& asker) {
  process->is_being_deleted = true;
  drain(process, [task, process, asker] {
    task->execs.erase(process->exec_id);
    answer(asker, delete_response(*process));
  });
}

void removed(Daemon& daemon, const std::shared_ptr<Task>& task, const Asker& asker) {
  stop_watching(daemon, *task);
  daemon.tasks.erase(task->id);
  const auto response = delete_response(*task->init);
  daemon.events.publish(
      wire::TaskDelete{task->id, response.pid, response.exit_status, response.exited_at, std::string()});
  answer(asker, response);
}

// First the container, which ends whatever still holds on to its output, so that nobody waits for that.
void remove_init(Daemon& daemon, const std::shared_ptr<Task>& task, const Asker& asker) {
  const auto work = [&]() -> Result<std::string> {
    TRY(lifecycle::remove(task->root, task->id, true));
    TRY(unmount_rootfs(task->bundle));
    return std::string();
  };
  const auto then = [&daemon, task, asker](const Result<std::string>& gone) {
    task->init->is_being_deleted = static_cast<bool>(gone);
    if (!gone) return refuse(asker, gone.error());
    when_stopped(task->init, [&daemon, task, asker] {
      drain(task->init, [&daemon, task, asker] { removed(daemon, task, asker); });
    });
  };
  const auto begun = daemon.workers.run({}, work, then);
  if (!begun) return refuse(asker, begun.error());
  task->init->is_being_deleted = true;
}

// The Create of that id is under way: hangs in a hook, perhaps, and its caller has given up. True when there is one.
bool give_up_making(const Daemon& daemon, const std::string& id, const Asker& asker) {
  const auto found = daemon.tasks.find(id);
  if (found == daemon.tasks.end() || !found->second->is_being_made) return false;
  const auto& task = found->second;
  task->when_discarded.emplace_back(
      [id, asker] { refuse(asker, wire::Code::not_found, cat("task ", quoted(id), " not found")); });
  if (task->init->worker > 0) ::kill(task->init->worker, SIGKILL);
  return true;
}

}  // namespace

void kill(Daemon& daemon, const wire::KillRequest& request, const Asker& asker) {
  const auto found = find_process(daemon, request.id, request.exec_id, asker);
  if (!found) return;
  const auto& [task, process] = found;
  if (request.signal == 0 || request.signal > static_cast<uint32_t>(SIGRTMAX))
    return refuse(asker, wire::Code::invalid_argument, cat("signal ", request.signal, ": there is no such signal"));
  if (process->end) return refuse(asker, wire::Code::not_found, "process already finished");
  if (process->pid == 0) return refuse(asker, wire::Code::failed_precondition, "process not started");
  const int signal = static_cast<int>(request.signal);
  if (request.all && request.exec_id.empty()) {
    const auto work = [&]() -> Result<std::string> {
      TRY(lifecycle::kill(task->root, task->id, signal, true));
      return std::string();
    };
    return work_for(daemon, asker, work, [asker](const std::string&) { answer(asker); });
  }
  // What hangs while it starts it, a hook, is not waited for either.
  if (signal == SIGKILL && request.exec_id.empty() && process->worker > 0) ::kill(process->worker, SIGKILL);
  // cgroup v2: a frozen process can be killed, and takes other signals when it thaws.
  if (::kill(process->pid, signal) == 0) return answer(asker);
  if (errno == ESRCH) return refuse(asker, wire::Code::not_found, "process already finished");
  refuse(asker, Error{errno, cat("kill ", process->pid), {}});
}

void wait(Daemon& daemon, const wire::WaitRequest& request, const Asker& asker) {
  const auto found = find_process(daemon, request.id, request.exec_id, asker);
  if (!found) return;
  const auto tell = [asker](const Process& process) { answer(asker, response_for<wire::WaitResponse>(process)); };
  if (found.process->state == Process::State::stopped) return tell(*found.process);
  found.process->when_stopped.emplace_back(tell);
}

void remove(Daemon& daemon, const wire::DeleteRequest& request, const Asker& asker) {
  if (give_up_making(daemon, request.id, asker)) return;
  const auto found = find_process(daemon, request.id, request.exec_id, asker);
  if (!found) return;
  const auto& [task, process] = found;
  if (process->is_alive())
    return refuse(asker, wire::Code::failed_precondition, "the process is running: it is to be killed first");
  if (process->is_being_deleted) return refuse(asker, wire::Code::failed_precondition, "the process is being deleted");
  if (request.exec_id.empty()) return remove_init(daemon, task, asker);
  remove_exec(task, process, asker);
}

// containerd asks for this after each Delete: as long as another container of the pod is here, or the pod's sandbox,
// nothing comes of it.
void shut_down(Daemon& daemon, const wire::ShutdownRequest& request, const Asker& asker) {
  daemon.is_to_end = (daemon.tasks.empty() && !daemon.sandbox) || request.now;
  answer(asker);
}

}  // namespace shim
