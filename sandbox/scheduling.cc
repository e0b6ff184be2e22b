#include "sandbox/scheduling.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/text.h"

namespace sandbox {
namespace {

constexpr size_t kMostCpus = 8192;  // CONFIG_NR_CPUS goes no further

// struct sched_attr of the kernel, which glibc 2.36 does not have.
struct SchedulingAttributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
  uint32_t util_min, util_max;
};

bool is_realtime(uint32_t policy) {
  return policy == SCHED_FIFO || policy == SCHED_RR;
}

std::string hint_for(const Scheduler& scheduler, int err) {
  constexpr uint32_t kIso = 4, kDeadline = 6;
  if (err == EINVAL && scheduler.policy == kIso) return "no Linux kernel has the policy SCHED_ISO";
  if (err == EINVAL) return "this kernel does not take these values together";
  if (err == EOPNOTSUPP) return "this kernel was built without utilization clamps";
  if (err == EBUSY && scheduler.policy == kDeadline)
    return "the CPUs have not that much time left for SCHED_DEADLINE, see /proc/sys/kernel/sched_rt_runtime_us";
  if (err == EPERM && scheduler.policy == kDeadline)
    return "SCHED_DEADLINE needs CAP_SYS_NICE, and all CPUs of the machine or of an exclusive cpuset";
  if (err == EPERM && is_realtime(scheduler.policy))
    return "realtime policies need CAP_SYS_NICE, and a cgroup that has realtime where the kernel counts it";
  if (err == EPERM) return "a nice value below the present one needs CAP_SYS_NICE";
  return {};
}

Result<> set_scheduler(pid_t pid, const Scheduler& scheduler) {
  SchedulingAttributes attributes{};
  attributes.size = sizeof attributes;
  attributes.policy = scheduler.policy;
  attributes.flags = scheduler.flags;
  attributes.nice = scheduler.nice;
  attributes.priority = scheduler.priority;
  attributes.runtime = scheduler.runtime;
  attributes.deadline = scheduler.deadline;
  attributes.period = scheduler.period;
  if (syscall(SYS_sched_setattr, pid, &attributes, 0) == 0) return {};
  int err = errno;
  return fail_errno(err, "process.scheduler: sched_setattr", hint_for(scheduler, err));
}

Result<> set_io_priority(pid_t pid, const IoPriority& io) {
  constexpr int kWhoProcess = 1, kClassShift = 13;  // IOPRIO_WHO_PROCESS, IOPRIO_CLASS_SHIFT
  if (syscall(SYS_ioprio_set, kWhoProcess, pid, io.scheduling_class << kClassShift | io.priority) == 0) return {};
  int err = errno;
  return fail_errno(err, "process.ioPriority: ioprio_set",
                    err == EPERM ? "the class IOPRIO_CLASS_RT needs CAP_SYS_NICE or CAP_SYS_ADMIN" : "");
}

Result<> set_cpus(pid_t pid, const cgroups::IdMask& cpus, std::string_view field) {
  if (syscall(SYS_sched_setaffinity, pid, cpus.size(), cpus.data()) == 0) return {};
  int err = errno;
  return fail_errno(err, cat(field, ": sched_setaffinity"),
                    err == EINVAL ? "none of these CPUs is there, online and in the process's cpuset" : "");
}

}  // namespace

Result<> schedule(pid_t pid, const std::optional<Scheduler>& scheduler, const std::optional<IoPriority>& io_priority,
                  const cgroups::IdMask& cpus) {
  if (!cpus.empty()) TRY(set_cpus(pid, cpus, "process.execCPUAffinity.final"));
  if (io_priority) TRY(set_io_priority(pid, *io_priority));
  if (scheduler) TRY(set_scheduler(pid, *scheduler));
  return {};
}

Result<BorrowedAffinity> BorrowedAffinity::begin(const cgroups::IdMask& cpus) {
  BorrowedAffinity borrowed;
  if (cpus.empty()) return borrowed;
  cgroups::IdMask before(kMostCpus / 8);
  long size = syscall(SYS_sched_getaffinity, 0, before.size(), before.data());
  if (size < 0) return fail_errno(errno, "process.execCPUAffinity.initial: sched_getaffinity");
  before.resize(static_cast<size_t>(size));
  TRY(set_cpus(0, cpus, "process.execCPUAffinity.initial"));
  borrowed.before_ = std::move(before);
  return borrowed;
}

BorrowedAffinity::~BorrowedAffinity() {
  if (!before_.empty()) (void)syscall(SYS_sched_setaffinity, 0, before_.size(), before_.data());
}

}  // namespace sandbox
