// What a container or a pod may use, in the terms of the OCI runtime-spec, before it is turned into cgroup v2 files.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cgroups {

// One rule of the device list (config-linux.md, "Allowed Device list"): the last rule that matches wins.
struct DeviceRule {
  bool allow = false;
  char type = 'a';               // 'a' all, 'c' character, 'b' block
  std::optional<int64_t> major;  // empty: every major
  std::optional<int64_t> minor;  // empty: every minor
  bool read = true, write = true, make = true;
};

struct Memory {
  std::optional<int64_t> limit;        // bytes, -1: no limit        -> memory.max
  std::optional<int64_t> reservation;  // bytes, -1: none            -> memory.low
  std::optional<int64_t> swap;         // bytes of memory + swap, -1 -> memory.swap.max
  bool check_before_update = false;    // refuse a limit below the usage
};

struct Cpu {
  std::optional<uint64_t> shares;  // v1 shares                      -> cpu.weight
  std::optional<int64_t> quota;    // microseconds a period, -1      -> cpu.max
  std::optional<uint64_t> period;  // microseconds                   -> cpu.max
  std::optional<uint64_t> burst;   // microseconds                   -> cpu.max.burst
  std::optional<int64_t> idle;     // 0 or 1                         -> cpu.idle
  std::string cpus, mems;          // lists as "0-3,7"               -> cpuset.cpus, cpuset.mems
};

struct IoDeviceValue {
  int64_t major = 0, minor = 0;
  uint64_t value = 0;
};

struct Io {
  std::optional<uint16_t> weight;            // 10 to 1000          -> io.weight / io.bfq.weight
  std::vector<IoDeviceValue> weight_device;  //                     -> io.weight / io.bfq.weight, a line a device
  std::vector<IoDeviceValue> read_bps, write_bps, read_iops, write_iops;  // -> io.max
};

struct HugepageLimit {
  std::string page_size;  // "2MB", "1GB": as in the file name hugetlb.2MB.max
  uint64_t limit = 0;     // bytes
};

// At least one of the two; the other stays as it is.
struct RdmaLimit {
  std::optional<uint32_t> handles, objects;
};

struct Resources {
  Memory memory;
  Cpu cpu;
  Io io;
  std::optional<int64_t> pids_limit;  // 0 is valid (spec 1.3), negative: no limit  -> pids.max
  std::vector<HugepageLimit> hugepages;
  std::map<std::string, RdmaLimit> rdma;       // by the name of the device, "mlx5_1" -> rdma.max, a line a device
  std::vector<DeviceRule> devices;             // empty: no device program
  std::map<std::string, std::string> unified;  // file name -> value, written as they are, last
};

}  // namespace cgroups
