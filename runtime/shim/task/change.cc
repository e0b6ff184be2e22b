// Methods that change what runs: Pause, Resume, Checkpoint, Update, ResizePty, CloseIO.
#include "base/path.h"
#include "base/text.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/oci/spec.h"
#include "runtime/shim/task/methods.h"
#include "runtime/shim/wire/options.h"

namespace shim {
namespace {

// "io" of a process that has ended and been deleted, or has not begun.
bool has_io(const Process& process, const Asker& asker) {
  if (process.io && process.state != Process::State::stopped) return true;
  refuse(asker, wire::Code::failed_precondition, "the process is not running");
  return false;
}

Result<std::string> run_checkpoint(const Task& task, const std::string& path, const wire::CheckpointOptions& asked) {
  lifecycle::CheckpointOptions options;
  options.root = task.root;
  options.id = task.id;
  options.criu.images = asked.image_path.empty() ? path : asked.image_path;
  options.criu.work = asked.work_path.empty() ? cat(task.bundle, "/criu-work") : asked.work_path;
  options.criu.tcp_established = asked.open_tcp;
  options.criu.ext_unix_sk = asked.external_unix_sockets;
  options.criu.file_locks = asked.file_locks;
  options.criu.shell_job = asked.terminal;
  if (!asked.cgroups_mode.empty()) options.criu.cgroups_mode = asked.cgroups_mode;
  options.criu.empty_namespaces = asked.empty_namespaces;
  options.parent_path = asked.parent_path;
  options.leave_running = !asked.exit;
  TRY(make_directories(options.criu.images, 0700));
  TRY(make_directories(options.criu.work, 0700));
  TRY(lifecycle::checkpoint(options));
  return std::string();
}

}  // namespace

void pause(Daemon& daemon, const wire::PauseRequest& request, const Asker& asker) {
  const auto task = find_task(daemon, request.id, asker);
  if (!task) return;
  const auto before = std::exchange(task->freezer, Task::Freezer::pausing);
  const auto work = [&]() -> Result<std::string> {
    TRY(lifecycle::pause(task->root, task->id));
    return std::string();
  };
  const auto begun = daemon.workers.run({}, work, [&daemon, task, before, asker](const Result<std::string>& paused) {
    task->freezer = paused ? Task::Freezer::paused : before;
    if (!paused) return refuse(asker, paused.error());
    daemon.events.publish(wire::TaskPaused{task->id});
    answer(asker);
  });
  if (begun) return;
  task->freezer = before;
  refuse(asker, begun.error());
}

void resume(Daemon& daemon, const wire::ResumeRequest& request, const Asker& asker) {
  const auto task = find_task(daemon, request.id, asker);
  if (!task) return;
  const auto work = [&]() -> Result<std::string> {
    TRY(lifecycle::resume(task->root, task->id));
    return std::string();
  };
  work_for(daemon, asker, work, [&daemon, task, asker](const std::string&) {
    task->freezer = Task::Freezer::running;
    daemon.events.publish(wire::TaskResumed{task->id});
    answer(asker);
  });
}

void checkpoint(Daemon& daemon, const wire::CheckpointTaskRequest& request, const Asker& asker) {
  const auto task = find_task(daemon, request.id, asker);
  if (!task) return;
  wire::CheckpointOptions options;
  if (request.options && !request.options->type_url.empty()) {
    auto read = wire::from_any<wire::CheckpointOptions>(*request.options);
    if (!read) return refuse(asker, wire::Code::invalid_argument, read.error().text());
    options = *std::move(read);
  }
  work_for(
      daemon, asker, [&] { return run_checkpoint(*task, request.path, options); },
      [&daemon, task, asker, path = request.path](const std::string&) {
        daemon.events.publish(wire::TaskCheckpointed{task->id, path});
        answer(asker);
      });
}

void update(Daemon& daemon, const wire::UpdateTaskRequest& request, const Asker& asker) {
  const auto task = find_task(daemon, request.id, asker);
  if (!task) return;
  if (!request.resources || request.resources->type_url != wire::kTypeLinuxResources)
    return refuse(asker, wire::Code::invalid_argument,
                  cat("resources: a value of type ", wire::kTypeLinuxResources, " is needed"));
  const auto work = [&]() -> Result<std::string> {
    const auto resources = TRY(oci::read_resources(request.resources->value, "resources"));
    TRY(lifecycle::update(task->root, task->id, resources));
    return std::string();
  };
  work_for(daemon, asker, work, [asker](const std::string&) { answer(asker); });
}

void resize_pty(Daemon& daemon, const wire::ResizePtyRequest& request, const Asker& asker) {
  const auto found = find_process(daemon, request.id, request.exec_id, asker);
  if (!found || !has_io(*found.process, asker)) return;
  const auto resized = found.process->io->resize(request.width, request.height);
  if (!resized) return refuse(asker, wire::Code::failed_precondition, resized.error().text());
  answer(asker);
}

void close_io(Daemon& daemon, const wire::CloseIORequest& request, const Asker& asker) {
  const auto found = find_process(daemon, request.id, request.exec_id, asker);
  if (!found) return;
  // Of a process that has ended, or not begun, there is nothing to close: callers need not know which of them it is.
  if (request.in && found.process->io) found.process->io->close_input();
  answer(asker);
}

}  // namespace shim
