// Plans and failures in words.
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "sandbox/launch.h"
#include "sandbox/plan.h"

namespace sandbox {
namespace {

// Which fields of an operation are texts, so that it can be printed: 'a' and 'b' name the arena offsets.
struct Description {
  std::string_view name, texts;
};

constexpr std::array<Description, static_cast<size_t>(OpCode::count_)> kDescriptions = {{
    {"report", ""},        {"barrier", ""},
    {"await", ""},         {"skip", ""},
    {"setns", ""},         {"unshare", ""},
    {"fork", ""},          {"setsid", ""},
    {"keyring", "a"},      {"hostname", "a"},
    {"domainname", "a"},   {"loopback", ""},
    {"propagation", "a"},  {"parent_private", "a"},
    {"fs_open", "a"},      {"fs_set", "ab"},
    {"fs_mount", ""},      {"fs_pick", ""},
    {"fs_change", ""},     {"open_tree", "a"},
    {"borrow_tree", "a"},  {"mount_setattr", ""},
    {"idmap", ""},         {"target", "a"},
    {"move_mount", ""},    {"unmount", "a"},
    {"copy_up", ""},       {"mask", "a"},
    {"readonly", "a"},     {"pivot", ""},
    {"move_root", ""},     {"open_host", "a"},
    {"open_proc", ""},     {"write", "ab"},
    {"mkdirs", "a"},       {"mknod", "a"},
    {"symlink", "ab"},     {"close", ""},
    {"keep_only", ""},     {"pty", ""},
    {"send_fd", ""},       {"console", ""},
    {"stdio", ""},         {"umask", ""},
    {"rlimit", ""},        {"personality", ""},
    {"memory_policy", ""}, {"chdir", "a"},
    {"stdio_owner", ""},   {"home", ""},
    {"bounding", ""},      {"setgroups", ""},
    {"setgid", ""},        {"setuid", ""},
    {"capset", ""},        {"ambient", ""},
    {"prctl", ""},         {"find_executable", ""},
    {"seccomp", ""},       {"start_wait", ""},
    {"hook", ""},          {"exec", ""},
}};

constexpr std::string_view kBarriers[] = {"placed", "clocks",  "forked", "network",  "rootfs",
                                          "ready",  "settled", "exec",   "listener", "request"};

struct NamedCall {
  long number;
  std::string_view name;
};

constexpr NamedCall kCalls[] = {
    {SYS_mount, "mount"},
    {SYS_fsopen, "fsopen"},
    {SYS_fsconfig, "fsconfig"},
    {SYS_fsmount, "fsmount"},
    {SYS_fspick, "fspick"},
    {SYS_open_tree, "open_tree"},
    {SYS_mount_setattr, "mount_setattr"},
    {SYS_move_mount, "move_mount"},
    {SYS_openat2, "openat2"},
    {SYS_openat, "openat"},
    {SYS_mkdirat, "mkdir"},
    {SYS_mknodat, "mknod"},
    {SYS_symlinkat, "symlink"},
    {SYS_statx, "statx"},
    {SYS_fchownat, "chown"},
    {SYS_pivot_root, "pivot_root"},
    {SYS_umount2, "umount"},
    {SYS_fchdir, "fchdir"},
    {SYS_chdir, "chdir"},
    {SYS_chroot, "chroot"},
    {SYS_write, "write"},
    {SYS_ioctl, "ioctl"},
    {SYS_dup3, "dup3"},
    {SYS_sendmsg, "sendmsg"},
    {SYS_setns, "setns"},
    {SYS_unshare, "unshare"},
    {SYS_clone3, "clone3"},
    {SYS_setsid, "setsid"},
    {SYS_keyctl, "keyctl"},
    {SYS_sethostname, "sethostname"},
    {SYS_setdomainname, "setdomainname"},
    {SYS_socket, "socket"},
    {SYS_prlimit64, "setrlimit"},
    {SYS_personality, "personality"},
    {SYS_set_mempolicy, "set_mempolicy"},
    {SYS_umask, "umask"},
    {SYS_setgroups, "setgroups"},
    {SYS_setresgid, "setgid"},
    {SYS_setresuid, "setuid"},
    {SYS_capset, "capset"},
    {SYS_prctl, "prctl"},
    {SYS_seccomp, "seccomp"},
    {SYS_mmap, "mmap"},
    {SYS_accept4, "accept"},
    {SYS_execve, "exec"},
    {SYS_execveat, "exec of the container's init"},
    {SYS_getcwd, "getcwd"},
    {SYS_fchown, "chown"},
};

const Description& description(OpCode code) {
  return kDescriptions[static_cast<size_t>(code)];
}

std::string_view own_step_name(uint32_t step) {
  switch (step) {
    case kStepPlan: return "read the plan";
    case kStepNotFound:
    case kStepNotExecutable: return "find executable";
    case kStepHookExit:
    case kStepHookTimeout: return "run";
    case kStepOnProc: return "lies on a procfs";
    case kStepWrongNode: return "another kind of file is there";
    case kStepOutside: return "not below the container's root";
    case kStepNotProc: return "/proc is not a procfs";
    default: return "unknown step";
  }
}

// Words that came with a failure. A hook's: the last line it wrote. The kernel's, from a file system context:
// "e tmpfs: Unknown parameter 'foo'", the first line, without the mark.
std::string words_of(const Message& failure) {
  std::string_view words = trimmed(failure.detail);
  if (failure.step == kStepHookExit) return visible(words.substr(words.rfind('\n') + 1));
  words = words.substr(0, words.find('\n'));
  if (words.size() > 2 && words[1] == ' ') words.remove_prefix(2);
  return visible(words);
}

std::string hint_for(OpCode code, const Message& failure) {
  switch (failure.err) {
    case ENOSYS:
      if (code == OpCode::memory_policy) return "this kernel was built without NUMA";
      break;
    case ENOENT:
      if (code == OpCode::open_tree) return "the source of the mount does not exist on the host";
      if (code == OpCode::exec) return "the interpreter or loader that the file names is not in the image";
      break;
    case ENOEXEC: return "the file is for another architecture, or a script without a #! line";
    case EPERM:
      if (code == OpCode::rlimit) return "raising a limit needs CAP_SYS_RESOURCE";
      if (code == OpCode::setgroups)
        return "a user namespace that maps but one's own id has no groups: give it ranges of /etc/subgid";
      if (code == OpCode::fs_mount)
        return "in a user namespace a new proc or sysfs needs the host's to be wholly visible, others are not allowed";
      if (failure.step == kStepOnProc) return "only a procfs itself may be mounted below /proc";
      break;
    case EINVAL:
    case ENOTDIR:
      if (code == OpCode::unmount) return "nothing is mounted there";
      if (code == OpCode::memory_policy) return "these nodes, mode and flags do not go together on this machine";
      if (code == OpCode::mount_setattr || code == OpCode::fs_pick) return "a remount needs a mount that is there";
      if (code == OpCode::move_mount) return "a directory is mounted on a file, or a file on a directory";
      break;
    case ENODEV:
      if (code == OpCode::fs_open) return "this kernel has no such file system";
      break;
    case ENOSPC:
      if (code == OpCode::move_mount) return "/proc/sys/fs/mount-max is reached";
      break;
    default: break;
  }
  return {};
}

// The words that callers look for, in just this case: docker's command line takes its exit status 127 or 126 from them,
// podman those of its own. `program`: "executable file 'sh'".
Error no_executable(const std::string& program, uint32_t step) {
  if (step == kStepNotExecutable) return Error{EACCES, cat(program, ": permission denied"), {}};
  constexpr std::string_view kKind = "executable file ";
  std::string name = program.substr(kKind.size());
  std::string_view where = name.find('/') == std::string::npos ? "not found in $PATH: " : "not found: ";
  return Error{ENOENT, cat(kKind, where, name, ": no such file or directory"), {}};
}

}  // namespace

std::string_view op_name(OpCode code) {
  return code < OpCode::count_ ? description(code).name : "unknown";
}

std::string step_name(uint32_t step) {
  for (const auto& call : kCalls)
    if (static_cast<uint32_t>(call.number) == step) return std::string(call.name);
  return step >= kStepPlan ? std::string(own_step_name(step)) : cat("system call ", step);
}

Error explain_step(const Message& failure) {
  std::string words = words_of(failure);
  switch (failure.step) {
    case kStepHookExit: return Error{0, cat("exit status ", failure.err, words.empty() ? "" : ": ", words), {}};
    case kStepHookTimeout: return Error{0, "killed after its timeout", {}};
    default: return Error{failure.err, cat(step_name(failure.step), words.empty() ? "" : ": ", words), {}};
  }
}

Error Plan::explain(const Message& failure) const {
  Error error = explain_step(failure);
  if (failure.value >= ops_.size()) return within("start the container's init", std::move(error));
  const Op& op = ops_[failure.value];
  error.hint = hint_for(op.code, failure);
  if (op.code == OpCode::fs_set) {
    std::string words = words_of(failure);
    std::string option = op.b == 0 ? text_at(op.a) : cat(text_at(op.a), "=", text_at(op.b));
    error.message = cat("option ", quoted(option), words.empty() ? "" : ": ", words);
  }
  bool names_source = op.code == OpCode::fs_open || op.code == OpCode::open_tree;
  if (names_source && op.a != 0) error.message += cat(" ", quoted(text_at(op.a)));
  if (failure.step == kStepNotFound || failure.step == kStepNotExecutable)
    return no_executable(origin(op), failure.step);
  if (op.code == OpCode::exec) return {failure.err, origin(op), error.hint};
  return within(origin(op), std::move(error));
}

std::string Plan::describe(const Op& op) const {
  std::string line(op_name(op.code));
  if (op.code == OpCode::skip) return cat(line, " to ", op.skip_to);
  if (op.code == OpCode::barrier || op.code == OpCode::report) return cat(line, " ", kBarriers[op.x]);
  for (char field : description(op.code).texts) {
    uint32_t offset = field == 'a' ? op.a : op.b;
    if (offset != 0) line += cat(" ", quoted(text_at(offset)));
  }
  if (op.code == OpCode::find_executable || op.code == OpCode::exec) {
    Strings list{};
    memcpy(&list, arena_.data() + op.a, sizeof list);
    for (uint32_t i = 0; i < list.count; i++) {
      uint64_t at = 0;
      memcpy(&at, arena_.data() + op.a + sizeof list + i * sizeof at, sizeof at);
      line += cat(" ", quoted(text_at(static_cast<uint32_t>(at))));
    }
  }
  if (op.in >= 0) line += cat(" slot ", op.in);
  if (op.out >= 0) line += cat(" -> slot ", op.out);
  if (op.x != 0) {
    char hex[20];
    auto end = std::to_chars(hex, hex + sizeof hex, op.x, 16).ptr;
    line += cat(" 0x", std::string_view(hex, end));
  }
  return line;
}

std::string Plan::print() const {
  std::string out;
  for (size_t i = 0; i < ops_.size(); i++) {
    const Op& op = ops_[i];
    std::string line = cat(i, "\t", describe(op));
    if (op.on_errno != 0) line += cat(" (may fail: then ", op.skip_to, ")");
    if (!origin(op).empty()) line += cat("\t# ", origin(op));
    out += line + "\n";
  }
  return out;
}

}  // namespace sandbox
