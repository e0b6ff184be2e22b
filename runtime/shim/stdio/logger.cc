#include "runtime/shim/stdio/logger.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/spawn.h"
#include "base/text.h"

namespace shim {
namespace {

constexpr int64_t kReadyMs = 10'000;
// containerd's: loggers get ten seconds to clean up, and a little.
constexpr int64_t kKillMs = 12'000;

struct Invocation {
  std::vector<std::string> arguments, environment;
};

Invocation invocation(const Address& address, const LoggerContext& context) {
  Invocation out;
  out.arguments = {address.path};
  out.environment = {cat("CONTAINER_ID=", context.container_id), cat("CONTAINER_NAMESPACE=", context.ns)};
  for (const auto& [key, value] : address.query) {
    if (!key.starts_with("env.")) {
      out.arguments.insert(out.arguments.end(), {key, value});
    } else if (key != "env.CONTAINER_ID" && key != "env.CONTAINER_NAMESPACE") {
      out.environment.push_back(cat(std::string_view(key).substr(4), "=", value));
    }
  }
  return out;
}

Result<Pidfd> spawn(const Address& address, const LoggerContext& context, const Fd (&from_three)[3]) {
  Spawn settings;
  if (!context.work_dir.empty()) posix_spawn_file_actions_addchdir_np(&settings.actions, context.work_dir.c_str());
  for (int fd = 0; fd < 3; fd++) posix_spawn_file_actions_addopen(&settings.actions, fd, "/dev/null", O_RDWR, 0);
  for (int i = 0; i < 3; i++) posix_spawn_file_actions_adddup2(&settings.actions, from_three[i].get(), 3 + i);
  const Invocation call = invocation(address, context);
  return TRY_IN(cat("the logging program ", quoted(address.path)),
                settings.run(address.path, call.arguments, call.environment));
}

// A second descriptor above those that the program's are copied to one after the other.
Result<Fd> duplicate_above(const Fd& fd, int last) {
  Fd copy(fcntl(fd.get(), F_DUPFD_CLOEXEC, last + 1));
  if (!copy.is_open()) return fail_errno(errno, "duplicate a descriptor");
  return copy;
}

Loop::TimerId terminate(Loop& loop, const std::shared_ptr<Pidfd>& process) {
  (void)send_signal(*process, SIGTERM);
  return loop.after(kKillMs, [process] { (void)send_signal(*process, SIGKILL); });
}

}  // namespace

Logger::Logger(Loop& loop, Pidfd process, const Address& address, Fd ready)
    : loop_(loop),
      process_(std::make_shared<Pidfd>(std::move(process))),
      path_(address.path),
      must_report_ready_(address.must_report_ready),
      ready_(std::move(ready)) {}

Result<std::unique_ptr<Logger>> Logger::start(Loop& loop, const Address& address, const LoggerContext& context,
                                              const Fd& out, const Fd& err) {
  FdPair ready = TRY(pipe_pair());
  Fd from_three[3];
  from_three[0] = TRY(duplicate_above(out, 5));
  from_three[1] = TRY(duplicate_above(err, 5));
  from_three[2] = TRY(duplicate_above(ready.theirs, 5));
  Pidfd process = TRY(spawn(address, context, from_three));
  return std::unique_ptr<Logger>(new Logger(loop, std::move(process), address, std::move(ready.ours)));
}

Logger::~Logger() {
  loop_.forget(ready_.get());
  loop_.cancel(patience_);
  if (!process_ || is_told_) return;
  loop_.cancel(term_);
  terminate(loop_, process_);
}

void Logger::when_ready(Ready then) {
  then_ = std::move(then);
  if (auto watched = loop_.watch(ready_.get(), [this] { hear(); }); !watched) return answer(std::move(watched));
  patience_ = loop_.after(kReadyMs, [this] {
    answer(fail(cat("the logging program ", quoted(path_), " is not ready after ", kReadyMs / 1000, " s")));
  });
}

void Logger::hear() {
  char byte;
  const ssize_t n = read(ready_.get(), &byte, 1);
  if (n < 0 && errno == EINTR) return;
  if (n == 0 && must_report_ready_)
    return answer(fail(cat("the logging program ", quoted(path_), " closed descriptor 5 without a byte")));
  answer({});
}

void Logger::answer(Result<> ready) {
  loop_.forget(ready_.get());
  ready_.reset();
  loop_.cancel(patience_);
  if (Ready then = std::exchange(then_, nullptr)) then(std::move(ready));
}

void Logger::stop_after(int64_t milliseconds) {
  if (!process_ || is_told_) return;
  loop_.cancel(term_);
  term_ = loop_.after(milliseconds, [this] {
    is_told_ = true;
    term_ = terminate(loop_, process_);
  });
}

bool Logger::has_ended(pid_t pid) {
  if (!process_ || process_->pid != pid) return false;
  loop_.cancel(term_);
  process_.reset();
  return true;
}

}  // namespace shim
