// Reads numbers out of a cgroup's files.
#include "base/file.h"
#include "base/text.h"
#include "cgroups/control.h"
#include "cgroups/events.h"
#include "cgroups/stat_file.h"

namespace cgroups {

Result<MemoryEvents> read_memory_events(const Hierarchy& hierarchy, const std::string& path) {
  Fd directory = TRY(open_directory(hierarchy, path));
  std::string text = TRY(read_if_present(directory.get(), "memory.events"));
  return MemoryEvents{read_key(text, "low"), read_key(text, "high"),     read_key(text, "max"),
                      read_key(text, "oom"), read_key(text, "oom_kill"), read_key(text, "oom_group_kill")};
}

Result<Stat> read_stat(const Hierarchy& hierarchy, const std::string& path) {
  Fd directory = TRY(open_directory(hierarchy, path));
  Stat stat;
  stat.cpu_usage_usec = read_key(TRY(read_if_present(directory.get(), "cpu.stat")), "usage_usec");
  stat.memory_current = TRY(read_number(directory.get(), "memory.current"));
  stat.memory_peak = TRY(read_number(directory.get(), "memory.peak"));
  stat.pids_current = TRY(read_number(directory.get(), "pids.current"));
  return stat;
}

Result<Limits> read_limits(const Hierarchy& hierarchy, const std::string& path) {
  Fd directory = TRY(open_directory(hierarchy, path));
  Limits limits;
  limits.memory_max = TRY(read_number(directory.get(), "memory.max"));
  limits.memory_swap_max = TRY(read_number(directory.get(), "memory.swap.max"));
  limits.memory_low = TRY(read_number(directory.get(), "memory.low"));
  limits.pids_max = TRY(read_number(directory.get(), "pids.max"));
  limits.cpu_weight = TRY(read_number(directory.get(), "cpu.weight"));
  std::vector<std::string> bandwidth = split(trimmed(TRY(read_if_present(directory.get(), "cpu.max"))), ' ');
  if (bandwidth.size() == 2) {
    limits.cpu_quota = parse_number<uint64_t>(bandwidth[0]);
    limits.cpu_period = parse_number<uint64_t>(bandwidth[1]).value_or(limits.cpu_period);
  }
  return limits;
}

Result<std::string> read_value(const Hierarchy& hierarchy, const std::string& path, const std::string& file) {
  Fd directory = TRY(open_directory(hierarchy, path));
  std::string text = TRY_IN(cat("cgroup ", quoted(path)), read_file_at(directory.get(), file));
  return std::string(trimmed(text));
}

}  // namespace cgroups
