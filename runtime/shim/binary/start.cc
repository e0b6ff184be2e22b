// `start`: finds the shim of a container's pod, or makes one.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/shim/binary/actions.h"
#include "runtime/shim/binary/birth.h"
#include "runtime/shim/binary/bootstrap.h"
#include "runtime/shim/binary/group.h"
#include "runtime/shim/binary/log.h"
#include "runtime/shim/binary/socket.h"
#include "runtime/shim/options/options.h"

namespace shim {
namespace {

constexpr size_t kInputLimit = 1 << 20;

// What run_start works with, and what is taken back when it fails.
struct Daemon {
  std::string path;  // of its socket
  Fd listening;      // not open: it was there before
  pid_t pid = -1;
};

Result<> start_daemon(const Call& call, const StartInput& input, const RuntimeOptions& options, int log,
                      Daemon& daemon) {
  // The daemon hears of it in the same way from every containerd.
  if (!getenv("TTRPC_ADDRESS") && !input.ttrpc_address.empty()) setenv("TTRPC_ADDRESS", input.ttrpc_address.c_str(), 1);
  Birth birth{.words = {"-namespace", call.ns, "-id", call.id, "-address", call.address},
              .listening = daemon.listening.get(),
              .log = log,
              .bundle = call.bundle,
              .cgroup = options.shim_cgroup,
              .core_scheduling = getenv("SCHED_CORE") != nullptr};
  if (call.debug || input.debug) birth.words.emplace_back("-debug");
  daemon.pid = TRY(give_birth(birth));
  return {};
}

void take_back(Daemon& daemon) {
  if (!daemon.listening.is_open()) return;
  daemon.listening.reset();
  if (daemon.pid > 0) {
    kill(daemon.pid, SIGKILL);
    while (waitpid(daemon.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  (void)remove_unserved(daemon.path);
}

// containerd 1.6 and 1.7 find the shim by the file `address` when they have been started anew, and `delete` its socket.
Result<> tell(const Call& call, const StartInput& input, const std::string& address) {
  TRY(replace_file(join_path(call.bundle, "address"), address));
  return write_all(STDOUT_FILENO, start_reply(input, address));
}

}  // namespace

Result<> run_start(const Call& call) {
  if (call.address.empty()) return fail("-address is missing", "see containerd-shim-nacelle-v2 --help");
  signal(SIGPIPE, SIG_IGN);
  const Fd log = TRY(open_log(call.bundle));
  log_to(log.get(), call.ns, call.id);  // a word on 1 or 2 would be taken for a part of the answer

  const std::string bytes = TRY_IN("standard input", read_all(STDIN_FILENO, kInputLimit));
  const StartInput input = TRY(read_start_input(bytes, call.ns, call.id));
  const RuntimeOptions options = TRY(read_options(input.options));
  const std::string group = TRY_IN(cat("bundle ", quoted(call.bundle)), read_group(call.bundle, call.id));
  const std::string dir = input.socket_dir.empty() ? kSocketDir : input.socket_dir;

  Daemon daemon;
  daemon.path = TRY(socket_path(dir, call.address, call.ns, group));
  daemon.listening = TRY(listen_unless_served(daemon.path));
  Result<> done;
  if (daemon.listening.is_open()) done = start_daemon(call, input, options, log.get(), daemon);
  if (done) done = tell(call, input, address_of(daemon.path));
  if (!done) take_back(daemon);
  return done;
}

}  // namespace shim
