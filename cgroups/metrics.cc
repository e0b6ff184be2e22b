#include "cgroups/metrics.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>

#include "base/directory.h"
#include "base/file.h"
#include "base/text.h"
#include "cgroups/stat_file.h"

namespace cgroups {
namespace {

double percent_of(std::string_view line, std::string_view key) {
  size_t at = line.find(cat(key, "="));
  if (at == std::string_view::npos) return 0;
  std::string_view rest = line.substr(at + key.size() + 1);
  double value = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), value);
  return value;
}

PressureLine parse_pressure_line(std::string_view line) {
  return {percent_of(line, "avg10"), percent_of(line, "avg60"), percent_of(line, "avg300"), value_of(line, "total")};
}

// EOPNOTSUPP: the kernel was booted with psi=0.
std::optional<Pressure> read_pressure(int directory, const char* file) {
  auto text = read_file_at(directory, file);
  if (!text) return std::nullopt;
  return parse_pressure(*text);
}

// 0 where there is no such file, kNoLimit for "max".
Result<uint64_t> read_limit(int directory, const std::string& file) {
  std::string text = TRY(read_if_present(directory, file));
  if (text.empty()) return 0;
  return parse_number<uint64_t>(trimmed(text)).value_or(kNoLimit);
}

Result<uint64_t> read_count(int directory, const std::string& file) {
  return TRY(read_number(directory, file)).value_or(0);
}

Result<> read_cpu(int directory, Metrics& out) {
  auto stat = parse_keys(TRY(read_if_present(directory, "cpu.stat")));
  out.cpu_usage = stat["usage_usec"];
  out.cpu_user = stat["user_usec"];
  out.cpu_system = stat["system_usec"];
  out.periods = stat["nr_periods"];
  out.throttled_periods = stat["nr_throttled"];
  out.throttled_usec = stat["throttled_usec"];
  out.bursts = stat["nr_bursts"];
  out.burst_usec = stat["burst_usec"];
  out.cpus = trimmed(TRY(read_if_present(directory, "cpuset.cpus.effective")));
  out.mems = trimmed(TRY(read_if_present(directory, "cpuset.mems.effective")));
  return {};
}

Result<> read_memory(int directory, Metrics& out) {
  out.memory_current = TRY(read_count(directory, "memory.current"));
  out.memory_max = TRY(read_limit(directory, "memory.max"));
  out.memory_peak = TRY(read_count(directory, "memory.peak"));
  out.swap_current = TRY(read_count(directory, "memory.swap.current"));
  out.swap_max = TRY(read_limit(directory, "memory.swap.max"));
  out.swap_peak = TRY(read_count(directory, "memory.swap.peak"));
  out.memory_stat = parse_keys(TRY(read_if_present(directory, "memory.stat")));
  return {};
}

// The page sizes for which there is a "hugetlb.SIZE.current".
std::vector<std::string> page_sizes(int directory) {
  std::vector<std::string> sizes;
  const Directory dir = read_directory(Fd(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  while (const dirent* entry = dir ? readdir(dir.get()) : nullptr) {
    std::vector<std::string> parts = split(entry->d_name, '.');
    if (parts.size() == 3 && parts[0] == "hugetlb" && parts[2] == "current") sizes.push_back(parts[1]);
  }
  std::ranges::sort(sizes);
  return sizes;
}

Result<> read_hugepages(int directory, Metrics& out) {
  for (const std::string& size : page_sizes(directory)) {
    HugepageUse use{.page_size = size};
    std::string prefix = cat("hugetlb.", size, ".");
    use.current = TRY(read_count(directory, prefix + "current"));
    use.reserved = TRY(read_count(directory, prefix + "rsvd.current"));
    use.max = TRY(read_limit(directory, prefix + "max"));
    use.failures = parse_keys(TRY(read_if_present(directory, prefix + "events")))["max"];
    out.hugepages.push_back(std::move(use));
  }
  return {};
}

// "mlx5_0 hca_handle=2 hca_object=max", a line a device, in both files.
Result<> read_rdma(int directory, Metrics& out) {
  std::string limits = TRY(read_if_present(directory, "rdma.max"));
  std::string uses = TRY(read_if_present(directory, "rdma.current"));
  auto limit_of = [](std::string_view line, std::string_view key) {
    return line.find(cat(key, "=max")) == std::string_view::npos ? value_of(line, key) : kNoLimit;
  };
  for (const std::string& line : split(trimmed(uses), '\n')) {
    if (line.empty()) continue;
    RdmaUse use{.device = line.substr(0, line.find(' '))};
    use.handles = value_of(line, "hca_handle");
    use.objects = value_of(line, "hca_object");
    for (const std::string& limit : split(trimmed(limits), '\n')) {
      if (!limit.starts_with(cat(use.device, " "))) continue;
      use.max_handles = limit_of(limit, "hca_handle");
      use.max_objects = limit_of(limit, "hca_object");
    }
    out.rdma.push_back(std::move(use));
  }
  return {};
}

}  // namespace

Pressure parse_pressure(std::string_view text) {
  Pressure pressure;
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with("some ")) pressure.some = parse_pressure_line(line);
    if (line.starts_with("full ")) pressure.full = parse_pressure_line(line);
  }
  return pressure;
}

std::vector<IoDevice> parse_io_stat(std::string_view text) {
  std::vector<IoDevice> devices;
  for (const std::string& line : split(text, '\n')) {
    std::vector<std::string> number = split(line.substr(0, line.find(' ')), ':');
    auto major = parse_number<uint64_t>(number.front()), minor = parse_number<uint64_t>(number.back());
    // Of a device that has not been used there is only the number.
    if (number.size() != 2 || !major || !minor || line.find('=') == std::string::npos) continue;
    devices.push_back({*major, *minor, value_of(line, "rbytes"), value_of(line, "wbytes"), value_of(line, "dbytes"),
                       value_of(line, "rios"), value_of(line, "wios"), value_of(line, "dios")});
  }
  return devices;
}

Result<Metrics> read_metrics(const Hierarchy& hierarchy, const std::string& path) {
  Fd directory = TRY(open_directory(hierarchy, path));
  int at = directory.get();
  Metrics out;
  TRY(read_cpu(at, out));
  TRY(read_memory(at, out));
  out.memory_events = TRY(read_memory_events(hierarchy, path));
  out.pids_current = TRY(read_count(at, "pids.current"));
  out.pids_max = TRY(read_limit(at, "pids.max"));
  out.io = parse_io_stat(TRY(read_if_present(at, "io.stat")));
  TRY(read_hugepages(at, out));
  TRY(read_rdma(at, out));
  out.cpu_pressure = read_pressure(at, "cpu.pressure");
  out.memory_pressure = read_pressure(at, "memory.pressure");
  out.io_pressure = read_pressure(at, "io.pressure");
  return out;
}

}  // namespace cgroups
