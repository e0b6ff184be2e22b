#include "runtime/lifecycle/notify.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/socket.h"
#include "base/text.h"

namespace lifecycle {
namespace {

constexpr const char* kFolder = "/run/notify";  // in the container, where runc has it too
constexpr int kBarrierWait = 30000;             // milliseconds: sd_notify_barrier(3) leaves it to the caller; runc's

Result<> say(int manager, const std::string& words) {
  if (send(manager, words.data(), words.size(), MSG_NOSIGNAL) < 0) return fail_errno(errno, "tell the manager");
  return {};
}

// The manager has read all before it when it closes the descriptor that comes with this message.
Result<> wait_for_manager(int manager) {
  auto pipe = TRY(pipe_pair());
  TRY(send_descriptor(manager, "BARRIER=1", pipe.theirs.get()));
  pipe.theirs.reset();
  pollfd closed{pipe.ours.get(), POLLIN, 0};
  int ready = -1;
  do ready = poll(&closed, 1, kBarrierWait);
  while (ready < 0 && errno == EINTR);
  if (ready == 0) return fail_errno(ETIMEDOUT, "wait for the manager");
  return {};
}

}  // namespace

void add_notify_socket(sandbox::Process& process) {
  std::erase_if(process.env, [](const std::string& entry) { return entry.starts_with("NOTIFY_SOCKET="); });
  process.env.push_back(cat("NOTIFY_SOCKET=", kFolder, "/notify.sock"));
}

sandbox::Mount notify_mount(const std::string& directory) {
  sandbox::Mount mount;
  mount.destination = kFolder;
  mount.type = "bind";
  mount.source = directory;
  mount.options = {"bind", "nosuid", "noexec", "nodev", "ro"};
  return mount;
}

Result<std::optional<std::string>> read_ready(int socket) {
  char message[4096];
  ssize_t size = -1;
  do size = recv(socket, message, sizeof message, MSG_DONTWAIT);
  while (size < 0 && errno == EINTR);
  if (size < 0) return fail_errno(errno, "hear from the container");
  for (const auto& line : split({message, static_cast<size_t>(size)}, '\n'))
    if (line.starts_with("READY=")) return line;
  return std::nullopt;
}

Result<> tell_manager(const std::string& manager, const std::string& line, pid_t main_pid) {
  auto tell = [&]() -> Result<> {
    Fd socket = TRY(connect_local(manager, SOCK_DGRAM));
    TRY(say(socket.get(), line + "\n"));
    if (main_pid == 0) return {};
    TRY(say(socket.get(), cat("MAINPID=", main_pid, "\n")));
    return wait_for_manager(socket.get());
  };
  TRY_IN("NOTIFY_SOCKET", tell());
  return {};
}

Result<> forward_ready(int socket, const Pidfd& init, const std::string& manager) {
  while (true) {
    pollfd fds[] = {{socket, POLLIN, 0}, {init.fd.get(), POLLIN, 0}};
    if (poll(fds, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return fail_errno(errno, "poll");
    }
    if (fds[0].revents != 0) {
      if (auto ready = TRY(read_ready(socket))) return tell_manager(manager, *ready, init.pid);
      continue;
    }
    return {};  // it has ended
  }
}

}  // namespace lifecycle
