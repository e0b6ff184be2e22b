// The daemon from its birth to its end.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"
#include "base/resident.h"
#include "base/signals.h"
#include "base/text.h"
#include "runtime/shim/task/methods.h"

namespace shim {
namespace {

constexpr int64_t kRestAfter = 1000;  // milliseconds without work after which the shim makes itself small
constexpr int64_t kWork = 2000;       // that workers may take to come to their end
constexpr int64_t kFlush = 2000;      // that the last events may take; containerd gives Shutdown three seconds

Result<Fd> open_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGUSR1}) sigaddset(&signals, signal);
  // Writing to a pipe whose reader has gone is an error to see, not a reason to die.
  signal(SIGPIPE, SIG_IGN);
  return ::open_signals(signals);
}

// For whoever asks a shim by SIGUSR1 what it is doing.
void log_tasks(const Daemon& daemon) {
  for (const auto& [id, task] : daemon.tasks)
    log_warning(cat("task ", quoted(id), ": pid ", task->init->pid, ", ", task->execs.size(), " of Exec, ",
                    task->init->state == Process::State::stopped ? "stopped" : "not stopped"));
  if (daemon.sandbox)
    log_warning(cat("sandbox ", quoted(daemon.sandbox->pod.id), ": pid ", daemon.sandbox->process.pid));
  log_warning(cat(daemon.tasks.size(), " tasks, ", daemon.workers.is_idle() ? "no worker" : "workers", " at work"));
}

void take_signals(Daemon& daemon, int signals) {
  signalfd_siginfo info;
  while (read(signals, &info, sizeof info) == sizeof info) {
    const auto signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGCHLD) reap(daemon);
    if (signal == SIGUSR1) log_tasks(daemon);
    if (signal == SIGTERM || signal == SIGINT) daemon.is_to_end = true;
  }
}

// After each piece of work, once: a shim that waits is not woken.
Result<> serve_until_told(Daemon& daemon) {
  while (!daemon.is_to_end) {
    bool has_rested = false;
    const auto rest = daemon.loop.after(kRestAfter, [&] {
      give_back_code();
      has_rested = true;
    });
    TRY(daemon.loop.turn());
    if (!has_rested) daemon.loop.cancel(rest);
    if (has_rested) TRY(daemon.loop.turn());
  }
  return {};
}

// Something may still be taken away; what hangs is for `delete`.
Result<> let_workers_end(Daemon& daemon) {
  bool is_late = false;
  const auto late = daemon.loop.after(kWork, [&is_late] { is_late = true; });
  while (!is_late && !daemon.workers.is_idle()) TRY(daemon.loop.turn());
  daemon.loop.cancel(late);
  return {};
}

// Events first: who hears of the last of them may at once look for the socket.
Result<> say_the_last(Daemon& daemon, ttrpc::Server& server, const std::string& socket_path) {
  bool is_done = false;
  const auto done = [&is_done] { is_done = true; };
  daemon.events.flush(kFlush, done);
  while (!is_done) TRY(daemon.loop.turn());
  unlink(socket_path.c_str());
  is_done = false;
  server.close_when_flushed(done);
  while (!is_done) TRY(daemon.loop.turn());
  return {};
}

}  // namespace

Result<> serve(const ShimSettings& settings, Fd listening) {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) return fail_errno(errno, "become a subreaper");
  set_debug(settings.debug);
  const Fd signals = TRY(open_signals());
  Loop loop = TRY(Loop::create());
  Daemon daemon(settings, loop);
  const auto server = TRY(
      ttrpc::Server::listen(loop, std::move(listening), [&](ttrpc::Call call) { dispatch(daemon, std::move(call)); }));
  TRY(loop.watch(signals.get(), [&] { take_signals(daemon, signals.get()); }));
  TRY(serve_until_told(daemon));
  TRY(let_workers_end(daemon));
  return say_the_last(daemon, *server, settings.socket_path);
}

}  // namespace shim
