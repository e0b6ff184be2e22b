// `run` and `exec` in the foreground: signals are passed on, the container's terminal is relayed, and the program's
// exit code becomes ours.
#pragma once

#include <signal.h>

#include <string>

#include "base/descriptor.h"
#include "base/pidfd.h"
#include "base/result.h"
#include "sandbox/container.h"

namespace lifecycle {

class Foreground {
 public:
  // To be called before the process is made: a signal that comes meanwhile is kept and passed on. With a terminal, the
  // process gets the size of ours, where we have one.
  static Result<Foreground> begin(sandbox::Process& process);
  Foreground(Foreground&&) = default;

  // Socket for the lifecycle to send the terminal's master to; -1 without a terminal.
  int console() const { return console_.theirs.get(); }

  // What the program says on this socket of its readiness is passed on to the caller's manager (see notify.h).
  void forward_readiness(Fd socket, std::string manager) {
    notify_ = std::move(socket);
    manager_ = std::move(manager);
  }

  // Waits until the process ends, at work meanwhile. Gives its exit code, 128 + n for signal n.
  Result<int> attend(const Pidfd& process);

 private:
  explicit Foreground(Fd signals) : signals_(std::move(signals)) {}
  Result<> pass_signals_on(const Pidfd& process, int master);
  Result<> relay(const Pidfd& process, int master);
  Result<> wait(const Pidfd& process);

  void pass_readiness_on();

  Fd signals_, notify_;
  std::string manager_;
  FdPair console_;
};

}  // namespace lifecycle
