// The container's terminal.
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include "sandbox/child/child.h"
#include "sandbox/child/kernel.h"

namespace child {

// The terminal's slave over /dev/console, by descriptors alone (CVE-2025-52565).
long bind_console(State& state, const Op& op) {
  long file = open_in(state, state.fd(op.in), "dev/console", kCreate | kWriteOnly | kNoCtty | kNonBlock | kNoFollow,
                      0600, RESOLVE_NO_SYMLINKS);
  if (file >= 0) call(__NR_close, file);
  long target = open_in(state, state.fd(op.in), "dev/console", kPath | kNoFollow, 0, RESOLVE_NO_SYMLINKS);
  if (target < 0) return target;
  long slave = state.run(__NR_open_tree, state.fd(op.out), word(""), OPEN_TREE_CLONE | kCloexec | kEmptyPath);
  if (slave < 0) return slave;
  long err = attach(state, slave, target);
  call(__NR_close, slave);
  call(__NR_close, target);
  return err;
}

// A pseudo-terminal of the container's own devpts. The slave comes from the master itself, not from a path.
long open_pty(State& state, const Op& op) {
  long master = open_in(state, state.fd(op.in), "dev/pts/ptmx", 2 /* O_RDWR */ | kNoCtty, 0, RESOLVE_NO_SYMLINKS);
  if (master < 0) return master;
  struct statx info{};
  long err = status_of(state, static_cast<int>(master), info);
  if (err < 0) return err;
  if (info.stx_rdev_major != 5 || info.stx_rdev_minor != 2) {
    state.step = kStepWrongNode;
    return kEinval;
  }
  int unlock = 0;
  err = state.run(__NR_ioctl, master, 0x40045431 /* TIOCSPTLCK */, word(&unlock));
  if (err < 0) return err;
  long slave =
      state.run(__NR_ioctl, master, 0x5441 /* TIOCGPTPEER */, 2 | 0400 | 02000000 /* O_RDWR|O_NOCTTY|O_CLOEXEC */);
  if (slave < 0) return slave;
  if (op.a != 0) {
    err = state.run(__NR_ioctl, slave, 0x5414 /* TIOCSWINSZ */, word(state.at<char>(op.a)));
    if (err < 0) return err;
  }
  state.slots[static_cast<int16_t>(op.y)] = static_cast<int32_t>(slave);
  return state.keep(op.out, master);
}

long become_stdio(State& state, const Op& op) {
  int terminal = state.fd(op.in);
  for (int fd = 0; fd <= 2; fd++)
    if (long err = state.run(__NR_dup3, terminal, fd, 0); err < 0) return err;
  return state.run(__NR_ioctl, 0, 0x540e /* TIOCSCTTY */, 0);
}

}  // namespace child
