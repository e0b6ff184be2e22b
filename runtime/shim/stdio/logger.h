// The logging program of a binary:// address: it reads a process's output itself.
#pragma once

#include <functional>
#include <memory>

#include "base/loop.h"
#include "base/pidfd.h"
#include "runtime/shim/stdio/address.h"

namespace shim {

struct LoggerContext {
  std::string ns, container_id, work_dir;
};

class Logger {
 public:
  using Ready = std::function<void(Result<>)>;

  // Executes the program: arguments KEY VALUE …, its output and input /dev/null, `out` as 3, `err` as 4, the pipe by
  // which it says that it is ready as 5. Its environment is CONTAINER_ID, CONTAINER_NAMESPACE, and what the address
  // gives as env.NAME=VALUE; nothing of ours.
  static Result<std::unique_ptr<Logger>> start(Loop& loop, const Address& address, const LoggerContext& context,
                                               const Fd& out, const Fd& err);
  Logger(const Logger&) = delete;
  // A program that still runs is told to stop.
  ~Logger();

  // Calls `then` once: when the program wrote a byte into 5 or closed it, or when it took longer than 10 s.
  void when_ready(Ready then);

  // SIGTERM after so many milliseconds, SIGKILL 12 s later. The time before is for what it has not read yet: it has
  // been given the end of its input, which most programs end by.
  void stop_after(int64_t milliseconds);

  bool is_running() const { return process_ != nullptr; }
  // The reaper has seen a process end: true when it was this one.
  bool has_ended(pid_t pid);

 private:
  Logger(Loop& loop, Pidfd process, const Address& address, Fd ready);
  void hear();
  void answer(Result<> ready);

  Loop& loop_;
  std::shared_ptr<Pidfd> process_;  // shared with the timers that outlive us
  std::string path_;
  bool must_report_ready_;
  Fd ready_;
  Ready then_;
  Loop::TimerId patience_ = 0, term_ = 0;  // `term_`: for SIGTERM, then for SIGKILL
  bool is_told_ = false;                   // SIGTERM was sent
};

}  // namespace shim
