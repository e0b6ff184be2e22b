// The files with a line a device or a page size, and those that the caller names.
#include <algorithm>
#include <map>

#include "cgroups/planner.h"

namespace cgroups {
namespace {

constexpr uint64_t kWeightMin = 10, kWeightMax = 1000;  // blkio.weight of v1, in which the spec counts

uint64_t io_weight(uint64_t weight) {
  return 1 + (weight - kWeightMin) * 9999 / (kWeightMax - kWeightMin);
}

// With the BFQ scheduler the file is io.bfq.weight and counts as v1 did; otherwise it is io.weight, 1 to 10000.
// `device` is "8:0 " or empty for the default.
Result<> plan_weight(const std::string& field, const std::string& device, uint64_t weight, Planner& out) {
  if (weight == 0) return {};
  if (weight < kWeightMin || weight > kWeightMax)
    return refuse(field, cat(weight, " is not within ", kWeightMin, " to ", kWeightMax));
  out.write(field, "io.bfq.weight", cat(device, weight), Write::Rule::or_next);
  out.write(field, "io.weight", cat(device, io_weight(weight)));
  return {};
}

Result<std::string> device_number(const std::string& field, const IoDeviceValue& device) {
  if (device.major < 0 || device.minor < 0)
    return refuse(field, cat("invalid device number ", device.major, ":", device.minor));
  return cat(device.major, ":", device.minor);
}

// One line of io.max may hold all limits of a device: one write a device.
struct ThrottleLines {
  struct Line {
    std::string device, field, limits;
  };
  std::vector<Line> lines;

  Result<> add(std::string_view name, std::string_view key, const std::vector<IoDeviceValue>& values) {
    for (size_t i = 0; i < values.size(); ++i) {
      std::string field = cat("blockIO.", name, "[", i, "]");
      std::string device = TRY(device_number(field, values[i]));
      auto line = std::ranges::find(lines, device, &Line::device);
      if (line == lines.end()) line = lines.insert(line, {device, field, ""});
      // 0 took a limit away in v1; io.max refuses it and says "max".
      line->limits += cat(" ", key, "=", values[i].value == 0 ? "max" : cat(values[i].value));
    }
    return {};
  }
};

bool is_page_size(std::string_view size) {
  if (size.size() < 3 || size.front() == '0' || !size.ends_with('B')) return false;
  char unit = size[size.size() - 2];
  return (unit == 'K' || unit == 'M' || unit == 'G') && parse_number<uint32_t>(size.substr(0, size.size() - 2));
}

}  // namespace

Result<> plan_io(const Io& io, Planner& out) {
  if (io.weight) TRY(plan_weight("blockIO.weight", "", *io.weight, out));
  for (size_t i = 0; i < io.weight_device.size(); ++i) {
    std::string field = cat("blockIO.weightDevice[", i, "]");
    std::string device = TRY(device_number(field, io.weight_device[i]));
    TRY(plan_weight(field, cat(device, " "), io.weight_device[i].value, out));
  }
  ThrottleLines throttle;
  TRY(throttle.add("throttleReadBpsDevice", "rbps", io.read_bps));
  TRY(throttle.add("throttleWriteBpsDevice", "wbps", io.write_bps));
  TRY(throttle.add("throttleReadIOPSDevice", "riops", io.read_iops));
  TRY(throttle.add("throttleWriteIOPSDevice", "wiops", io.write_iops));
  for (const auto& line : throttle.lines) out.write(line.field, "io.max", line.device + line.limits);
  return {};
}

// The limit holds for pages in use and, where the kernel counts them (5.7), for reserved ones: otherwise a process gets
// its reservation and is killed by SIGBUS when it touches the page (config-linux.md, "Huge page limits").
Result<> plan_hugepages(const std::vector<HugepageLimit>& limits, Planner& out) {
  for (size_t i = 0; i < limits.size(); ++i) {
    std::string field = cat("hugepageLimits[", i, "]");
    const std::string& size = limits[i].page_size;
    if (!is_page_size(size)) return refuse(cat(field, ".pageSize"), cat(quoted(size), " is not a size as '2MB'"));
    out.write(field, cat("hugetlb.", size, ".max"), cat(limits[i].limit));
    out.write(field, cat("hugetlb.", size, ".rsvd.max"), cat(limits[i].limit), Write::Rule::if_present);
  }
  return {};
}

// One line a device; a half that is not named keeps its limit (kernel/cgroup/rdma.c, rdmacg_resource_set_max).
Result<> plan_rdma(const std::map<std::string, RdmaLimit>& limits, Planner& out) {
  for (const auto& [device, limit] : limits) {
    std::string field = cat("rdma[", quoted(device), "]");
    if (device.empty() || device.find_first_of(" \t\n") != std::string::npos)
      return refuse(field, "not the name of a device");
    if (!limit.handles && !limit.objects) return refuse(field, "neither hcaHandles nor hcaObjects");
    std::string line = device;
    if (limit.handles) line += cat(" hca_handle=", *limit.handles);
    if (limit.objects) line += cat(" hca_object=", *limit.objects);
    out.write(field, "rdma.max", line);
  }
  return {};
}

// Unknown files are written too (config-linux.md, "Unified"): only names that are no file of a cgroup are refused. A
// value of several lines is several writes, because the kernel takes one device a write.
Result<> plan_unified(const std::map<std::string, std::string>& unified, Planner& out) {
  for (const auto& [file, value] : unified) {
    std::string field = cat("unified[", quoted(file), "]");
    size_t dot = file.find('.');
    if (file.find('/') != std::string::npos || file.find('\0') != std::string::npos || dot == std::string::npos ||
        dot == 0)
      return refuse(field, "not the name of a cgroup file as 'memory.high'");
    for (const std::string& line : split(trimmed(value), '\n')) out.write(field, file, line);
  }
  return {};
}

}  // namespace cgroups
