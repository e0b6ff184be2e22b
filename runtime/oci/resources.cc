// linux.resources of config.json, and of `update --resources` (config-linux.md, Control groups).
#include <algorithm>

#include "base/log.h"
#include "runtime/oci/parts.h"

namespace oci {
namespace {

// For what cgroup v2 has no file for. 0, -1, the same as an unsigned number (Docker) and false ask for nothing.
Result<> refuse_v1_setting(Reader in) {
  const auto truth = in.boolean();
  if (truth ? !*truth : in.integer(-1, 0) || in.natural(UINT64_MAX, UINT64_MAX)) return {};
  return in.fail("cgroup v2 has no such setting");
}

// Limits that the kernel itself has given up, on v1 too (5.16), and that the spec advises against: without them nothing
// is less limited, because memory.max counts the kernel's memory in.
Result<> pass_over_kernel_memory(Reader in) {
  const int64_t limit = TRY(in.integer(INT64_MIN, INT64_MAX));
  if (limit > 0) log_warning(cat(in.path(), ": is left out: the kernel knows no such limit any more"));
  return {};
}

// 0 is a swappiness, so it asks for something.
Result<> refuse_swappiness(Reader in) {
  if (in.integer(-1, -1) || in.natural(UINT64_MAX, UINT64_MAX)) return {};
  return in.fail("cgroup v2 has no such setting");
}

Result<> refuse_network_classes(Reader in) {
  if (in.field("classID").is_present()) TRY(refuse_v1_setting(in.field("classID")));
  if (!in.field("priorities").is_empty()) return in.field("priorities").fail("cgroup v2 has no such setting");
  return {};
}

template <class T>
Result<> read_limit(Reader in, std::optional<T>& out) {
  return read_between<-1, INT64_MAX>(in, out.emplace());
}

Result<> read_memory(Reader in, cgroups::Memory& out) {
  return read_object(
      in, {field<read_limit<int64_t>>("limit", out.limit), field<read_limit<int64_t>>("reservation", out.reservation),
           field<read_limit<int64_t>>("swap", out.swap), field("checkBeforeUpdate", out.check_before_update),
           checked<pass_over_kernel_memory>("kernel"), checked<pass_over_kernel_memory>("kernelTCP"),
           checked<refuse_swappiness>("swappiness"), checked<refuse_v1_setting>("disableOOMKiller"),
           ignored("useHierarchy")});  // v2 is always hierarchical
}

Result<> read_cpu(Reader in, cgroups::Cpu& out) {
  return read_object(
      in, {field("shares", out.shares), field<read_limit<int64_t>>("quota", out.quota), field("period", out.period),
           field("burst", out.burst), field("idle", out.idle), field("cpus", out.cpus), field("mems", out.mems),
           checked<refuse_v1_setting>("realtimeRuntime"), checked<refuse_v1_setting>("realtimePeriod")});
}

Result<> read_io(Reader in, cgroups::Io& out) {
  return read_object(in, {field("weight", out.weight), field("weightDevice", out.weight_device),
                          field("throttleReadBpsDevice", out.read_bps), field("throttleWriteBpsDevice", out.write_bps),
                          field("throttleReadIOPSDevice", out.read_iops),
                          field("throttleWriteIOPSDevice", out.write_iops), checked<refuse_v1_setting>("leafWeight")});
}

Result<> read_pids(Reader in, cgroups::Resources& out) {
  return read_object(in, {field<read_limit<int64_t>>("limit", out.pids_limit)});
}

Result<> read_rule_type(Reader in, char& out) {
  const std::string type = TRY(in.string());
  if (type.empty()) return {};
  if (type.size() > 1 || !std::string_view("acb").contains(type[0]))
    return in.fail(cat("unknown device type ", quoted(type)));
  out = type[0];
  return {};
}

// -1 is every number, as with runc.
Result<> read_device_number(Reader in, std::optional<int64_t>& out) {
  const int64_t number = TRY(in.integer(-1, UINT32_MAX));
  if (number >= 0) out = number;
  return {};
}

Result<> read_access(Reader in, cgroups::DeviceRule& out) {
  const std::string access = TRY(in.string());
  if (access.find_first_not_of("rwm") != std::string::npos)
    return in.fail(cat(quoted(access), " is not made of 'r', 'w' and 'm'"));
  const auto has = [&](char letter) { return access.find(letter) != std::string::npos; };
  out.read = has('r');
  out.write = has('w');
  out.make = has('m');
  return {};
}

Result<> read_page_size(Reader in, std::string& out) {
  TRY(read(in, out));
  const size_t digits = std::min(out.find_first_not_of("0123456789"), out.size());
  const std::string_view unit = std::string_view(out).substr(digits);
  if (digits == 0 || out[0] == '0' || (unit != "KB" && unit != "MB" && unit != "GB"))
    return in.fail(cat(quoted(out), " is not a size like '2MB'"));
  return {};
}

// The key becomes a file name in the cgroup.
Result<> read_unified(Reader in, std::map<std::string, std::string>& out) {
  TRY(read(in, out));
  for (const auto& [key, value] : in.members())
    if (key.empty() || key.find('/') != std::string_view::npos || key == "." || key == "..")
      return value.fail("not a file name");
  return {};
}

}  // namespace

Result<> read(Reader in, cgroups::DeviceRule& out) {
  TRY(read_object(in, {required("allow", out.allow), field<read_rule_type>("type", out.type),
                       field<read_device_number>("major", out.major), field<read_device_number>("minor", out.minor),
                       field<read_access>("access", out)}));
  // Without the field a denial is of everything; what an allowance would be of is for nobody to guess.
  if (out.allow && !in.field("access").is_present()) return in.field("access").fail("missing");
  return {};
}

Result<> read(Reader in, cgroups::HugepageLimit& out) {
  return read_object(in, {required<read_page_size>("pageSize", out.page_size), required("limit", out.limit)});
}

// Of weightDevice and of the throttles: one object with a number each.
Result<> read(Reader in, cgroups::IoDeviceValue& out) {
  TRY(read_object(in, {required<read_between<0, 0xfff, int64_t>>("major", out.major),
                       required<read_between<0, 0xfffff, int64_t>>("minor", out.minor), field("weight", out.value),
                       field("rate", out.value), checked<refuse_v1_setting>("leafWeight")}));
  if (!in.field("weight").is_present() && !in.field("rate").is_present()) return in.fail("neither a weight nor a rate");
  return {};
}

Result<> read(Reader in, cgroups::RdmaLimit& out) {
  TRY(read_object(in, {field("hcaHandles", out.handles), field("hcaObjects", out.objects)}));
  if (!out.handles && !out.objects) return in.fail("neither hcaHandles nor hcaObjects");
  return {};
}

Result<> read(Reader in, cgroups::Resources& out) {
  return read_object(
      in, {field("devices", out.devices), field<read_memory>("memory", out.memory), field<read_cpu>("cpu", out.cpu),
           field<read_pids>("pids", out), field<read_io>("blockIO", out.io), field("hugepageLimits", out.hugepages),
           field<read_unified>("unified", out.unified), checked<refuse_network_classes>("network"),
           field("rdma", out.rdma)});
}

Result<cgroups::Resources> read_resources(std::string_view text, const std::string& name) {
  const Document document = TRY(parse_document(name, text));
  cgroups::Resources resources;
  TRY(read(document.top(), resources));
  return resources;
}

}  // namespace oci
