// Methods that bring processes to life: Create, Exec, Start.
#include <signal.h>

#include "base/log.h"
#include "base/text.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/lifecycle/state_dir.h"
#include "runtime/oci/spec.h"
#include "runtime/shim/task/making.h"
#include "runtime/shim/task/methods.h"
#include "runtime/shim/task/rootfs.h"

namespace shim {
namespace {

Result<Making> read_making(const Daemon& daemon, const wire::CreateTaskRequest& request) {
  TRY(lifecycle::check_id(request.id));
  if (!request.bundle.starts_with('/')) return fail(cat("bundle ", quoted(request.bundle), ": not an absolute path"));
  Making making;
  making.options = TRY(read_options(request.options.value_or(wire::Any{})));
  making.root =
      cat(making.options.root.empty() ? daemon.settings.default_root : making.options.root, "/", daemon.settings.ns);
  making.id = request.id;
  making.bundle = request.bundle;
  making.terminal = request.terminal;
  making.checkpoint = request.checkpoint;
  making.sandbox = daemon.sandbox;
  return making;
}

std::shared_ptr<Task> new_task(const Daemon& daemon, const wire::CreateTaskRequest& request, const Making& making) {
  auto task = std::make_shared<Task>();
  task->id = request.id;
  task->bundle = request.bundle;
  task->root = making.root;
  task->stdio_context = {daemon.settings.ns, request.id, making.options.io_uid, making.options.io_gid, request.bundle};
  task->init->stdio = {request.in, request.out, request.err, request.terminal};
  if (!making.checkpoint.empty()) task->restored_at_start = making;
  return task;
}

void take_made(Daemon& daemon, const std::shared_ptr<Task>& task, const Made& made) {
  task->cgroup_path = made.cgroup_path;
  task->is_cgroup_systemd = made.is_cgroup_systemd;
  task->has_own_pids = made.has_own_pids;
  has_pid(daemon, *task->init, made.pid);
  watch_memory(daemon, task);
}

// Nothing was made, or nothing of it is left.
void forget(Daemon& daemon, Task& task) {
  daemon.tasks.erase(task.id);
  for (const auto& told : std::exchange(task.when_discarded, {})) told();
}

// What is half made, or of no use without its input and output. Nobody waits for it: containerd asks again with a
// bundle of another name, or calls `delete`.
void discard(Daemon& daemon, const std::shared_ptr<Task>& task) {
  stop_watching(daemon, *task);
  daemon.tasks.erase(task->id);  // now: the same id may be asked for again
  const auto work = [&]() -> Result<std::string> {
    TRY(remove_remains(task->bundle, task->id));
    return std::string();
  };
  const auto then = [task](const Result<std::string>& gone) {
    if (!gone) log_warning(cat("take away ", quoted(task->id), ": ", gone.error().text()));
    for (const auto& told : std::exchange(task->when_discarded, {})) told();
  };
  const auto begun = daemon.workers.run({}, work, then);
  if (!begun) then(std::unexpected(begun.error()));
}

// Without a pid it is out of a checkpoint, and not there before Start.
Result<> take_created(Daemon& daemon, const std::shared_ptr<Task>& task, const std::string& given) {
  const Made made = TRY(unpack_made(given));
  if (made.pid == 0) return {};
  take_made(daemon, task, made);
  return task->init->io->begin();
}

wire::TaskCreate created_event(const Task& task, const wire::CreateTaskRequest& request) {
  wire::TaskCreate event;
  event.container_id = task.id;
  event.bundle = task.bundle;
  event.rootfs = request.rootfs;
  event.io = wire::TaskIO{request.in, request.out, request.err, request.terminal};
  event.checkpoint = request.checkpoint;
  event.pid = static_cast<uint32_t>(task.init->pid);
  return event;
}

void created(Daemon& daemon, const std::shared_ptr<Task>& task, const wire::CreateTaskRequest& request,
             const Asker& asker, const Result<std::string>& given) {
  task->init->worker = 0;
  Result<> taken = given ? take_created(daemon, task, *given) : std::unexpected(given.error());
  // Delete has come while the worker was answering.
  if (taken && !task->when_discarded.empty()) taken = fail("given up");
  if (!taken) {
    // A worker that could answer has left nothing behind.
    if (given || is_lost_worker(given.error()))
      discard(daemon, task);
    else
      forget(daemon, *task);
    return refuse(asker, taken.error());
  }
  task->is_being_made = false;
  daemon.events.publish(created_event(*task, request));
  answer(asker, wire::CreateTaskResponse{static_cast<uint32_t>(task->init->pid)});
  tell_ends(daemon, *task);
}

void make(Daemon& daemon, const std::shared_ptr<Task>& task, const Making& making,
          const wire::CreateTaskRequest& request, const Asker& asker) {
  const Ends ends(*task->init->io);
  const auto begun = daemon.workers.run(
      ends.list(), [&] { return make_container(making, request.rootfs, ends); },
      [&daemon, task, request, asker](const Result<std::string>& given) {
        created(daemon, task, request, asker, given);
      });
  if (begun) {
    task->init->worker = *begun;
    return;
  }
  forget(daemon, *task);
  refuse(asker, begun.error());
}

// An exec's: its program runs when this returns.
Result<std::string> start_process(const Task& task, const Process& process, const Ends& ends) {
  lifecycle::ExecOptions options;
  options.root = task.root;
  options.id = task.id;
  options.process = TRY(oci::read_process(process.spec, "process"));
  options.process.terminal = process.stdio.terminal;
  options.inherits = true;
  options.console = ends.console;
  options.stdio = ends.stdio;
  const auto started = TRY(lifecycle::exec(std::move(options)));
  return cat(started.pid);
}

// Init's, or the whole container's when it comes out of a checkpoint.
Result<std::string> start_container(const Task& task, const Ends& ends) {
  if (task.restored_at_start) return restore_container(*task.restored_at_start, ends);
  TRY(lifecycle::start(task.root, task.id));
  return std::string();
}

Result<> take_started(Daemon& daemon, const std::shared_ptr<Task>& task, Process& process, const std::string& given) {
  if (!process.exec_id.empty()) {
    const auto pid = parse_number<pid_t>(given);
    if (!pid) return fail("the worker gave no process");
    has_pid(daemon, process, *pid);
    return process.io->begin();
  }
  if (!task->restored_at_start) return {};
  task->restored_at_start.reset();
  take_made(daemon, task, TRY(unpack_made(given)));
  return process.io->begin();
}

// An init that could not start its program ends by itself, and is told of; what Exec asked for was never there.
void not_started(Daemon& daemon, Task& task, Process& process) {
  if (process.pid > 0) {
    process.state = Process::State::created;
    ::kill(process.pid, SIGKILL);
    return tell_ends(daemon, task);
  }
  constexpr uint32_t kCannotExecute = 255;
  process.state = Process::State::stopped;
  process.end = {kCannotExecute, exit_now(0).at};
  process.io.reset();
  for (const auto& told : std::exchange(process.when_stopped, {})) told(process);
  tell_ends(daemon, task);  // init's end may have waited for it
}

void started(Daemon& daemon, const std::shared_ptr<Task>& task, Process& process, const Asker& asker,
             const Result<std::string>& given) {
  process.worker = 0;
  const Result<> taken = given ? take_started(daemon, task, process, *given) : std::unexpected(given.error());
  if (!taken) {
    refuse(asker, taken.error());
    return not_started(daemon, *task, process);
  }
  process.state = Process::State::running;
  const auto pid = static_cast<uint32_t>(process.pid);
  if (process.exec_id.empty())
    daemon.events.publish(wire::TaskStart{task->id, pid});
  else
    daemon.events.publish(wire::TaskExecStarted{task->id, process.exec_id, pid});
  answer(asker, wire::StartResponse{pid});
  tell_ends(daemon, *task);
}

void run_start(Daemon& daemon, const std::shared_ptr<Task>& task, const std::shared_ptr<Process>& process,
               const Asker& asker) {
  const Ends ends(*process->io);
  const bool is_init = process->exec_id.empty();
  process->state = Process::State::starting;
  const auto begun = daemon.workers.run(
      ends.list(), [&] { return is_init ? start_container(*task, ends) : start_process(*task, *process, ends); },
      [&daemon, task, process, asker](const Result<std::string>& given) {
        started(daemon, task, *process, asker, given);
      });
  process->spec = {};
  if (!begun) return started(daemon, task, *process, asker, std::unexpected(begun.error()));
  process->worker = *begun;
}

}  // namespace

void create(Daemon& daemon, const wire::CreateTaskRequest& request, const Asker& asker) {
  if (daemon.tasks.contains(request.id))
    return refuse(asker, wire::Code::already_exists, cat("task ", quoted(request.id), " already exists"));
  const auto making = read_making(daemon, request);
  if (!making) return refuse(asker, wire::Code::invalid_argument, making.error().text());
  const auto task = new_task(daemon, request, *making);
  auto io = ProcessIo::open(daemon.loop, task->init->stdio, task->stdio_context);
  if (!io) return refuse(asker, io.error());
  task->init->io = *std::move(io);
  daemon.tasks[request.id] = task;
  task->init->io->when_ready([&daemon, task, making = *making, request, asker](const Result<>& ready) {
    if (ready) return make(daemon, task, making, request, asker);
    forget(daemon, *task);
    refuse(asker, ready.error());
  });
}

void exec(Daemon& daemon, const wire::ExecProcessRequest& request, const Asker& asker) {
  const auto task = find_task(daemon, request.id, asker);
  if (!task) return;
  if (request.exec_id.empty()) return refuse(asker, wire::Code::invalid_argument, "exec id: missing");
  if (task->execs.contains(request.exec_id) || request.exec_id == request.id)
    return refuse(asker, wire::Code::already_exists, cat("id ", quoted(request.exec_id), " already exists"));
  if (task->init->end || task->init->is_being_deleted)
    return refuse(asker, wire::Code::failed_precondition, cat("task ", quoted(request.id), " has stopped"));
  if (!request.spec || request.spec->type_url != wire::kTypeProcess)
    return refuse(asker, wire::Code::invalid_argument, cat("spec: a value of type ", wire::kTypeProcess, " is needed"));
  const auto process = std::make_shared<Process>();
  process->exec_id = request.exec_id;
  process->stdio = {request.in, request.out, request.err, request.terminal};
  process->spec = request.spec->value;
  task->execs[request.exec_id] = process;
  daemon.events.publish(wire::TaskExecAdded{task->id, request.exec_id});
  answer(asker);
}

void start(Daemon& daemon, const wire::StartRequest& request, const Asker& asker) {
  const auto found = find_process(daemon, request.id, request.exec_id, asker);
  if (!found) return;
  const auto& [task, process] = found;
  const bool is_init = request.exec_id.empty();
  if (process->state != Process::State::created || process->is_being_deleted)
    return refuse(asker, wire::Code::failed_precondition, "the process is not waiting to be started");
  if (is_init) return run_start(daemon, task, process, asker);
  if (task->init->state != Process::State::running)
    return refuse(asker, wire::Code::failed_precondition, cat("task ", quoted(task->id), " is not running"));
  auto io = ProcessIo::open(daemon.loop, process->stdio, task->stdio_context);
  if (!io) return refuse(asker, io.error());
  process->io = *std::move(io);
  process->state = Process::State::starting;
  process->io->when_ready([&daemon, task, process, asker](const Result<>& ready) {
    if (ready) return run_start(daemon, task, process, asker);
    started(daemon, task, *process, asker, std::unexpected(ready.error()));
  });
}

}  // namespace shim
