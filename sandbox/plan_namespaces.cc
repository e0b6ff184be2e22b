#include "sandbox/plan_namespaces.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/text.h"
#include "base/user.h"

namespace sandbox {
namespace {

struct NamedType {
  int type;
  std::string_view name;
};

// In the order in which they are joined: the user namespace first, since it gives the right to join the others.
constexpr NamedType kTypes[] = {
    {CLONE_NEWUSER, "user"}, {CLONE_NEWPID, "pid"},  {CLONE_NEWNET, "network"},   {CLONE_NEWIPC, "ipc"},
    {CLONE_NEWUTS, "uts"},   {CLONE_NEWNS, "mount"}, {CLONE_NEWCGROUP, "cgroup"}, {CLONE_NEWTIME, "time"},
};

Result<Fd> open_namespace(const Namespace& wanted) {
  Fd fd(open(wanted.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.is_open()) return fail_errno(errno, cat("open ", quoted(wanted.path)));
  int type = ioctl(fd.get(), NS_GET_NSTYPE);
  if (type < 0) return fail(cat(quoted(wanted.path), " is not a namespace"));
  if (type != wanted.type)
    return fail(cat(quoted(wanted.path), " is a ", namespace_name(type), " namespace, not a ",
                    namespace_name(wanted.type), " namespace"));
  return fd;
}

const Namespace* find(const std::vector<Namespace>& namespaces, int type) {
  for (const auto& entry : namespaces)
    if (entry.type == type) return &entry;
  return nullptr;
}

}  // namespace

bool must_join_inside() {
  return geteuid() != 0 || in_user_namespace();
}

std::string_view namespace_name(int type) {
  for (const auto& known : kTypes)
    if (known.type == type) return known.name;
  return "unknown";
}

bool has_namespace(const std::vector<Namespace>& namespaces, int type) {
  return find(namespaces, type) != nullptr;
}

bool has_new_namespace(const std::vector<Namespace>& namespaces, int type) {
  const Namespace* entry = find(namespaces, type);
  return entry != nullptr && entry->path.empty();
}

namespace {

// The process that makes a time namespace stays in the old one, and its clocks can be set until the first process is
// born into it (time_namespaces(7)). So the process that goes on is a second one, and that must be the first of a new
// pid namespace, whose end it otherwise would not outlive.
void plan_own_clocks(Plan& plan, uint64_t& made, bool set_clocks) {
  plan.begin("linux.namespaces: make the time namespace");
  plan.add(OpCode::unshare, {.x = CLONE_NEWTIME});
  if (set_clocks) plan.add(OpCode::barrier, {.x = static_cast<uint64_t>(Barrier::clocks)});
  plan.add(OpCode::fork, {.x = made & CLONE_NEWPID});
  made &= ~static_cast<uint64_t>(CLONE_NEWPID);
}

}  // namespace

Result<> plan_namespaces(Plan& plan, const std::vector<Namespace>& namespaces, LaunchOptions& launch, bool set_clocks) {
  const Namespace* user = find(namespaces, CLONE_NEWUSER);
  bool joins_user = user != nullptr && !user->path.empty(), joins_pid_inside = false;
  uint64_t made = 0;
  for (const auto& known : kTypes) {
    const Namespace* entry = find(namespaces, known.type);
    if (entry == nullptr) continue;
    if (entry->path.empty()) {
      made |= static_cast<uint64_t>(known.type);
      continue;
    }
    auto origin = cat("linux.namespaces: join the ", known.name, " namespace");
    plan.begin(origin);
    int16_t slot = plan.slot(TRY_IN(origin, open_namespace(*entry)));
    if (known.type == CLONE_NEWPID && (has_new_namespace(namespaces, CLONE_NEWUSER) || !must_join_inside())) {
      launch.pid_namespace = plan.slot_fds()[slot];  // only children are born into it
    } else {
      joins_pid_inside = joins_pid_inside || known.type == CLONE_NEWPID;
      plan.add(OpCode::setns, {.in = slot, .x = static_cast<uint64_t>(known.type)});
    }
  }
  // The kernel roots a new cgroup namespace at the cgroup of the process that asks: the child itself, once it is
  // placed.
  bool own_cgroup_namespace = (made & CLONE_NEWCGROUP) != 0;
  bool own_clocks = (made & CLONE_NEWTIME) != 0;
  made &= ~static_cast<uint64_t>(CLONE_NEWCGROUP | CLONE_NEWTIME);
  plan.begin("namespaces");
  if (joins_user) {
    // New namespaces must belong to the user namespace that was just joined, so they are made only now.
    plan.add(OpCode::setgid, {.x = 0});
    plan.add(OpCode::setuid, {.x = 0});
    uint64_t pid = made & CLONE_NEWPID;
    if (made != pid) plan.add(OpCode::unshare, {.x = made & ~pid});
    bool must_fork = pid != 0 || joins_pid_inside;
    if (own_clocks)
      plan_own_clocks(plan, pid, set_clocks);
    else if (must_fork)
      plan.add(OpCode::fork, {.x = pid});
  } else {
    if (own_clocks)
      plan_own_clocks(plan, made, set_clocks);
    else if (joins_pid_inside)
      plan.add(OpCode::fork, {});
    launch.namespaces = made;
  }
  if (own_cgroup_namespace) plan.add(OpCode::unshare, {.x = CLONE_NEWCGROUP});
  return {};
}

Result<> write_clock_offsets(pid_t pid, const ClockOffsets& offsets) {
  std::string text;
  auto add = [&](std::string_view clock, const std::optional<ClockOffset>& offset) {
    if (offset) text += cat(clock, " ", offset->secs, " ", offset->nanosecs, "\n");
  };
  add("monotonic", offsets.monotonic);
  add("boottime", offsets.boottime);
  auto written = write_kernel_file_at(AT_FDCWD, cat("/proc/", pid, "/timens_offsets"), text);
  if (written) return {};
  auto error = within("linux.timeOffsets", std::move(written).error());
  if (error.err == ERANGE) error.hint = "a clock would stand before 0, or beyond 146 years";
  return std::unexpected(std::move(error));
}

void plan_identity(Plan& plan, const std::vector<Namespace>& namespaces, const std::string& keyring,
                   const std::string& hostname, const std::string& domainname) {
  plan.begin("process");
  plan.add(OpCode::setsid, {.on_errno = kOnDenied});  // EPERM: it leads a session already
  if (!keyring.empty()) {
    plan.begin("session keyring");
    plan.add(OpCode::keyring, {.a = plan.text(keyring), .on_errno = kOnEnosys});
  }
  if (!hostname.empty()) {
    plan.begin(cat("hostname ", quoted(hostname)));
    plan.add(OpCode::hostname, {.a = plan.text(hostname)});
  }
  if (!domainname.empty()) {
    plan.begin(cat("domainname ", quoted(domainname)));
    plan.add(OpCode::domainname, {.a = plan.text(domainname)});
  }
  if (has_new_namespace(namespaces, CLONE_NEWNET)) {
    plan.begin("network: bring up 'lo'");
    plan.add(OpCode::loopback, {});
  }
}

void plan_join_process(Plan& plan, int pidfd, int types) {
  plan.begin("join the container's namespaces");
  int16_t process = plan.borrowed_slot(pidfd);
  plan.add(OpCode::setns, {.in = process, .x = static_cast<uint64_t>(types)});
  plan.add(OpCode::close, {.in = process});
  if ((types & CLONE_NEWPID) != 0) plan.add(OpCode::fork, {});  // only children are born into it
  if ((types & CLONE_NEWUSER) != 0) {
    plan.add(OpCode::setgid, {.x = 0});
    plan.add(OpCode::setuid, {.x = 0});
  }
}

}  // namespace sandbox
