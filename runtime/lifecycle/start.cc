// Lets a created container go on to its program.
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>

#include "base/text.h"
#include "runtime/lifecycle/destroy.h"
#include "runtime/lifecycle/hooks.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/lifecycle/notify.h"
#include "runtime/lifecycle/seccomp.h"
#include "runtime/lifecycle/state_dir.h"
#include "runtime/lifecycle/status.h"
#include "sandbox/launch.h"

namespace lifecycle {
namespace {

using sandbox::Barrier;

// The plan was the creator's and is gone; what is left to fail here are the hooks, seccomp and the exec itself.
Error failure_of(const sandbox::Message& message, const StateDir& dir, const oci::State& state) {
  Error error = sandbox::explain_step(message);
  if (auto hook = name_start_hook(state, message.value)) return within(*hook, std::move(error));
  if (message.step != SYS_execve) return error;
  auto text = dir.read_config();
  if (!text) return error;
  auto spec = oci::read_spec(*text, state.bundle);
  if (spec && spec->process) error.message = cat("exec ", quoted(spec->process->args[0]));
  return error;
}

// The profile is in the copy of the config alone.
Result<> pass_own_listener(const StateDir& dir, const oci::State& state, int listener) {
  auto spec = TRY(oci::read_spec(TRY(dir.read_config()), state.bundle));
  if (!spec.seccomp) return fail("linux.seccomp: missing");
  return pass_listener(*spec.seccomp, state, oci::Status::kCreated, state.pid, listener);
}

// Says "go", and listens until the exec closes the connection.
Result<> release(const StateDir& dir, const oci::State& state, bool& hook_failed) {
  Fd connection = TRY(dir.connect());
  if (send(connection.get(), "g", 1, MSG_NOSIGNAL) < 0) return fail_errno(errno, "tell the container to go on");
  TRY(dir.withdraw());
  bool executing = false;
  for (;;) {
    auto heard = TRY(sandbox::hear(connection.get()));
    if (heard.closed) {
      if (executing) return {};
      return fail("the container's init ended before it could execute the program");
    }
    if (heard.message.kind == sandbox::Message::failed) {
      hook_failed = name_start_hook(state, heard.message.value) && !executing;
      return std::unexpected(failure_of(heard.message, dir, state));
    }
    executing = true;
    if (static_cast<Barrier>(heard.message.value) != Barrier::listener) continue;
    TRY(pass_own_listener(dir, state, heard.descriptor.get()));
    TRY(sandbox::tell_to_go_on(connection.get()));
  }
}

Result<> start_container(const std::string& root, const std::string& id, const std::string& notify_socket) {
  auto dir = TRY(StateDir::open(root, id));
  TRY(dir.lock());
  auto state = TRY(dir.read());
  auto status = read_status(dir, state);
  if (status == oci::Status::kStopped) return fail("cannot start a container that has stopped");
  if (status != oci::Status::kCreated)
    return fail(cat("cannot start a container that is not created: it is ", oci::name_of(status)));
  Fd notify;
  if (!notify_socket.empty() && dir.has_notify_directory()) notify = TRY(dir.listen_for_readiness());
  bool hook_failed = false;
  auto released = release(dir, state, hook_failed);
  if (!released && !hook_failed) return released;
  if (released && !state.poststart.empty())
    released = run_hooks("hooks.poststart", state.poststart, oci::state_for_hooks(state, oci::Status::kRunning));
  // runtime.md, Lifecycle: a hook that fails stops the container, which is destroyed.
  if (!released) return destroy_after(std::move(released).error(), dir, state);
  auto init = open_init(state);
  if (!notify.is_open() || !init) return {};
  dir.unlock();  // it may take its time, and must be killed if it takes too much
  return forward_ready(notify.get(), *init, notify_socket);
}

}  // namespace

Result<> start(const std::string& root, const std::string& id, const std::string& notify_socket) {
  TRY(StateDir::open(root, id));  // an unknown container: without more words in front
  TRY_IN(cat("start ", quoted(id)), start_container(root, id, notify_socket));
  return {};
}

}  // namespace lifecycle
