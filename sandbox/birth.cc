#include "sandbox/birth.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/socket.h>

#include <csignal>

#include "base/text.h"
#include "sandbox/child/clone.h"
#include "sandbox/ops.h"

// Everything the clone runs. It shares memory with a process that goes on: no libc call (errno, locks), no allocation,
// no memory but its own stack is written, and no sanitizer, which would write elsewhere.
#define IN_CLONE __attribute__((no_sanitize("address", "undefined"), noinline))

namespace sandbox {
namespace {

using child::call;
using child::word;

[[noreturn]] IN_CLONE void give_up(const Birth& birth, uint32_t step, long err) noexcept {
  Message message;
  message.kind = Message::failed;
  message.value = kNoOp;
  message.err = static_cast<int32_t>(-err);
  message.step = step;
  message.attached = 0;
  message.detail[0] = 0;
  call(__NR_sendto, birth.socket, word(&message), sizeof message, MSG_NOSIGNAL);
  for (;;) call(__NR_exit_group, 1);
}

IN_CLONE void await_maps(const Birth& birth) noexcept {
  // With its copy of the parent's end it would wait for ever once the parent is killed, and hold the lock on its state.
  call(__NR_close, birth.parents_socket);
  char go = 0;
  long n = -EINTR;
  while (n == -EINTR) n = call(__NR_recvfrom, birth.socket, word(&go), 1);
  if (n != 1)
    for (;;) call(__NR_exit_group, 1);
  // Root of the new user namespace: an exec by anybody else would drop its capabilities.
  long err = call(__NR_setresgid, 0, 0, 0);
  if (err == 0) err = call(__NR_setresuid, 0, 0, 0);
  if (err < 0) give_up(birth, __NR_setresuid, err);
}

[[noreturn]] IN_CLONE void become_child(const void* argument) noexcept {
  auto* birth = static_cast<const Birth*>(argument);
  if (birth->await_maps) await_maps(*birth);
  for (int i = 0; i < 3; i++)
    if (birth->stdio[static_cast<size_t>(i)] >= 0) call(__NR_dup3, birth->stdio[static_cast<size_t>(i)], i, 0);
  // What the caller leaked to us ends here: not even the init has it (CVE-2024-21626).
  call(__NR_close_range, birth->keep_fds, ~0U, CLOSE_RANGE_CLOEXEC);
  for (int fd : birth->slots)
    if (fd >= 0) call(__NR_fcntl, fd, F_SETFD, 0);
  call(__NR_fcntl, birth->image, F_SETFD, 0);
  call(__NR_fcntl, birth->socket, F_SETFD, 0);
  char name[] = {'n', 'a', 'c', 'e', 'l', 'l', 'e', '-', 'i', 'n', 'i', 't', 0};
  const char* argv[] = {name, birth->image_number, birth->socket_number, nullptr};
  const char* none[] = {nullptr};
  long err = call(__NR_execveat, birth->program, word(""), word(argv), word(none), AT_EMPTY_PATH);
  give_up(*birth, __NR_execveat, err);
}

}  // namespace

Result<Pidfd> give_birth(Birth& birth, uint64_t namespaces, int cgroup) {
  int pidfd = -1;
  clone_args args{};
  args.flags = CLONE_PIDFD | CLONE_VM | namespaces;
  args.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  args.stack = reinterpret_cast<uint64_t>(birth.stack.data());
  args.stack_size = birth.stack.size();
  if (cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<uint64_t>(cgroup);
  }
  long pid = child::clone_onto_stack(args, &become_child, &birth);
  if (pid < 0) return fail_errno(static_cast<int>(-pid), "clone3");
  return Pidfd{static_cast<pid_t>(pid), Fd(pidfd)};
}

}  // namespace sandbox
