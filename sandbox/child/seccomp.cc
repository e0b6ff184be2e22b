// The container's own filter, and how its listener leaves the process that the filter holds already.
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/stat.h>

#include "sandbox/child/child.h"
#include "sandbox/child/clone.h"
#include "sandbox/child/kernel.h"

namespace child {
namespace {

struct Filter {
  uint64_t flags;
  struct {
    uint16_t length;
    long code;
  } program;  // struct sock_fprog
};

long map_filter(State& state, int file, Filter& filter) {
  struct statx info{};
  long err = state.run(__NR_statx, file, word(""), kEmptyPath, STATX_SIZE, word(&info));
  if (err < 0) return err;
  long map = state.run(__NR_mmap, 0, static_cast<long>(info.stx_size), 1 /* PROT_READ */, MAP_PRIVATE, file, 0);
  if (map < 0 && map > -4096) return map;
  filter.flags = *reinterpret_cast<const uint64_t*>(map);
  filter.program = {static_cast<uint16_t>(info.stx_size / 8 - 1), map + 8};
  return 0;
}

long set_filter(State& state, const Filter& filter) {
  return state.run(__NR_seccomp, 1 /* SECCOMP_SET_MODE_FILTER */, static_cast<long>(filter.flags),
                   word(&filter.program));
}

// Once the filter is set, the agent that holds its listener may decide about any call, or the filter refuse it: even
// those that would hand the listener over. So a second thread hands it over, which has no filter; the two share memory
// and descriptors, and the first makes no call until that is done. No thread outlives the exec.
constexpr int kNotYet = -4096;
struct Handover {
  int report_fd;
  int listener;  // set by the filtered thread: descriptor or negative errno
  int done;      // set by the other one
};

void pause_cpu() {
#if defined(__x86_64__)
  asm volatile("pause");
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

[[noreturn]] void end_thread() {
  for (;;) call(__NR_exit, 0);
}

[[noreturn]] void hand_over(const void* argument) {
  auto& handover = *static_cast<Handover*>(const_cast<void*>(argument));
  long moment[2] = {0, 20000};  // struct timespec: the other thread must not be made to call the kernel to wake us
  int listener = kNotYet;
  while ((listener = __atomic_load_n(&handover.listener, __ATOMIC_ACQUIRE)) == kNotYet)
    call(__NR_nanosleep, word(moment), 0);
  if (listener < 0) end_thread();
  Message message{};
  message.kind = Message::reached;
  message.value = static_cast<uint32_t>(Barrier::listener);
  State state{};
  state.report_fd = handover.report_fd;
  long sent = send_with_fd(state, state.report_fd, &message, sizeof message, listener);
  // Whoever should pass it on is gone, or could not: the program must not run.
  if (sent < 0 || !wait_for_parent(state))
    for (;;) call(__NR_exit_group, 1);
  __atomic_store_n(&handover.done, 1, __ATOMIC_RELEASE);
  end_thread();
}

Handover handover;
alignas(16) char stack[8192];

long start_handover(State& state) {
  handover = {state.report_fd, kNotYet, 0};
  clone_args args{};
  args.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
  args.stack = reinterpret_cast<uint64_t>(stack);
  args.stack_size = sizeof stack;
  state.step = __NR_clone3;
  return clone_onto_stack(args, &hand_over, &handover);
}

}  // namespace

long load_seccomp(State& state, const Op& op) {
  Filter filter;
  long err = map_filter(state, state.fd(op.in), filter);
  if (err < 0) return err;
  if (op.x == 0) return set_filter(state, filter);
  err = start_handover(state);
  if (err < 0) return err;
  long listener = set_filter(state, filter);
  __atomic_store_n(&handover.listener, static_cast<int>(listener), __ATOMIC_RELEASE);
  if (listener < 0) return listener;
  while (__atomic_load_n(&handover.done, __ATOMIC_ACQUIRE) == 0) pause_cpu();
  return 0;
}

}  // namespace child
