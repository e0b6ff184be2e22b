// Everything that the kernel counts of a cgroup: what `events` prints, and what a shim answers to Stats.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cgroups/control.h"
#include "cgroups/hierarchy.h"

namespace cgroups {

constexpr uint64_t kNoLimit = UINT64_MAX;

// Time that was lost waiting (Documentation/accounting/psi.rst): of the last 10, 60 and 300 seconds in per cent.
struct PressureLine {
  double avg10 = 0, avg60 = 0, avg300 = 0;
  uint64_t total_usec = 0;
};
struct Pressure {
  PressureLine some, full;
};

struct IoDevice {
  uint64_t major = 0, minor = 0;
  uint64_t read_bytes = 0, write_bytes = 0, discard_bytes = 0, reads = 0, writes = 0, discards = 0;
};

struct HugepageUse {
  std::string page_size;  // "2MB"
  uint64_t current = 0, reserved = 0, max = kNoLimit, failures = 0;
};

struct RdmaUse {
  std::string device;
  uint64_t handles = 0, objects = 0, max_handles = kNoLimit, max_objects = kNoLimit;
};

// Zero, or empty, where the controller is not there. Bytes and microseconds.
struct Metrics {
  uint64_t cpu_usage = 0, cpu_user = 0, cpu_system = 0;
  uint64_t periods = 0, throttled_periods = 0, throttled_usec = 0, bursts = 0, burst_usec = 0;
  std::string cpus, mems;  // those in effect, as lists "0-3,7"

  uint64_t memory_current = 0, memory_max = 0, memory_peak = 0;
  uint64_t swap_current = 0, swap_max = 0, swap_peak = 0;
  std::map<std::string, uint64_t> memory_stat;
  MemoryEvents memory_events;

  uint64_t pids_current = 0, pids_max = 0;
  std::vector<IoDevice> io;
  std::vector<HugepageUse> hugepages;
  std::vector<RdmaUse> rdma;
  std::optional<Pressure> cpu_pressure, memory_pressure, io_pressure;  // empty: the kernel does not count it
};

// Reads all of it. ENOENT when the cgroup has gone.
Result<Metrics> read_metrics(const Hierarchy& hierarchy, const std::string& path);

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", and the same for "full".
Pressure parse_pressure(std::string_view text);

// Lines of io.stat: "8:0 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0".
std::vector<IoDevice> parse_io_stat(std::string_view text);

}  // namespace cgroups
