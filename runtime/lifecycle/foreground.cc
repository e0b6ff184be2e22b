#include "runtime/lifecycle/foreground.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "base/text.h"
#include "runtime/lifecycle/notify.h"

namespace lifecycle {

Result<Foreground> Foreground::begin(sandbox::Process& process) {
  Foreground foreground(TRY(open_signals(forwarded_signals())));  // blocked until the program ends, with the process
  if (process.terminal) {
    foreground.console_ = TRY(socket_pair(SOCK_STREAM));
    if (const auto size = window_size(STDIN_FILENO); size && size->ws_row > 0) {
      process.console_height = size->ws_row;
      process.console_width = size->ws_col;
    }
  }
  return foreground;
}

Result<int> Foreground::attend(const Pidfd& process) {
  console_.theirs.reset();
  if (!console_.ours.is_open()) {
    TRY(wait(process));
    return wait_exit(process);
  }
  auto received = TRY_IN("receive the container's terminal", receive_descriptor(console_.ours.get(), 4096));
  if (!received.fd.is_open()) return fail("receive the container's terminal: none was sent");
  TRY(relay(process, received.fd.get()));
  return wait_exit(process);
}

Result<> Foreground::pass_signals_on(const Pidfd& process, int master) {
  signalfd_siginfo info;
  while (read(signals_.get(), &info, sizeof info) == sizeof info) {
    const int signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGWINCH && master >= 0) {
      if (auto size = window_size(STDIN_FILENO)) (void)ioctl(master, TIOCSWINSZ, &*size);
      continue;
    }
    const auto sent = send_signal(process, signal);
    if (!sent && sent.error().err != ESRCH) return sent;
  }
  return {};
}

// The program runs on, whether the manager can be told or not.
void Foreground::pass_readiness_on() {
  auto ready = read_ready(notify_.get());
  if (!ready || !*ready) return;
  notify_.reset();
  // We are the process that the manager knows.
  if (auto told = tell_manager(manager_, **ready, 0); !told) log_warning(told.error().text());
}

Result<> Foreground::wait(const Pidfd& process) {
  while (true) {
    pollfd fds[] = {{process.fd.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}, {notify_.get(), POLLIN, 0}};
    if (poll(fds, 3, -1) < 0 && errno != EINTR) return fail_errno(errno, "poll");
    if (fds[2].revents) pass_readiness_on();
    if (fds[0].revents) return {};
    TRY(pass_signals_on(process, -1));
  }
}

Result<> Foreground::relay(const Pidfd& process, int master) {
  const RawMode raw(STDIN_FILENO);
  // A restored one has the size that it had.
  if (auto size = window_size(STDIN_FILENO); size && size->ws_row > 0) (void)ioctl(master, TIOCSWINSZ, &*size);
  Relay relay(master);
  while (true) {
    // A descriptor that nothing is wanted of is left out (-1): poll would report a hang-up of it without end.
    const auto entry = [](int fd, short events) { return pollfd{events ? fd : -1, events, 0}; };
    pollfd fds[] = {{process.fd.get(), POLLIN, 0},
                    {signals_.get(), POLLIN, 0},
                    entry(STDIN_FILENO, relay.wants_input()),
                    entry(master, relay.wants_master()),
                    entry(STDOUT_FILENO, relay.wants_output()),
                    {notify_.get(), POLLIN, 0}};
    if (poll(fds, 6, -1) < 0 && errno != EINTR) return fail_errno(errno, "poll");
    if (fds[5].revents) pass_readiness_on();
    TRY(pass_signals_on(process, master));
    relay.step(fds[2].revents, fds[3].revents, fds[4].revents);
    if (fds[0].revents) break;
  }
  relay.drain();
  return {};
}

}  // namespace lifecycle
