// Where and when a process runs: scheduler, ioPriority and execCPUAffinity of the process object (config.md, Process),
// memoryPolicy and personality of the linux object (config-linux.md).
#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/personality.h>

#include <span>

#include "runtime/oci/json_writer.h"
#include "runtime/oci/parts.h"

namespace oci {
namespace {

template <class T>
struct Word {
  std::string_view name;
  T value;
};

constexpr uint32_t kIso = 4, kDeadline = 6;  // SCHED_…, which <sched.h> does not have
constexpr Word<uint32_t> kPolicies[] = {
    {"SCHED_OTHER", SCHED_OTHER},  {"SCHED_FIFO", SCHED_FIFO}, {"SCHED_RR", SCHED_RR},
    {"SCHED_BATCH", SCHED_BATCH},  {"SCHED_ISO", kIso},        {"SCHED_IDLE", SCHED_IDLE},
    {"SCHED_DEADLINE", kDeadline},
};
// <linux/sched.h>, which cannot be read beside <sched.h>.
constexpr Word<uint64_t> kSchedulerFlags[] = {
    {"SCHED_FLAG_RESET_ON_FORK", 0x01},  {"SCHED_FLAG_RECLAIM", 0x02},     {"SCHED_FLAG_DL_OVERRUN", 0x04},
    {"SCHED_FLAG_KEEP_POLICY", 0x08},    {"SCHED_FLAG_KEEP_PARAMS", 0x10}, {"SCHED_FLAG_UTIL_CLAMP_MIN", 0x20},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", 0x40},
};
constexpr Word<int> kIoClasses[] = {{"IOPRIO_CLASS_RT", sandbox::kIoRealtime},
                                    {"IOPRIO_CLASS_BE", sandbox::kIoBestEffort},
                                    {"IOPRIO_CLASS_IDLE", sandbox::kIoIdle}};
// <linux/mempolicy.h> of Linux 6.1 ends with PREFERRED_MANY; WEIGHTED_INTERLEAVE came with 6.9.
constexpr Word<int> kMemoryModes[] = {
    {"MPOL_DEFAULT", 0},
    {"MPOL_PREFERRED", 1},
    {"MPOL_BIND", 2},
    {"MPOL_INTERLEAVE", 3},
    {"MPOL_LOCAL", 4},
    {"MPOL_PREFERRED_MANY", 5},
    {"MPOL_WEIGHTED_INTERLEAVE", 6},
};
constexpr Word<int> kMemoryFlags[] = {{"MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING},
                                      {"MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES},
                                      {"MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES}};
constexpr Word<uint32_t> kDomains[] = {{"LINUX", PER_LINUX}, {"LINUX32", PER_LINUX32}};

template <class T>
Result<T> read_word(Reader in, std::span<const Word<T>> words, std::string_view what) {
  const std::string name = TRY(in.string());
  for (const auto& word : words)
    if (word.name == name) return word.value;
  return in.fail(cat("unknown ", what, " ", quoted(name)));
}

Result<> read_policy(Reader in, uint32_t& out) {
  out = TRY(read_word<uint32_t>(in, kPolicies, "policy"));
  return {};
}

Result<> read_scheduler_flags(Reader in, uint64_t& out) {
  TRY(in.expect_array());
  for (const Reader item : in.items()) out |= TRY(read_word<uint64_t>(item, kSchedulerFlags, "flag"));
  return {};
}

Result<> read_io_class(Reader in, int& out) {
  out = TRY(read_word<int>(in, kIoClasses, "class"));
  return {};
}

Result<> read_memory_mode(Reader in, int& out) {
  out |= TRY(read_word<int>(in, kMemoryModes, "mode"));
  return {};
}

Result<> read_memory_flags(Reader in, int& out) {
  TRY(in.expect_array());
  for (const Reader item : in.items()) out |= TRY(read_word<int>(item, kMemoryFlags, "flag"));
  return {};
}

Result<> read_domain(Reader in, uint32_t& out) {
  out = TRY(read_word<uint32_t>(in, kDomains, "domain"));
  return {};
}

// The list is there for the future: the specification has no flag yet.
Result<> refuse_flags(Reader in) {
  TRY(in.expect_array());
  for (const Reader item : in.items()) return item.fail(cat("unknown flag ", quoted(TRY(item.string()))));
  return {};
}

Result<> read_mask(Reader in, cgroups::IdMask& out) {
  const std::string text = TRY(in.string());
  auto ids = cgroups::parse_id_list(text);
  if (!ids) return in.fail(cat(quoted(text), " is not a list like '0-3,7'"));
  out = std::move(*ids);
  return {};
}

// The kernel's own rules (sched(7), SCHED_DEADLINE), told before anything is made.
Result<> check_deadline(Reader in, const sandbox::Scheduler& scheduler) {
  constexpr uint64_t kLeastRuntime = 1024;  // DL_SCALE: what the kernel can count
  if (scheduler.runtime < kLeastRuntime) return in.field("runtime").fail("SCHED_DEADLINE needs at least 1024 ns");
  if (scheduler.deadline < scheduler.runtime) return in.field("deadline").fail("is below the runtime");
  if (scheduler.period != 0 && scheduler.period < scheduler.deadline)
    return in.field("period").fail("is below the deadline");
  return {};
}

template <class T>
std::string_view name_in(std::span<const Word<T>> words, T value) {
  for (const auto& word : words)
    if (word.value == value) return word.name;
  return "unknown";
}

template <class T>
std::vector<std::string> names_in(std::span<const Word<T>> words, T bits) {
  std::vector<std::string> names;
  for (const auto& word : words)
    if ((bits & word.value) != 0) names.emplace_back(word.name);
  return names;
}

std::string list_of(const cgroups::IdMask& ids) {
  std::vector<std::string> numbers;
  for (size_t id = 0; id < ids.size() * 8; id++)
    if ((ids[id / 8] >> (id % 8) & 1) != 0) numbers.push_back(cat(id));
  return join(numbers, ",");
}

void write_scheduler(JsonWriter& json, const sandbox::Scheduler& scheduler) {
  json.open_object("scheduler");
  json.member("policy", name_in<uint32_t>(kPolicies, scheduler.policy));
  json.member("nice", scheduler.nice);
  json.member("priority", scheduler.priority);
  json.member("flags", names_in<uint64_t>(kSchedulerFlags, scheduler.flags));
  json.member("runtime", scheduler.runtime);
  json.member("deadline", scheduler.deadline);
  json.member("period", scheduler.period);
  json.close_object();
}

}  // namespace

Result<> read(Reader in, sandbox::Scheduler& out) {
  TRY(read_object(
      in,
      {required<read_policy>("policy", out.policy), field<read_between<-20, 19, int32_t>>("nice", out.nice),
       field<read_between<0, 99, uint32_t>>("priority", out.priority), field<read_scheduler_flags>("flags", out.flags),
       field("runtime", out.runtime), field("deadline", out.deadline), field("period", out.period)}));
  if (out.policy == kDeadline) return check_deadline(in, out);
  for (const char* time : {"runtime", "deadline", "period"})
    if (const Reader at = in.field(time); at.is_present() && TRY(at.natural(0, UINT64_MAX)) != 0)
      return at.fail("is for SCHED_DEADLINE alone");
  const bool is_realtime = out.policy == SCHED_FIFO || out.policy == SCHED_RR;
  if (is_realtime && out.priority == 0) return in.field("priority").fail("SCHED_FIFO and SCHED_RR need 1 to 99");
  if (!is_realtime && out.priority != 0) return in.field("priority").fail("is for SCHED_FIFO and SCHED_RR alone");
  return {};
}

Result<> read(Reader in, sandbox::IoPriority& out) {
  return read_object(in, {required<read_io_class>("class", out.scheduling_class),
                          field<read_between<0, 7, int>>("priority", out.priority)});
}

Result<> read(Reader in, sandbox::CpuAffinity& out) {
  return read_object(in, {field<read_mask>("initial", out.initial), field<read_mask>("final", out.final)});
}

Result<> read(Reader in, sandbox::MemoryPolicy& out) {
  TRY(read_object(in, {required<read_memory_mode>("mode", out.mode), field<read_mask>("nodes", out.nodes),
                       field<read_memory_flags>("flags", out.mode)}));
  constexpr int kBothWays = MPOL_F_RELATIVE_NODES | MPOL_F_STATIC_NODES;
  if ((out.mode & kBothWays) == kBothWays)
    return in.field("flags").fail("MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES exclude each other");
  const int mode = out.mode & ~MPOL_MODE_FLAGS;
  const bool takes_none = mode == MPOL_DEFAULT || mode == MPOL_LOCAL;
  if (takes_none && !out.nodes.empty()) return in.field("nodes").fail("this mode takes none");
  if (!takes_none && mode != MPOL_PREFERRED && out.nodes.empty()) return in.field("nodes").fail("this mode needs one");
  return {};
}

Result<> read_personality(Reader in, std::optional<uint32_t>& out) {
  return read_object(in, {required<read_domain>("domain", out.emplace()), checked<refuse_flags>("flags")});
}

void write_scheduling(JsonWriter& json, const sandbox::Process& process) {
  if (process.scheduler) write_scheduler(json, *process.scheduler);
  if (process.io_priority) {
    json.open_object("ioPriority");
    json.member("class", name_in<int>(kIoClasses, process.io_priority->scheduling_class));
    json.member("priority", process.io_priority->priority);
    json.close_object();
  }
  const auto& cpus = process.exec_cpu_affinity;
  if (cpus.initial.empty() && cpus.final.empty()) return;
  json.open_object("execCPUAffinity");
  json.member("initial", list_of(cpus.initial));
  json.member("final", list_of(cpus.final));
  json.close_object();
}

std::vector<std::string> memory_policy_modes() {
  return names_of(kMemoryModes);
}

std::vector<std::string> memory_policy_flags() {
  return names_of(kMemoryFlags);
}

void write_memory_policy(JsonWriter& json, const sandbox::MemoryPolicy& policy) {
  json.open_object("memoryPolicy");
  json.member("mode", name_in<int>(kMemoryModes, policy.mode & ~MPOL_MODE_FLAGS));
  json.member("nodes", list_of(policy.nodes));
  json.member("flags", names_in<int>(kMemoryFlags, policy.mode));
  json.close_object();
}

void write_personality(JsonWriter& json, uint32_t personality) {
  json.open_object("personality");
  json.member("domain", name_in<uint32_t>(kDomains, personality));
  json.close_object();
}

}  // namespace oci
