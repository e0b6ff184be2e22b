// nacelle-pause: PID 1 of a pod's sandbox. It holds the namespaces open, reaps what its children leave behind, and ends
// with 0 on SIGTERM or SIGINT. It wakes for nothing else, and it has no libc: a page or two of code is all that a pod
// pays for it.
#include <linux/prctl.h>
#include <linux/signal.h>
#include <linux/wait.h>

#include "sandbox/child/syscall.h"

namespace {

using child::call;
using child::word;

constexpr long kNoChildren = -10;  // -ECHILD

[[noreturn]] void leave(int code) {
  for (;;) call(__NR_exit_group, code);
}

template <size_t size>
void say(int descriptor, const char (&text)[size]) {
  call(__NR_write, descriptor, word(text), size - 1);
}

bool same(const char* left, const char* right) {
  while (*left != '\0' && *left == *right) {
    left++;
    right++;
  }
  return *left == *right;
}

constexpr uint64_t bit(int signal) {
  return uint64_t{1} << (signal - 1);
}

// Takes every zombie there is: in a shared PID namespace the orphans of all containers become our children.
void reap() {
  for (;;) {
    long ended = call(__NR_wait4, -1, 0, WNOHANG | __WALL, 0);
    if (ended == 0 || ended == kNoChildren) return;
  }
}

[[noreturn]] void hold() {
  // The kernel drops signals for PID 1 of a namespace whose action is the default one, unless they are blocked
  // (kernel/signal.c, sig_ignored). Blocked and waited for, they need no handler.
  const uint64_t awaited = bit(SIGTERM) | bit(SIGINT) | bit(SIGCHLD);
  call(__NR_rt_sigprocmask, SIG_BLOCK, word(&awaited), 0, sizeof awaited);
  for (;;) {
    reap();
    long signal = call(__NR_rt_sigtimedwait, word(&awaited), 0, 0, sizeof awaited);
    if (signal == SIGTERM || signal == SIGINT) leave(0);
  }
}

}  // namespace

// `stack` is what the kernel puts there: the count of arguments, then the arguments.
extern "C" [[noreturn]] void pause_main(const long* stack);
extern "C" [[noreturn]] void pause_main(const long* stack) {
  const long count = stack[0];
  const auto* arguments = reinterpret_cast<const char* const*>(stack + 1);
  if (count > 1 && same(arguments[1], "--version")) {
    say(1, "nacelle-pause " NACELLE_VERSION "\n");
    leave(0);
  }
  if (count > 1) {
    say(2, "nacelle-pause: takes no argument but --version; it is PID 1 of a pod's sandbox and waits for SIGTERM\n");
    leave(2);
  }
  // Run from a descriptor, the kernel would show the descriptor's number as our name.
  call(__NR_prctl, PR_SET_NAME, word("pause"));
  hold();
}

#if defined(__x86_64__)
asm(".globl _start\n_start:\n\txor %ebp,%ebp\n\tmov %rsp,%rdi\n\tand $-16,%rsp\n\tcall pause_main\n");
#elif defined(__aarch64__)
asm(".globl _start\n_start:\n\tmov x29,#0\n\tmov x0,sp\n\tbl pause_main\n");
#endif
