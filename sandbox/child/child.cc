// The loop over the plan: one switch, and what happens when an operation fails.
#include "sandbox/child/child.h"

#include <linux/close_range.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/signal.h>
#include <linux/stat.h>

namespace child {
namespace {

[[noreturn]] void leave(int code) {
  for (;;) call(__NR_exit_group, code);
}

// Which of the kOn… classes an errno belongs to.
uint16_t class_of(long err) {
  switch (-err) {
    case 38: return kOnEnosys;
    case 22: return kOnEinval;
    case 1:
    case 13: return kOnDenied;
    case 2:
    case 20: return kOnMissing;
    case 17: return kOnEexist;
    case 16: return kOnEbusy;
    case 19:
    case 95: return kOnUnsupported;
    case 30: return kOnReadOnly;
    default: return 0;
  }
}

long perform_mount(State& state, const Op& op) {
  switch (op.code) {
    case OpCode::propagation: return state.run(__NR_mount, 0, word(state.text(op.a)), 0, static_cast<long>(op.x));
    case OpCode::parent_private: return parent_private(state, op);
    case OpCode::fs_open:
      return state.words_fd = state.keep(op.out, state.run(__NR_fsopen, word(state.text(op.a)), 1 /* CLOEXEC */));
    case OpCode::fs_set:
      state.words_fd = state.fd(op.in);
      return state.run(__NR_fsconfig, state.fd(op.in), op.b == 0 ? 0 /* flag */ : 1 /* string */,
                       word(state.text(op.a)), word(state.text(op.b)), 0);
    case OpCode::fs_mount: return fs_mount(state, op);
    case OpCode::fs_pick:
      return state.words_fd = state.keep(
                 op.out, state.run(__NR_fspick, state.fd(op.in), word(""), FSPICK_CLOEXEC | FSPICK_EMPTY_PATH));
    case OpCode::fs_change:
      state.words_fd = state.fd(op.in);
      return state.run(__NR_fsconfig, state.fd(op.in), FSCONFIG_CMD_RECONFIGURE, 0, 0, 0);
    case OpCode::open_tree:
      return state.keep(op.out, state.run(__NR_open_tree, op.a != 0 ? -100 /* AT_FDCWD */ : state.fd(op.in),
                                          word(op.a != 0 ? state.text(op.a) : ""), static_cast<long>(op.x)));
    case OpCode::mount_setattr: return set_mount_attributes(state, op);
    case OpCode::borrow_tree: return state.keep(op.out, ask_parent(state, op));
    case OpCode::idmap: return ask_parent(state, op);
    case OpCode::target: return make_target(state, op);
    case OpCode::move_mount: return move_mount(state, op);
    case OpCode::unmount: return unmount(state, op);
    case OpCode::copy_up: return copy_up(state, op);
    case OpCode::mask: return mask(state, op);
    case OpCode::readonly: return make_readonly(state, op);
    case OpCode::pivot: return pivot(state, op);
    case OpCode::move_root: return move_root(state, op);
    default: return -38;
  }
}

long perform_file(State& state, const Op& op) {
  switch (op.code) {
    case OpCode::open_host:
      return state.keep(op.out,
                        state.run(__NR_openat, -100, word(state.text(op.a)), static_cast<long>(op.x) | 02000000));
    case OpCode::open_proc: return open_proc(state, op);
    case OpCode::write: return write_file(state, op);
    case OpCode::mkdirs: {
      long fd = make_directories(state, state.fd(op.in), state.text(op.a), static_cast<uint32_t>(op.x), 0);
      if (fd >= 0) call(__NR_close, fd);
      return fd;
    }
    case OpCode::mknod: return make_node(state, op);
    case OpCode::symlink: return make_symlink(state, op);
    case OpCode::close: return state.close_slot(op.in);
    case OpCode::keep_only: return keep_only(state, op);
    case OpCode::pty: return open_pty(state, op);
    case OpCode::send_fd: return send_fd(state, state.fd(op.in), state.fd(op.out), state.text(op.a));
    case OpCode::console: return bind_console(state, op);
    case OpCode::stdio: return become_stdio(state, op);
    default: return perform_mount(state, op);
  }
}

long perform_process(State& state, const Op& op) {
  auto x = static_cast<long>(op.x);
  switch (op.code) {
    case OpCode::umask: return state.run(__NR_umask, x);
    case OpCode::rlimit: return state.run(__NR_prlimit64, 0, x, word(state.at<char>(op.a)), 0);
    case OpCode::personality: return state.run(__NR_personality, x);
    case OpCode::memory_policy:
      // The kernel takes one bit less than it is told of (mm/mempolicy.c, get_nodes).
      return state.run(__NR_set_mempolicy, x, op.a == 0 ? 0 : word(state.at<char>(op.a)),
                       op.a == 0 ? 0 : static_cast<long>(op.y) + 1);
    case OpCode::chdir: return change_directory(state, op);
    case OpCode::stdio_owner: return own_stdio(state, op);
    case OpCode::home: return fill_home(state, op);
    case OpCode::bounding: return drop_bounding(state, op);
    case OpCode::setgroups: return state.run(__NR_setgroups, x, word(state.at<char>(op.a)));
    case OpCode::setgid: return state.run(__NR_setresgid, x, x, x);
    case OpCode::setuid: return state.run(__NR_setresuid, x, x, x);
    case OpCode::capset: return set_capabilities(state, op);
    case OpCode::ambient: return set_ambient(state, op);
    case OpCode::prctl: return state.run(__NR_prctl, x, static_cast<long>(op.y));
    case OpCode::find_executable: return find_executable(state, op);
    case OpCode::seccomp: return load_seccomp(state, op);
    case OpCode::start_wait: return wait_for_start(state, op);
    case OpCode::hook: return run_hook(state, op);
    case OpCode::exec: return execute(state, op);
    default: return perform_file(state, op);
  }
}

long perform(State& state, const Op& op) {
  auto x = static_cast<long>(op.x);
  switch (op.code) {
    case OpCode::report: return reach(state, op.x, 0);
    case OpCode::skip: return 0;
    case OpCode::barrier: (void)reach(state, op.x, 0); [[fallthrough]];
    case OpCode::await:
      if (!wait_for_parent(state)) leave(1);
      return 0;
    case OpCode::setns: return state.run(__NR_setns, state.fd(op.in), x);
    case OpCode::unshare: return state.run(__NR_unshare, x);
    case OpCode::fork: return fork_sibling(state, op);
    case OpCode::setsid: return state.run(__NR_setsid);
    case OpCode::keyring: return state.run(__NR_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, word(state.text(op.a)));
    case OpCode::hostname:
      return state.run(__NR_sethostname, word(state.text(op.a)), static_cast<long>(length(state.text(op.a))));
    case OpCode::domainname:
      return state.run(__NR_setdomainname, word(state.text(op.a)), static_cast<long>(length(state.text(op.a))));
    case OpCode::loopback: return bring_loopback_up(state);
    default: return perform_process(state, op);
  }
}

[[noreturn]] void give_up(State& state, uint32_t op, long err) {
  Message message{};
  message.kind = Message::failed;
  message.value = op;
  message.err = static_cast<int32_t>(-err);
  message.step = state.step;
  message.attached = state.attached;
  // The kernel explains a refused mount option on the context itself: "e tmpfs: Unknown parameter 'foo'".
  if (state.words_fd >= 0) {
    long n = call(__NR_read, state.words_fd, word(message.detail), sizeof message.detail - 1);
    if (n < 0) message.detail[0] = 0;
  }
  (void)tell(state, message);
  leave(1);
}

// The lowest descriptor of the plan's own that is not below `first`; ~0 when there is none.
unsigned next_of_ours(const State& state, unsigned first) {
  unsigned next = ~0U;
  auto consider = [&](int fd) {
    if (fd >= 0 && static_cast<unsigned>(fd) >= first && static_cast<unsigned>(fd) < next)
      next = static_cast<unsigned>(fd);
  };
  consider(state.report_fd);
  for (uint32_t i = 0; i < state.header->slot_count; i++) consider(state.slots[i]);
  return next;
}

// What the caller leaked is closed now, not at the exec: until `start` it would lie open in /proc/1/fd, for the other
// processes of a joined pid namespace to find (CVE-2024-21626).
void close_strangers(const State& state) {
  unsigned first = static_cast<unsigned>(state.header->keep_fds), next = 0;
  do {
    next = next_of_ours(state, first);
    if (next > first) call(__NR_close_range, first, next == ~0U ? ~0U : next - 1, 0);
    first = next + 1;
  } while (next != ~0U);
  call(__NR_close_range, state.header->keep_fds, ~0U, CLOSE_RANGE_CLOEXEC);
}

// Nothing of the caller's is left over: no open descriptor, no blocked or ignored signal.
void forget_the_caller(const State& state) {
  close_strangers(state);
  // Whoever can trace this process could otherwise use the descriptors that it holds.
  call(__NR_prctl, PR_SET_DUMPABLE, 0);
  uint64_t none = 0;
  call(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, word(&none), 0, sizeof none);
  struct {
    void* handler;
    unsigned long flags;
    void* restorer;
    uint64_t mask;
  } by_default{};
  for (int signal = 1; signal <= 64; signal++) call(__NR_rt_sigaction, signal, word(&by_default), 0, sizeof none);
  call(__NR_umask, 0);
}

long map_image(int fd, State& state) {
  struct statx info{};
  if (call(__NR_statx, fd, word(""), 0x1000 /* AT_EMPTY_PATH */, STATX_SIZE, word(&info)) < 0) return -22;
  long map = call(__NR_mmap, 0, static_cast<long>(info.stx_size), 3 /* read, write */, MAP_PRIVATE, fd, 0);
  if (map < 0 && map > -4096) return map;
  auto* bytes = reinterpret_cast<char*>(map);
  state.header = reinterpret_cast<Header*>(bytes);
  if (info.stx_size < sizeof(Header) || state.header->magic != kMagic) return -22;
  state.ops = reinterpret_cast<const Op*>(bytes + sizeof(Header));
  state.slots = reinterpret_cast<int32_t*>(bytes + sizeof(Header) + state.header->op_count * sizeof(Op));
  state.arena = reinterpret_cast<char*>(state.slots) + state.header->slot_count * sizeof(int32_t);
  return 0;
}

int parse_fd(const char* text) {
  int n = 0;
  for (; *text >= '0' && *text <= '9'; text++) n = n * 10 + (*text - '0');
  return n;
}

}  // namespace

// Called by the entry code with the kernel's stack: argc, argv[0], argv[1] …  argv[1] names the image, argv[2] the
// socket.
extern "C" [[noreturn]] void child_main(long* stack);
extern "C" [[noreturn]] void child_main(long* stack) {
  if (stack[0] != 3) leave(127);
  auto argument = [&](int n) { return parse_fd(reinterpret_cast<const char*>(stack[1 + n])); };
  State state{};
  state.words_fd = -1;
  state.report_fd = argument(2);
  state.step = kStepPlan;
  if (long err = map_image(argument(1), state); err < 0) give_up(state, kNoOp, err);
  forget_the_caller(state);

  for (uint32_t i = 0; i < state.header->op_count;) {
    const Op& op = state.ops[i];
    long result = perform(state, op);
    bool failed = result < 0 && result > -4096;
    if (failed && (op.on_errno & (class_of(result) | kOnAny)) == 0) give_up(state, i, result);
    if (failed) state.words_fd = -1;  // what it said explains the failure that is passed over
    i = failed || op.code == OpCode::skip ? op.skip_to : i + 1;
  }
  leave(1);  // a plan ends in exec; one that does not has failed
}

}  // namespace child

// The kernel enters here, with argc and argv on the stack.
#if defined(__x86_64__)
asm(".globl _start\n_start:\n\txor %ebp,%ebp\n\tmov %rsp,%rdi\n\tand $-16,%rsp\n\tcall child_main\n");
#elif defined(__aarch64__)
asm(".globl _start\n_start:\n\tmov x29,#0\n\tmov x0,sp\n\tbl child_main\n");
#endif

// The compiler may turn loops and copies into calls of these two.
extern "C" void* memset(void* to, int byte, size_t n);
extern "C" void* memset(void* to, int byte, size_t n) {
  auto* out = static_cast<volatile char*>(to);
  while (n-- > 0) *out++ = static_cast<char>(byte);
  return to;
}

extern "C" void* memcpy(void* to, const void* from, size_t n);
extern "C" void* memcpy(void* to, const void* from, size_t n) {
  auto* out = static_cast<volatile char*>(to);
  auto* in = static_cast<const char*>(from);
  while (n-- > 0) *out++ = *in++;
  return to;
}
