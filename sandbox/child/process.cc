// Operations on the process itself: who it is, what it may do, what it becomes.
#include <linux/capability.h>
#include <linux/net.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/stat.h>

#include "sandbox/child/child.h"
#include "sandbox/child/kernel.h"
#include "sandbox/child/passwd.h"

namespace child {
namespace {

constexpr size_t kPasswdLimit = 1 << 20;  // CVE-2026-47262: what an image brings is read up to a bound

char home_entry[kHomeRoom + 1] = "HOME=";

}  // namespace

long bring_loopback_up(State& state) {
  struct {
    char name[16];
    int16_t flags;
    char rest[22];
  } request{{'l', 'o'}, 0, {}};  // struct ifreq
  long socket = state.run(__NR_socket, 2 /* AF_INET */, 2 | 02000000 /* SOCK_DGRAM | SOCK_CLOEXEC */, 0);
  if (socket < 0) return socket;
  long err = state.run(__NR_ioctl, socket, 0x8913 /* SIOCGIFFLAGS */, word(&request));
  request.flags |= 0x41;  // IFF_UP | IFF_RUNNING
  if (err >= 0) err = state.run(__NR_ioctl, socket, 0x8914 /* SIOCSIFFLAGS */, word(&request));
  call(__NR_close, socket);
  return err;
}

// A new pid namespace holds children only; the sibling is the runtime's child, as the caller expects.
long fork_sibling(State& state, const Op& op) {
  clone_args args{};
  args.flags = op.x | CLONE_PARENT;
  long pid = state.run(__NR_clone3, word(&args), sizeof args);
  if (pid <= 0) return pid;
  (void)reach(state, static_cast<uint64_t>(Barrier::forked), static_cast<int32_t>(pid));
  for (;;) call(__NR_exit_group, 0);
}

// Closes what lies between the descriptors that stay, in the order of their numbers.
long keep_only(State& state, const Op& op) {
  auto* slots = state.at<int16_t>(op.a);
  int from = state.header->keep_fds;
  for (;;) {
    int next = state.report_fd >= from ? state.report_fd : -1;
    for (uint64_t i = 0; i < op.x; i++) {
      int fd = state.fd(slots[i]);
      if (fd >= from && (next < 0 || fd < next)) next = fd;
    }
    if (next < 0) return state.run(__NR_close_range, from, ~0U, 0);
    if (next > from) {
      long err = state.run(__NR_close_range, from, next - 1, 0);
      if (err < 0) return err;
    }
    from = next + 1;
  }
}

namespace {

bool is_null_device(const struct statx& info) {
  return (info.stx_mode & kTypeMask) == kTypeCharacter && info.stx_rdev_major == 1 && info.stx_rdev_minor == 3;
}

// The caller's null device is the host's file, whose mode the container's root could change through the descriptor.
void use_own_null_device(int fd) {
  open_how how{};
  how.flags = kReadWrite | kNoCtty | kCloexec;
  how.resolve = RESOLVE_NO_SYMLINKS;
  long own = call(__NR_openat2, kCwd, word("/dev/null"), word(&how), sizeof how);
  if (own < 0) return;
  struct statx info{};
  if (call(__NR_statx, own, word(""), kEmptyPath, STATX_TYPE, word(&info)) == 0 && is_null_device(info))
    call(__NR_dup3, own, fd, 0);
  call(__NR_close, own);
}

}  // namespace

// So that a process that is not root can open /dev/stdin and its siblings. Best effort: sockets and others' files stay.
long own_stdio(State& state, const Op& op) {
  for (int fd = 0; fd <= 2; fd++) {
    struct statx info{};
    if (call(__NR_statx, fd, word(""), kEmptyPath, STATX_TYPE | STATX_UID, word(&info)) < 0) continue;
    if (is_null_device(info))
      use_own_null_device(fd);
    else if (info.stx_uid != op.x)
      (void)state.run(__NR_fchown, fd, static_cast<long>(op.x), -1);
  }
  return 0;
}

// HOME for a process that was given none: that of its user in the container, else "/".
long fill_home(State& state, const Op& op) {
  PasswdWalk walk{op.y, home_entry};
  long fd = state.run(__NR_openat, kCwd, word("/etc/passwd"), 04000 | 02000000 /* O_NONBLOCK | O_CLOEXEC */);
  struct statx info{};
  bool regular = fd >= 0 && call(__NR_statx, fd, word(""), 0x1000, STATX_TYPE, word(&info)) == 0 &&
                 (info.stx_mode & kTypeMask) == kTypeRegular;
  char chunk[1024];
  for (size_t total = 0; regular && total < kPasswdLimit && !walk.found;) {
    long n = call(__NR_read, fd, word(chunk), sizeof chunk);
    if (n <= 0) break;
    for (long i = 0; i < n; i++) walk.take(chunk[i]);
    total += static_cast<size_t>(n);
  }
  walk.take('\n');
  if (fd >= 0) call(__NR_close, fd);
  if (!walk.found) home_entry[5] = '/', walk.size = 6;
  home_entry[walk.size] = 0;
  state.at<Strings>(op.b)->at[op.x] = reinterpret_cast<uint64_t>(home_entry) - reinterpret_cast<uint64_t>(state.arena);
  return 0;
}

long drop_bounding(State& state, const Op& op) {
  for (long capability = 0; capability < 64; capability++) {
    if ((op.x >> capability & 1) != 0) continue;
    long err = state.run(__NR_prctl, PR_CAPBSET_DROP, capability);
    if (err == kEinval) return 0;  // behind the kernel's last one
    if (err < 0) return err;
  }
  return 0;
}

long set_capabilities(State& state, const Op& op) {
  auto* masks = state.at<uint64_t>(op.a);  // effective, permitted, inheritable
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2];
  for (int half = 0; half < 2; half++) {
    data[half].effective = static_cast<uint32_t>(masks[0] >> (32 * half));
    data[half].permitted = static_cast<uint32_t>(masks[1] >> (32 * half));
    data[half].inheritable = static_cast<uint32_t>(masks[2] >> (32 * half));
  }
  return state.run(__NR_capset, word(&header), word(data));
}

long set_ambient(State& state, const Op& op) {
  long err = state.run(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
  for (long capability = 0; capability < 64 && err >= 0; capability++)
    if ((op.x >> capability & 1) != 0) err = state.run(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability);
  return err;
}

// Root may enter what the user may not (and the other way round on a network file system): so it is tried before the
// user changes and, when that was refused, once more after. Magic links are not followed, and what was entered must be
// below the root: a descriptor of the host's, leaked or named by the image, is no way out (CVE-2024-21626).
long change_directory(State& state, const Op& op) {
  if (op.x == 1 && !state.chdir_refused) return 0;
  struct {
    uint64_t flags, mode, resolve;
  } how{kPath | kDirectory | kCloexec, 0, 2 /* RESOLVE_NO_MAGICLINKS */};
  long fd = state.run(__NR_openat2, kCwd, word(state.text(op.a)), word(&how), sizeof how);
  long err = fd < 0 ? fd : state.run(__NR_fchdir, fd);
  if (fd >= 0) call(__NR_close, fd);
  if ((err == kEacces || err == kEperm) && op.x == 0) {
    state.chdir_refused = true;
    return 0;
  }
  if (err < 0) return err;
  char path[4096];
  long n = state.run(__NR_getcwd, word(path), sizeof path);
  if (n < 0 || path[0] != '/') {  // "(unreachable)…"
    state.step = kStepOutside;
    return n < 0 ? n : kEperm;
  }
  return 0;
}

// As execvp(3) searches: the first candidate that can be executed; one that is there but cannot be is remembered.
long find_executable(State& state, const Op& op) {
  auto* candidates = state.at<Strings>(op.a);
  bool denied = false;
  for (uint32_t i = 0; i < candidates->count; i++) {
    const char* path = state.arena + candidates->at[i];
    struct statx info{};
    long err = call(__NR_statx, kCwd, word(path), 0, STATX_TYPE, word(&info));
    if (err == kEacces) denied = true;
    if (err < 0) continue;
    bool directory = (info.stx_mode & kTypeMask) == kTypeDirectory;
    err = directory ? kEacces : call(__NR_faccessat, kCwd, word(path), 1 /* X_OK */);
    if (err == 0) {
      state.executable = path;
      return 0;
    }
    denied = true;
  }
  state.step = denied ? kStepNotExecutable : kStepNotFound;
  return denied ? kEacces : kEnoent;
}

// Until somebody connects and sends a byte: that is `start`, which also hears what becomes of the exec.
long wait_for_start(State& state, const Op& op) {
  for (;;) {
    long connection = state.run(__NR_accept4, state.fd(op.in), 0, 0, 02000000 /* SOCK_CLOEXEC */);
    if (connection == kEintr) continue;
    if (connection < 0) return connection;
    char go = 0;
    if (call(__NR_recvfrom, connection, word(&go), 1) == 1) {
      call(__NR_close, state.report_fd);
      state.report_fd = static_cast<int>(connection);
      return state.close_slot(op.in);
    }
    call(__NR_close, connection);  // it only looked
  }
}

namespace {

// Turns a list's offsets into pointers, in place; the arena is our own private copy.
char** pointers(State& state, uint32_t offset) {
  auto* list = state.at<Strings>(offset);
  for (uint32_t i = 0; i < list->count; i++) {
    if (list->zero == 0) list->at[i] += reinterpret_cast<uint64_t>(state.arena);
  }
  list->zero = 1;  // done
  return reinterpret_cast<char**>(list->at);
}

[[noreturn]] void become_hook(State& state, const HookData& hook) {
  long null = call(__NR_openat, kCwd, word("/dev/null"), 2 /* O_RDWR */);
  int input = hook.state >= 0 ? state.fd(hook.state) : static_cast<int>(null);
  call(__NR_dup3, input, 0, 0);
  call(__NR_lseek, 0, 0, 0);  // each hook reads the state from its beginning
  int output = hook.output >= 0 ? state.fd(hook.output) : static_cast<int>(null);
  call(__NR_dup3, output, 1, 0);
  call(__NR_dup3, output, 2, 0);
  call(__NR_execve, word(state.text(hook.path)), word(pointers(state, hook.args)), word(pointers(state, hook.env)));
  for (;;) call(__NR_exit_group, 127);
}

}  // namespace

// Runs a hook and waits for it, for as long as it may take.
long run_hook(State& state, const Op& op) {
  auto* hook = state.at<HookData>(op.a);
  int pidfd = -1;
  clone_args args{};
  args.flags = CLONE_PIDFD;
  args.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  args.exit_signal = 17;  // SIGCHLD
  long pid = state.run(__NR_clone3, word(&args), sizeof args);
  if (pid < 0) return pid;
  if (pid == 0) become_hook(state, *hook);

  struct {
    int fd;
    int16_t events, revents;
  } poll{pidfd, 1 /* POLLIN */, 0};
  long limit[2] = {hook->timeout, 0};  // struct timespec
  long ready = kEintr;
  while (ready == kEintr) ready = call(__NR_ppoll, word(&poll), 1, hook->timeout > 0 ? word(limit) : 0, 0, 0);
  if (ready == 0) call(__NR_pidfd_send_signal, pidfd, 9, 0, 0);
  int32_t info[32] = {};  // siginfo_t: [2] is si_code, [5] on is si_pid, si_uid, si_status for SIGCHLD
  long err = kEintr;
  while (err == kEintr) err = call(__NR_waitid, 3 /* P_PIDFD */, pidfd, word(info), 4 /* WEXITED */, 0);
  call(__NR_close, pidfd);
  if (err < 0) return err;
  if (ready == 0) {
    state.step = kStepHookTimeout;
    return kEtimedout;
  }
  int code = info[2] == 1 /* CLD_EXITED */ ? info[6] : 128 + info[6];
  if (code == 0) return 0;
  if (hook->output >= 0) {
    // The end of what it wrote goes with the failure.
    state.words_fd = state.fd(hook->output);
    long size = call(__NR_lseek, state.words_fd, 0, 2 /* SEEK_END */);
    long most = sizeof(Message::detail) - 1;
    call(__NR_lseek, state.words_fd, size > most ? size - most : 0, 0);
  }
  state.step = kStepHookExit;
  return -code;
}

long execute(State& state, const Op& op) {
  char** args = pointers(state, op.a);
  char** env = pointers(state, op.b);
  return state.run(__NR_execve, word(state.executable != nullptr ? state.executable : args[0]), word(args), word(env));
}

}  // namespace child
