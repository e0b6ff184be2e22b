// The linux object of config.json but for its resources (config-linux.md).
#include <net/if.h>
#include <sched.h>

#include <algorithm>

#include "runtime/oci/parts.h"

namespace oci {
namespace {

struct NamedNamespace {
  std::string_view name;
  int type;
};
constexpr NamedNamespace kNamespaces[] = {
    {"pid", CLONE_NEWPID}, {"network", CLONE_NEWNET}, {"mount", CLONE_NEWNS},      {"ipc", CLONE_NEWIPC},
    {"uts", CLONE_NEWUTS}, {"user", CLONE_NEWUSER},   {"cgroup", CLONE_NEWCGROUP}, {"time", CLONE_NEWTIME}};

Result<> read_namespace_type(Reader in, int& out) {
  const std::string name = TRY(in.string());
  const auto* known = std::ranges::find(kNamespaces, name, &NamedNamespace::name);
  if (known == std::end(kNamespaces)) return in.fail(cat("unknown namespace ", quoted(name)));
  out = known->type;
  return {};
}

Result<> read_namespaces(Reader in, std::vector<sandbox::Namespace>& out) {
  TRY(read(in, out));
  return refuse_repeats(in, "type", out, &sandbox::Namespace::type);
}

// "u" is the spec's second word for a character device without a buffer.
Result<> read_device_type(Reader in, char& out) {
  const std::string type = TRY(in.string());
  if (type.size() != 1 || !std::string_view("cbup").contains(type[0]))
    return in.fail(cat("unknown device type ", quoted(type)));
  out = type[0];
  return {};
}

// Go programs write the file type along with the permissions (0o20666); mknod gets the type from `type`.
Result<> read_file_mode(Reader in, uint32_t& out) {
  TRY(read(in, out));
  out &= 07777;
  return {};
}

Result<> read_devices(Reader in, std::vector<sandbox::Device>& out) {
  TRY(read(in, out));
  return refuse_repeats(in, "path", out, &sandbox::Device::path);
}

Result<> read_paths(Reader in, std::vector<std::string>& out) {
  TRY(in.expect_array());
  for (const Reader item : in.items()) TRY(read_absolute_path(item, out.emplace_back()));
  return {};
}

Result<> read_sysctl(Reader in, std::vector<sandbox::Sysctl>& out) {
  TRY(in.expect_object());
  for (const auto& [key, value] : in.members()) out.push_back({std::string(key), TRY(value.string())});
  return {};
}

// As the kernel takes it (dev_valid_name); with `template_allowed` it may have one "%d", for a number that is free.
bool is_device_name(std::string_view name, bool template_allowed) {
  const size_t percent = name.find('%');
  const bool is_template = percent != std::string_view::npos;
  if (is_template && (!template_allowed || name.substr(percent, 2) != "%d" || name.rfind('%') != percent)) return false;
  const auto is_bad = [](char c) { return c == '/' || c == ':' || static_cast<unsigned char>(c) <= ' '; };
  return !name.empty() && name.size() < IFNAMSIZ && name != "." && name != ".." && std::ranges::none_of(name, is_bad);
}

Result<> read_net_devices(Reader in, std::vector<sandbox::NetDevice>& out) {
  TRY(in.expect_object());
  std::set<std::string> names;
  for (const auto& [key, value] : in.members()) {
    sandbox::NetDevice device{std::string(key), std::string(key)};
    if (!is_device_name(device.host_name, false)) return value.fail("not the name of a network device");
    TRY(read_object(value, {field("name", device.name)}));
    if (device.name.empty()) device.name = device.host_name;
    const Reader name = value.field("name");
    if (!is_device_name(device.name, true))
      return name.fail(cat(quoted(device.name), " is not the name of a network device"));
    const bool is_template = device.name.find('%') != std::string::npos;
    if (!is_template && !names.insert(device.name).second)
      return name.fail(cat(quoted(device.name), " is given twice"));
    out.push_back(std::move(device));
  }
  return {};
}

// One line a schema: a second one would be written unseen (config-linux.md, IntelRdt).
template <bool many_lines>
Result<> read_schema(Reader in, std::string& out) {
  TRY(read(in, out));
  if (!many_lines && out.find('\n') != std::string::npos) return in.fail("must be one line");
  return {};
}

Result<> read_schemata(Reader in, std::vector<std::string>& out) {
  if (!in.is_string()) {
    TRY(in.expect_array());
    for (const Reader item : in.items()) TRY(read_schema<false>(item, out.emplace_back()));
    return {};
  }
  // As the drafts of the specification had it.
  for (const std::string& line : split(TRY(in.string()), '\n'))
    if (!line.empty()) out.push_back(line);
  return {};
}

Result<> read_bandwidth(Reader in, std::string& out) {
  TRY(read_schema<false>(in, out));
  if (!out.empty() && !out.starts_with("MB:")) return in.fail(cat(quoted(out), " does not begin with 'MB:'"));
  return {};
}

Result<> read_propagation(Reader in, std::string& out) {
  TRY(read(in, out));
  constexpr std::string_view kKnown[] = {"",        "shared", "slave",    "private",    "unbindable",
                                         "rshared", "rslave", "rprivate", "runbindable"};
  if (std::ranges::find(kKnown, out) == std::end(kKnown)) return in.fail(cat("unknown propagation ", quoted(out)));
  return {};
}

}  // namespace

std::string_view name_of_namespace(int type) {
  const auto* known = std::ranges::find(kNamespaces, type, &NamedNamespace::type);
  return known == std::end(kNamespaces) ? std::string_view("unknown") : known->name;
}

std::vector<std::string> namespace_names() {
  return names_of(kNamespaces);
}

Result<> read(Reader in, sandbox::Namespace& out) {
  TRY(read_object(in, {required<read_namespace_type>("type", out.type), field("path", out.path)}));
  if (!out.path.empty() && out.path[0] != '/') return in.field("path").fail(cat(quoted(out.path), " is not absolute"));
  return {};
}

Result<> read(Reader in, cgroups::Rdt& out) {
  bool cache = false, bandwidth = false;  // enableCMT and enableMBM, which enableMonitoring took the place of
  TRY(read_object(
      in, {field("closID", out.clos_id), field<read_schema<true>>("l3CacheSchema", out.l3_cache_schema),
           field<read_bandwidth>("memBwSchema", out.mem_bw_schema), field<read_schemata>("schemata", out.schemata),
           field("enableMonitoring", out.monitoring), field("enableCMT", cache), field("enableMBM", bandwidth)}));
  out.monitoring = out.monitoring || cache || bandwidth;
  return {};
}

Result<> read(Reader in, sandbox::ClockOffset& out) {
  return read_object(
      in, {field("secs", out.secs), field<read_between<0, 999'999'999, uint32_t>>("nanosecs", out.nanosecs)});
}

Result<> read(Reader in, sandbox::ClockOffsets& out) {
  TRY(in.expect_object());
  for (const auto& [clock, offset] : in.members())
    if (clock != "monotonic" && clock != "boottime") return offset.fail("no such clock can be set");
  return read_object(in, {field("monotonic", out.monotonic), field("boottime", out.boottime)});
}

Result<> read(Reader in, sandbox::IdMapping& out) {
  TRY(read_object(
      in, {required("containerID", out.container_id), required("hostID", out.host_id), required("size", out.size)}));
  constexpr uint64_t kIds = uint64_t{1} << 32;
  if (out.size == 0) return in.field("size").fail("must not be 0");
  if (uint64_t{out.container_id} + out.size > kIds || uint64_t{out.host_id} + out.size > kIds)
    return in.field("size").fail("reaches beyond the largest id");
  return {};
}

Result<> read(Reader in, sandbox::Device& out) {
  TRY(read_object(
      in, {required<read_absolute_path>("path", out.path), required<read_device_type>("type", out.type),
           field<read_between<0, 0xfff, int64_t>>("major", out.major),    // a dev_t has 12 bits for it
           field<read_between<0, 0xfffff, int64_t>>("minor", out.minor),  // and 20 for this
           field<read_file_mode>("fileMode", out.mode), field<read_between<0, kLargestId, uint32_t>>("uid", out.uid),
           field<read_between<0, kLargestId, uint32_t>>("gid", out.gid)}));
  if (out.type != 'p')
    for (const char* number : {"major", "minor"})
      if (!in.field(number).is_present()) return in.field(number).fail("missing");
  return {};
}

Result<> read(Reader in, security::SeccompArg& out) {
  return read_object(in, {required("index", out.index), required("value", out.value), field("valueTwo", out.value_two),
                          required("op", out.op)});
}

Result<> read(Reader in, security::SeccompRule& out) {
  return read_object(in, {required("names", out.names), required("action", out.action),
                          field("errnoRet", out.errno_ret), field("args", out.args)});
}

Result<> read(Reader in, security::SeccompProfile& out) {
  return read_object(in, {required("defaultAction", out.default_action),
                          field("defaultErrnoRet", out.default_errno_ret), field("architectures", out.architectures),
                          field("flags", out.flags), field("listenerPath", out.listener_path),
                          field("listenerMetadata", out.listener_metadata), field("syscalls", out.rules)});
}

Result<> read_linux(Reader in, Spec& out) {
  return read_object(
      in, {field<read_namespaces>("namespaces", out.namespaces), field("uidMappings", out.uid_mappings),
           field("gidMappings", out.gid_mappings), field<read_devices>("devices", out.devices),
           field("cgroupsPath", out.cgroups_path), field("resources", out.resources),
           field<read_sysctl>("sysctl", out.sysctl), field("seccomp", out.seccomp),
           field<read_propagation>("rootfsPropagation", out.rootfs_propagation),
           field<read_paths>("maskedPaths", out.masked_paths), field<read_paths>("readonlyPaths", out.readonly_paths),
           field("mountLabel", out.mount_label), field("timeOffsets", out.time_offsets),
           field<read_net_devices>("netDevices", out.net_devices), field("intelRdt", out.rdt),
           field("memoryPolicy", out.memory_policy), field<read_personality>("personality", out.personality)});
}

}  // namespace oci
