#include "cgroups/plan.h"

#include <algorithm>

#include "base/path.h"
#include "cgroups/id_list.h"
#include "cgroups/planner.h"

namespace cgroups {
namespace {

constexpr uint64_t kPeriodMin = 1000, kPeriodMax = 1000000;  // microseconds: kernel/sched/core.c, tg_set_cfs_bandwidth
constexpr int64_t kQuotaMin = 1000;

std::string number_or_max(int64_t value) {
  return value < 0 ? "max" : cat(value);
}

// The spec counts swap as memory + swap; memory.swap.max is the swap alone.
Result<> plan_swap(const Memory& memory, Planner& out) {
  int64_t limit = memory.limit.value_or(0), swap = memory.swap.value_or(0);
  std::string value;
  if (swap < 0 || (swap == 0 && limit < 0))  // no limit of memory lifts that of swap: what runc's callers count on
    value = "max";
  else if (swap == 0)
    return {};
  else if (limit <= 0)
    return refuse("memory.swap", "a limit of memory + swap needs memory.limit");
  else if (swap < limit)
    return refuse("memory.swap", cat(swap, " is below memory.limit ", limit, ", but counts memory + swap"));
  else
    value = cat(swap - limit);
  // A kernel without swap has no such file: then there is no swap to use, and nothing to lift.
  bool vacuous = value == "max" || value == "0";
  out.write("memory.swap", "memory.swap.max", value, vacuous ? Write::Rule::if_present : Write::Rule::required);
  return {};
}

// memory.swap.max comes first: room in swap is there before memory.max pushes pages out, and when both go down swap
// does not take what memory is about to drop.
Result<> plan_memory(const Memory& memory, Planner& out) {
  TRY(plan_swap(memory, out));
  int64_t limit = memory.limit.value_or(0);
  if (limit != 0) out.write("memory.limit", "memory.max", number_or_max(limit));
  if (memory.check_before_update && limit > 0) out.plan.refuse_usage_above = static_cast<uint64_t>(limit);
  int64_t reservation = memory.reservation.value_or(0);
  // No reservation is no protection, which is 0 in memory.low ("max" would protect everything).
  if (reservation != 0) out.write("memory.reservation", "memory.low", cat(std::max<int64_t>(reservation, 0)));
  return {};
}

// Quota and period go in one write, because the kernel checks the pair.
Result<> plan_bandwidth(const Cpu& cpu, Planner& out) {
  int64_t quota = cpu.quota.value_or(0);
  uint64_t period = cpu.period.value_or(0);
  if (period != 0 && (period < kPeriodMin || period > kPeriodMax))
    return refuse("cpu.period", cat(period, " is not within ", kPeriodMin, " to ", kPeriodMax, " microseconds"));
  if (quota > 0 && quota < kQuotaMin) return refuse("cpu.quota", cat(quota, " is below ", kQuotaMin, " microseconds"));
  if (quota > 0 && cpu.burst && *cpu.burst > static_cast<uint64_t>(quota))
    return refuse("cpu.burst", cat(*cpu.burst, " is above cpu.quota ", quota));
  // The kernel refuses a quota below the burst that stands there, and a burst above the quota: clear, then set.
  if (quota != 0 && cpu.burst) out.write("cpu.burst", "cpu.max.burst", "0");
  if (quota != 0 && period != 0)
    out.write("cpu.quota", "cpu.max", cat(number_or_max(quota), " ", period));
  else if (quota != 0)
    out.write("cpu.quota", "cpu.max", number_or_max(quota));  // one number leaves the period as it is
  else if (period != 0)
    out.write("cpu.period", "cpu.max", cat(period), Write::Rule::keep_quota);
  if (cpu.burst && !(quota != 0 && *cpu.burst == 0)) out.write("cpu.burst", "cpu.max.burst", cat(*cpu.burst));
  return {};
}

Result<> plan_cpuset(std::string_view field, const std::string& list, const char* file, Planner& out) {
  std::string_view value = trimmed(list);
  if (value.empty()) return {};
  if (!parse_id_list(value)) return refuse(field, cat(quoted(list), " is not a list as '0-3,7'"));
  out.write(field, file, std::string(value));
  return {};
}

Result<> plan_cpu(const Cpu& cpu, Planner& out) {
  if (cpu.idle && *cpu.idle != 0 && *cpu.idle != 1) return refuse("cpu.idle", cat(*cpu.idle, " is neither 0 nor 1"));
  if (cpu.idle) out.write("cpu.idle", "cpu.idle", cat(*cpu.idle));
  // An idle group has a weight of its own, below all others, and the kernel refuses another (sched_group_set_shares).
  uint64_t weight = weight_of_shares_new(cpu.shares.value_or(0));
  if (weight != 0 && cpu.idle.value_or(0) != 1) out.write("cpu.shares", "cpu.weight", cat(weight));
  TRY(plan_bandwidth(cpu, out));
  TRY(plan_cpuset("cpu.cpus", cpu.cpus, "cpuset.cpus", out));
  return plan_cpuset("cpu.mems", cpu.mems, "cpuset.mems", out);
}

// 0 is valid and leaves room for nothing but init. Init itself is counted, and a clone into a cgroup with pids.max 0
// fails, so 1 says the same.
void plan_pids(int64_t limit, Planner& out) {
  out.write("pids.limit", "pids.max", limit == 0 ? "1" : number_or_max(limit));
}

// -1 stands for every number, as in the lists that callers wrote for runc.
Result<std::optional<int64_t>> device_number(size_t index, const char* name, std::optional<int64_t> number) {
  if (!number || *number == -1) return std::nullopt;
  if (*number < 0 || *number > UINT32_MAX)
    return refuse(cat("devices[", index, "].", name), cat(*number, " is not a device number"));
  return number;
}

Result<> plan_devices(std::vector<DeviceRule> rules, Planner& out) {
  if (rules.empty()) return {};
  for (size_t i = 0; i < rules.size(); ++i) {
    rules[i].major = TRY(device_number(i, "major", rules[i].major));
    rules[i].minor = TRY(device_number(i, "minor", rules[i].minor));
  }
  out.plan.device_program = compile_device_program(rules);
  return {};
}

// "memory.max" is a file of the memory controller; those of "cgroup.…" belong to none.
void note_controllers(Plan& plan) {
  for (const Write& write : plan.writes) {
    std::string name = write.file.substr(0, write.file.find('.'));
    auto same = [&](const NeededController& known) { return known.name == name; };
    if (name == "cgroup" || std::ranges::any_of(plan.controllers, same)) continue;
    plan.controllers.push_back({name, write.field});
  }
}

Result<> check_page_sizes(const std::vector<HugepageLimit>& limits) {
  for (size_t i = 0; i < limits.size(); ++i) {
    // "hugepages-2048kB" is the directory of the pages that the cgroup files call "2MB".
    const std::string& size = limits[i].page_size;
    uint64_t number = parse_number<uint64_t>(std::string_view(size).substr(0, size.size() - 2)).value_or(0);
    char unit = size[size.size() - 2];
    uint64_t kib = number << (unit == 'G' ? 20 : unit == 'M' ? 10 : 0);
    if (path_exists(cat("/sys/kernel/mm/hugepages/hugepages-", kib, "kB"))) continue;
    return refuse(cat("hugepageLimits[", i, "].pageSize"), cat("the kernel has no huge pages of ", quoted(size)));
  }
  return {};
}

}  // namespace

Result<Plan> plan(const Resources& resources) {
  Planner out;
  TRY(plan_memory(resources.memory, out));
  TRY(plan_cpu(resources.cpu, out));
  if (resources.pids_limit) plan_pids(*resources.pids_limit, out);
  TRY(plan_io(resources.io, out));
  TRY(plan_hugepages(resources.hugepages, out));
  TRY(plan_rdma(resources.rdma, out));
  TRY(plan_unified(resources.unified, out));
  note_controllers(out.plan);
  TRY(plan_devices(resources.devices, out));
  return std::move(out.plan);
}

Result<Plan> plan(const Hierarchy& hierarchy, const Resources& resources) {
  Plan made = TRY(plan(resources));
  TRY(check_controllers(hierarchy, made.controllers));
  TRY(check_page_sizes(resources.hugepages));
  return made;
}

}  // namespace cgroups
