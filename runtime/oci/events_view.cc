#include "runtime/oci/events_view.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/oci/json_writer.h"

namespace oci {
namespace {

constexpr uint64_t kNanoseconds = 1000;  // in a microsecond

void write_unless_zero(JsonWriter& json, std::string_view key, uint64_t value) {
  if (value != 0) json.member(key, value);
}

void write_pressure_line(JsonWriter& json, std::string_view key, const cgroups::PressureLine& line) {
  json.open_object(key);
  json.member("avg10", line.avg10);
  json.member("avg60", line.avg60);
  json.member("avg300", line.avg300);
  json.member("total", line.total_usec);
  json.close_object();
}

void write_pressure(JsonWriter& json, const std::optional<cgroups::Pressure>& pressure) {
  if (!pressure) return;
  json.open_object("psi");
  write_pressure_line(json, "some", pressure->some);
  write_pressure_line(json, "full", pressure->full);
  json.close_object();
}

void write_cpu(JsonWriter& json, const cgroups::Metrics& metrics) {
  json.open_object("cpu");
  json.open_object("usage");
  write_unless_zero(json, "total", metrics.cpu_usage * kNanoseconds);
  json.member("kernel", metrics.cpu_system * kNanoseconds);
  json.member("user", metrics.cpu_user * kNanoseconds);
  json.close_object();
  json.open_object("throttling");
  write_unless_zero(json, "periods", metrics.periods);
  write_unless_zero(json, "throttledPeriods", metrics.throttled_periods);
  write_unless_zero(json, "throttledTime", metrics.throttled_usec * kNanoseconds);
  json.close_object();
  write_pressure(json, metrics.cpu_pressure);
  json.close_object();
}

// "0-2,7" as [0,1,2,7].
void write_ids(JsonWriter& json, std::string_view key, const std::string& list) {
  if (list.empty()) return;
  json.open_array(key);
  for (const std::string& range : split(list, ',')) {
    const std::vector<std::string> ends = split(range, '-');
    const auto first = parse_number<uint16_t>(ends.front()), last = parse_number<uint16_t>(ends.back());
    if (!first || !last) continue;
    for (unsigned id = *first; id <= *last; id++) json.value(id);
  }
  json.close_array();
}

// The switches are cgroup v1's: on v2 none of them is on.
void write_cpuset(JsonWriter& json, const cgroups::Metrics& metrics) {
  json.open_object("cpuset");
  write_ids(json, "cpus", metrics.cpus);
  json.member("cpu_exclusive", 0);
  write_ids(json, "mems", metrics.mems);
  for (const char* key : {"mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page", "memory_spread_slab",
                          "memory_pressure", "sched_load_balance", "sched_relax_domain_level"})
    json.member(key, 0);
  json.close_object();
}

struct MemoryUse {
  uint64_t limit = 0, usage = 0, max = 0, failures = 0;
};

void write_memory_use(JsonWriter& json, std::string_view key, const MemoryUse& use) {
  json.open_object(key);
  json.member("limit", use.limit);
  write_unless_zero(json, "usage", use.usage);
  write_unless_zero(json, "max", use.max);
  json.member("failcnt", use.failures);
  json.close_object();
}

// As cgroup v1 had it, "swap" is memory and swap together.
MemoryUse memory_and_swap(const cgroups::Metrics& metrics) {
  const bool is_limited = metrics.swap_max != cgroups::kNoLimit && metrics.memory_max != cgroups::kNoLimit;
  return {is_limited ? metrics.memory_max + metrics.swap_max : cgroups::kNoLimit,
          metrics.memory_current + metrics.swap_current};
}

void write_memory(JsonWriter& json, const cgroups::Metrics& metrics) {
  json.open_object("memory");
  const auto cache = metrics.memory_stat.find("file");
  if (cache != metrics.memory_stat.end()) write_unless_zero(json, "cache", cache->second);
  write_memory_use(json, "usage",
                   {metrics.memory_max, metrics.memory_current, metrics.memory_peak, metrics.memory_events.max});
  write_memory_use(json, "swap", memory_and_swap(metrics));
  write_memory_use(json, "kernel", {});
  write_memory_use(json, "kernelTCP", {});
  if (!metrics.memory_stat.empty()) {
    json.open_object("raw");
    for (const auto& [key, value] : metrics.memory_stat) json.member(key, value);
    json.close_object();
  }
  write_pressure(json, metrics.memory_pressure);
  json.close_object();
}

using Count = uint64_t cgroups::IoDevice::*;

void write_io_counts(JsonWriter& json, std::string_view key, const std::vector<cgroups::IoDevice>& devices,
                     const std::vector<std::pair<const char*, Count>>& counts) {
  if (devices.empty()) return;
  json.open_array(key);
  for (const cgroups::IoDevice& device : devices)
    for (const auto& [operation, count] : counts) {
      json.open_object();
      write_unless_zero(json, "major", device.major);
      write_unless_zero(json, "minor", device.minor);
      json.member("op", operation);
      write_unless_zero(json, "value", device.*count);
      json.close_object();
    }
  json.close_array();
}

void write_io(JsonWriter& json, const cgroups::Metrics& metrics) {
  using Device = cgroups::IoDevice;
  json.open_object("blkio");
  write_io_counts(json, "ioServiceBytesRecursive", metrics.io,
                  {{"Read", &Device::read_bytes}, {"Write", &Device::write_bytes}});
  write_io_counts(json, "ioServicedRecursive", metrics.io, {{"Read", &Device::reads}, {"Write", &Device::writes}});
  write_pressure(json, metrics.io_pressure);
  json.close_object();
}

// Reservations are what is limited, where the kernel counts them.
void write_hugepages(JsonWriter& json, const std::vector<cgroups::HugepageUse>& sizes) {
  json.open_object("hugetlb");
  for (const cgroups::HugepageUse& use : sizes) {
    json.open_object(use.page_size);
    write_unless_zero(json, "usage", std::max(use.current, use.reserved));
    json.member("failcnt", use.failures);
    json.close_object();
  }
  json.close_object();
}

}  // namespace

std::string stats_event(const std::string& id, const cgroups::Metrics& metrics) {
  JsonWriter json;
  json.open_object();
  json.member("type", "stats");
  json.member("id", id);
  json.open_object("data");
  write_cpu(json, metrics);
  write_cpuset(json, metrics);
  write_memory(json, metrics);
  json.open_object("pids");
  write_unless_zero(json, "current", metrics.pids_current);
  if (metrics.pids_max != cgroups::kNoLimit) write_unless_zero(json, "limit", metrics.pids_max);
  json.close_object();
  write_io(json, metrics);
  write_hugepages(json, metrics.hugepages);
  json.open_object("intel_rdt");
  json.close_object();
  // Interfaces that the runtime itself has set up: there are none.
  json.open_array("network_interfaces");
  json.close_array();
  json.close_object();
  json.close_object();
  return json.text() + "\n";
}

std::string oom_event(const std::string& id) {
  JsonWriter json;
  json.open_object();
  json.member("type", "oom");
  json.member("id", id);
  json.close_object();
  return json.text() + "\n";
}

}  // namespace oci
