// `delete`: what is left of a container whose shim has died.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/shim/binary/actions.h"
#include "runtime/shim/binary/group.h"
#include "runtime/shim/binary/log.h"
#include "runtime/shim/binary/socket.h"
#include "runtime/shim/task/shim.h"
#include "runtime/shim/wire/message.h"
#include "runtime/shim/wire/task.h"

namespace shim {
namespace {

constexpr int kPatience = 4000;  // milliseconds: containerd kills us after five seconds, and then knows nothing
constexpr uint32_t kKilled = 128 + 9;
constexpr int64_t kSecond = 1'000'000'000;
constexpr std::string_view kDone = "done:";

int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

std::string encode_remains(const Remains& remains) {
  const int64_t at = remains.exited_at ? remains.exited_at : now_ns();
  return wire::encode(wire::DeleteResponse{
      .pid = static_cast<uint32_t>(remains.pid),
      .exit_status = remains.exit_status,
      .exited_at = wire::Timestamp{.seconds = at / kSecond, .nanos = static_cast<int32_t>(at % kSecond)}});
}

// May outlive us; so it keeps neither of our outputs open, whose ends containerd waits for.
[[noreturn]] void run_remover(const Call& call, int answer) {
  const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null.get(), fd);
  const auto remains = remove_remains(call.bundle, call.id);
  (void)write_all(answer, remains ? cat(kDone, encode_remains(*remains)) : remains.error().text());
  _exit(0);
}

// The answer for containerd. A process that does not die, or a hook that hangs, holds up only the remover.
Result<std::string> remove_in_time(const Call& call) {
  FdPair answer = TRY(pipe_pair());
  const pid_t remover = fork();
  if (remover < 0) return fail_errno(errno, "fork");
  if (remover == 0) run_remover(call, answer.theirs.get());
  answer.theirs.reset();
  pollfd ready{.fd = answer.ours.get(), .events = POLLIN};
  if (poll(&ready, 1, kPatience) <= 0) return fail(cat("takes longer than ", kPatience / 1000, " s, and goes on"));
  const std::string said = TRY(read_all(answer.ours.get(), 64 << 10));
  if (!said.starts_with(kDone)) return fail(said.empty() ? "the remover was killed" : said);
  return said.substr(kDone.size());
}

Result<> remove_socket_of(const std::string& bundle) {
  const auto address = read_file(join_path(bundle, "address"), 4096);
  if (!address && address.error().err == ENOENT) return {};  // of the container of another shim
  if (!address) return std::unexpected(address.error());
  return remove_unserved(path_of(std::string(trimmed(*address))));
}

// containerd puts what is on standard error into its own log, as a warning.
void warn(std::string_view what, const Error& error) {
  (void)write_all(STDERR_FILENO, cat(what, ": ", error.text(), "\n"));
}

}  // namespace

Result<> run_delete(const Call& call) {
  const Fd log = TRY(open_log(call.bundle));
  log_to(log.get(), call.ns, call.id);
  const auto removed = remove_in_time(call);
  if (!removed) warn(cat("remove container ", quoted(call.id)), removed.error());
  if (const auto gone = remove_socket_of(call.bundle); !gone) warn("remove the shim's socket", gone.error());
  return write_all(STDOUT_FILENO, removed ? *removed : encode_remains({.exit_status = kKilled}));
}

}  // namespace shim
