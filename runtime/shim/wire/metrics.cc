#include "runtime/shim/wire/metrics.h"

#include <iterator>
#include <protozero/pbf_writer.hpp>

namespace shim::wire {
namespace {

using protozero::pbf_writer;

// MemoryStat 1 to 31: the names are those of memory.stat.
constexpr const char* kMemoryStat[] = {"anon",
                                       "file",
                                       "kernel_stack",
                                       "slab",
                                       "sock",
                                       "shmem",
                                       "file_mapped",
                                       "file_dirty",
                                       "file_writeback",
                                       "anon_thp",
                                       "inactive_anon",
                                       "active_anon",
                                       "inactive_file",
                                       "active_file",
                                       "unevictable",
                                       "slab_reclaimable",
                                       "slab_unreclaimable",
                                       "pgfault",
                                       "pgmajfault",
                                       "workingset_refault",
                                       "workingset_activate",
                                       "workingset_nodereclaim",
                                       "pgrefill",
                                       "pgscan",
                                       "pgsteal",
                                       "pgactivate",
                                       "pgdeactivate",
                                       "pglazyfree",
                                       "pglazyfreed",
                                       "thp_fault_alloc",
                                       "thp_collapse_alloc"};
static_assert(std::size(kMemoryStat) == 31);

void add(pbf_writer& to, uint32_t number, uint64_t value) {
  if (value != 0) to.add_uint64(number, value);
}
void add(pbf_writer& to, uint32_t number, double value) {
  if (value != 0) to.add_double(number, value);
}

// A message within one, filled by `fill`. It is there even when all of it is zero.
template <class Fill>
void nest(pbf_writer& to, uint32_t number, Fill fill) {
  std::string bytes;
  pbf_writer inner(bytes);
  fill(inner);
  to.add_message(number, bytes);
}

// Values by their numbers: 1, 2, …
void add_all(pbf_writer& to, std::initializer_list<uint64_t> values) {
  uint32_t number = 0;
  for (const uint64_t value : values) add(to, ++number, value);
}

void add_line(pbf_writer& to, uint32_t number, const cgroups::PressureLine& line) {
  nest(to, number, [&](pbf_writer& data) {
    add(data, 1, line.avg10);
    add(data, 2, line.avg60);
    add(data, 3, line.avg300);
    add(data, 4, line.total_usec);
  });
}

void add_pressure(pbf_writer& to, uint32_t number, const std::optional<cgroups::Pressure>& pressure) {
  if (!pressure) return;
  nest(to, number, [&](pbf_writer& psi) {
    add_line(psi, 1, pressure->some);
    add_line(psi, 2, pressure->full);
  });
}

void write_cpu(pbf_writer& cpu, const cgroups::Metrics& from) {
  add_all(cpu,
          {from.cpu_usage, from.cpu_user, from.cpu_system, from.periods, from.throttled_periods, from.throttled_usec});
  add_pressure(cpu, 7, from.cpu_pressure);
  add(cpu, 8, from.bursts);
  add(cpu, 9, from.burst_usec);
}

// Linux 5.9 split the counters workingset_* into those of memory without a file and with one; the message has the sum.
uint64_t stat_of(const cgroups::Metrics& from, const std::string& key) {
  uint64_t sum = 0;
  for (const char* part : {"", "_anon", "_file"}) {
    const auto found = from.memory_stat.find(key + part);
    if (found == from.memory_stat.end()) continue;
    sum += found->second;
    if (*part == '\0') break;
  }
  return sum;
}

void write_memory(pbf_writer& memory, const cgroups::Metrics& from) {
  uint32_t number = 0;
  for (const char* key : kMemoryStat) add(memory, ++number, stat_of(from, key));
  for (const uint64_t value :
       {from.memory_current, from.memory_max, from.swap_current, from.swap_max, from.memory_peak, from.swap_peak}) {
    add(memory, ++number, value);
  }
  add_pressure(memory, ++number, from.memory_pressure);
}

void add_rdma(pbf_writer& to, uint32_t number, const std::string& device, uint64_t handles, uint64_t objects) {
  // Both are 32 bits wide, in the kernel as well; no limit is the largest number.
  const auto narrow = [](uint64_t value) { return std::min<uint64_t>(value, UINT32_MAX); };
  nest(to, number, [&](pbf_writer& entry) {
    entry.add_string(1, device);
    add(entry, 2, narrow(handles));
    add(entry, 3, narrow(objects));
  });
}

void write_rdma(pbf_writer& rdma, const cgroups::Metrics& from) {
  for (const cgroups::RdmaUse& use : from.rdma) add_rdma(rdma, 1, use.device, use.handles, use.objects);
  for (const cgroups::RdmaUse& use : from.rdma) add_rdma(rdma, 2, use.device, use.max_handles, use.max_objects);
}

void write_io(pbf_writer& io, const cgroups::Metrics& from) {
  for (const cgroups::IoDevice& device : from.io) {
    nest(io, 1, [&](pbf_writer& entry) {
      add_all(entry, {device.major, device.minor, device.read_bytes, device.write_bytes, device.reads, device.writes});
    });
  }
  add_pressure(io, 2, from.io_pressure);
}

void write_hugepages(pbf_writer& entry, const cgroups::HugepageUse& use) {
  add(entry, 1, use.current);
  add(entry, 2, use.max);
  entry.add_string(3, use.page_size);
  add(entry, 4, use.failures);
}

}  // namespace

std::string encode_metrics(const cgroups::Metrics& metrics) {
  std::string bytes;
  pbf_writer to(bytes);
  nest(to, 1, [&](pbf_writer& pids) { add_all(pids, {metrics.pids_current, metrics.pids_max}); });
  nest(to, 2, [&](pbf_writer& cpu) { write_cpu(cpu, metrics); });
  nest(to, 4, [&](pbf_writer& memory) { write_memory(memory, metrics); });
  nest(to, 5, [&](pbf_writer& rdma) { write_rdma(rdma, metrics); });
  nest(to, 6, [&](pbf_writer& io) { write_io(io, metrics); });
  for (const cgroups::HugepageUse& use : metrics.hugepages) {
    nest(to, 7, [&](pbf_writer& entry) { write_hugepages(entry, use); });
  }
  const cgroups::MemoryEvents& seen = metrics.memory_events;
  nest(to, 8, [&](pbf_writer& events) {
    add_all(events, {seen.low, seen.high, seen.max, seen.oom, seen.oom_kill, seen.oom_group_kill});
  });
  return bytes;
}

}  // namespace shim::wire
