#include "runtime/oci/spec_json.h"

#include "runtime/oci/json_writer.h"
#include "runtime/oci/parts.h"
#include "security/capabilities.h"

namespace oci {
namespace {

void write_text(JsonWriter& json, const char* key, const std::string& value) {
  if (!value.empty()) json.member(key, value);
}

void write_texts(JsonWriter& json, const char* key, const std::vector<std::string>& values) {
  if (!values.empty()) json.member(key, values);
}

template <class T>
void write_given(JsonWriter& json, const char* key, const std::optional<T>& value) {
  if (value) json.member(key, *value);
}

// A list of objects, each written by `write_item` between its braces.
template <class Items, class WriteItem>
void write_objects(JsonWriter& json, const char* key, const Items& items, WriteItem write_item) {
  if (items.empty()) return;
  json.open_array(key);
  for (const auto& item : items) {
    json.open_object();
    write_item(item);
    json.close_object();
  }
  json.close_array();
}

void write_user(JsonWriter& json, const security::User& user) {
  json.open_object("user");
  json.member("uid", user.uid);
  json.member("gid", user.gid);
  write_given(json, "umask", user.umask);
  if (!user.additional_gids.empty()) {
    json.open_array("additionalGids");
    for (const uint32_t gid : user.additional_gids) json.value(gid);
    json.close_array();
  }
  json.close_object();
}

void write_capabilities(JsonWriter& json, const security::Capabilities& sets) {
  json.open_object("capabilities");
  json.member("bounding", security::describe(sets.bounding));
  json.member("effective", security::describe(sets.effective));
  json.member("inheritable", security::describe(sets.inheritable));
  json.member("permitted", security::describe(sets.permitted));
  json.member("ambient", security::describe(sets.ambient));
  json.close_object();
}

void write_process(JsonWriter& json, const sandbox::Process& process) {
  json.open_object("process");
  if (process.terminal) json.member("terminal", true);
  if (process.console_height != 0 || process.console_width != 0) {
    json.open_object("consoleSize");
    json.member("height", process.console_height);
    json.member("width", process.console_width);
    json.close_object();
  }
  write_user(json, process.user);
  json.member("args", process.args);
  write_texts(json, "env", process.env);
  json.member("cwd", process.cwd);
  if (process.capabilities) write_capabilities(json, *process.capabilities);
  write_objects(json, "rlimits", process.rlimits, [&](const sandbox::Rlimit& limit) {
    json.member("type", name_of_rlimit(limit.resource));
    json.member("soft", limit.soft);
    json.member("hard", limit.hard);
  });
  if (process.no_new_privileges) json.member("noNewPrivileges", true);
  write_text(json, "apparmorProfile", process.apparmor_profile);
  write_text(json, "selinuxLabel", process.selinux_label);
  write_given(json, "oomScoreAdj", process.oom_score_adj);
  write_scheduling(json, process);
  json.close_object();
}

void write_all_hooks(JsonWriter& json, const Hooks& hooks) {
  json.open_object("hooks");
  write_hooks(json, "prestart", hooks.prestart);
  write_hooks(json, "createRuntime", hooks.create_runtime);
  write_hooks(json, "createContainer", hooks.create_container);
  write_hooks(json, "startContainer", hooks.start_container);
  write_hooks(json, "poststart", hooks.poststart);
  write_hooks(json, "poststop", hooks.poststop);
  json.close_object();
}

void write_clock_offsets(JsonWriter& json, const sandbox::ClockOffsets& offsets) {
  if (!offsets.monotonic && !offsets.boottime) return;
  const auto write_one = [&](const char* clock, const std::optional<sandbox::ClockOffset>& offset) {
    if (!offset) return;
    json.open_object(clock);
    json.member("secs", offset->secs);
    json.member("nanosecs", offset->nanosecs);
    json.close_object();
  };
  json.open_object("timeOffsets");
  write_one("monotonic", offsets.monotonic);
  write_one("boottime", offsets.boottime);
  json.close_object();
}

void write_mappings(JsonWriter& json, const char* key, const std::vector<sandbox::IdMapping>& mappings) {
  write_objects(json, key, mappings, [&](const sandbox::IdMapping& mapping) {
    json.member("containerID", mapping.container_id);
    json.member("hostID", mapping.host_id);
    json.member("size", mapping.size);
  });
}

void write_device_rules(JsonWriter& json, const std::vector<cgroups::DeviceRule>& rules) {
  write_objects(json, "devices", rules, [&](const cgroups::DeviceRule& rule) {
    json.member("allow", rule.allow);
    json.member("type", std::string(1, rule.type));
    write_given(json, "major", rule.major);
    write_given(json, "minor", rule.minor);
    json.member("access", cat(rule.read ? "r" : "", rule.write ? "w" : "", rule.make ? "m" : ""));
  });
}

void write_io_values(JsonWriter& json, const char* key, const char* value_key,
                     const std::vector<cgroups::IoDeviceValue>& values) {
  write_objects(json, key, values, [&](const cgroups::IoDeviceValue& entry) {
    json.member("major", entry.major);
    json.member("minor", entry.minor);
    json.member(value_key, entry.value);
  });
}

void write_cpu(JsonWriter& json, const cgroups::Cpu& cpu) {
  json.open_object("cpu");
  write_given(json, "shares", cpu.shares);
  write_given(json, "quota", cpu.quota);
  write_given(json, "period", cpu.period);
  write_given(json, "burst", cpu.burst);
  write_given(json, "idle", cpu.idle);
  write_text(json, "cpus", cpu.cpus);
  write_text(json, "mems", cpu.mems);
  json.close_object();
}

void write_rdma(JsonWriter& json, const std::map<std::string, cgroups::RdmaLimit>& limits) {
  if (limits.empty()) return;
  json.open_object("rdma");
  for (const auto& [device, limit] : limits) {
    json.open_object(device);
    write_given(json, "hcaHandles", limit.handles);
    write_given(json, "hcaObjects", limit.objects);
    json.close_object();
  }
  json.close_object();
}

void write_resources(JsonWriter& json, const cgroups::Resources& resources) {
  json.open_object("resources");
  write_device_rules(json, resources.devices);
  json.open_object("memory");
  write_given(json, "limit", resources.memory.limit);
  write_given(json, "reservation", resources.memory.reservation);
  write_given(json, "swap", resources.memory.swap);
  if (resources.memory.check_before_update) json.member("checkBeforeUpdate", true);
  json.close_object();
  write_cpu(json, resources.cpu);
  json.open_object("pids");
  write_given(json, "limit", resources.pids_limit);
  json.close_object();
  json.open_object("blockIO");
  write_given(json, "weight", resources.io.weight);
  write_io_values(json, "weightDevice", "weight", resources.io.weight_device);
  write_io_values(json, "throttleReadBpsDevice", "rate", resources.io.read_bps);
  write_io_values(json, "throttleWriteBpsDevice", "rate", resources.io.write_bps);
  write_io_values(json, "throttleReadIOPSDevice", "rate", resources.io.read_iops);
  write_io_values(json, "throttleWriteIOPSDevice", "rate", resources.io.write_iops);
  json.close_object();
  write_objects(json, "hugepageLimits", resources.hugepages, [&](const cgroups::HugepageLimit& pages) {
    json.member("pageSize", pages.page_size);
    json.member("limit", pages.limit);
  });
  write_rdma(json, resources.rdma);
  if (!resources.unified.empty()) json.member("unified", resources.unified);
  json.close_object();
}

void write_seccomp(JsonWriter& json, const security::SeccompProfile& profile) {
  json.open_object("seccomp");
  json.member("defaultAction", profile.default_action);
  write_given(json, "defaultErrnoRet", profile.default_errno_ret);
  write_texts(json, "architectures", profile.architectures);
  write_texts(json, "flags", profile.flags);
  write_text(json, "listenerPath", profile.listener_path);
  write_text(json, "listenerMetadata", profile.listener_metadata);
  write_objects(json, "syscalls", profile.rules, [&](const security::SeccompRule& rule) {
    json.member("names", rule.names);
    json.member("action", rule.action);
    write_given(json, "errnoRet", rule.errno_ret);
    write_objects(json, "args", rule.args, [&](const security::SeccompArg& argument) {
      json.member("index", argument.index);
      json.member("value", argument.value);
      json.member("valueTwo", argument.value_two);
      json.member("op", argument.op);
    });
  });
  json.close_object();
}

void write_linux(JsonWriter& json, const Spec& spec) {
  json.open_object("linux");
  write_objects(json, "namespaces", spec.namespaces, [&](const sandbox::Namespace& entry) {
    json.member("type", name_of_namespace(entry.type));
    write_text(json, "path", entry.path);
  });
  write_clock_offsets(json, spec.time_offsets);
  if (!spec.net_devices.empty()) {
    json.open_object("netDevices");
    for (const sandbox::NetDevice& device : spec.net_devices) {
      json.open_object(device.host_name);
      json.member("name", device.name);
      json.close_object();
    }
    json.close_object();
  }
  write_mappings(json, "uidMappings", spec.uid_mappings);
  write_mappings(json, "gidMappings", spec.gid_mappings);
  write_objects(json, "devices", spec.devices, [&](const sandbox::Device& device) {
    json.member("path", device.path);
    json.member("type", std::string(1, device.type));
    json.member("major", device.major);
    json.member("minor", device.minor);
    json.member("fileMode", device.mode);
    json.member("uid", device.uid);
    json.member("gid", device.gid);
  });
  write_text(json, "cgroupsPath", spec.cgroups_path);
  write_resources(json, spec.resources);
  if (spec.rdt) {
    json.open_object("intelRdt");
    write_text(json, "closID", spec.rdt->clos_id);
    write_text(json, "l3CacheSchema", spec.rdt->l3_cache_schema);
    write_text(json, "memBwSchema", spec.rdt->mem_bw_schema);
    write_texts(json, "schemata", spec.rdt->schemata);
    if (spec.rdt->monitoring) json.member("enableMonitoring", true);
    json.close_object();
  }
  if (!spec.sysctl.empty()) {
    json.open_object("sysctl");
    for (const sandbox::Sysctl& sysctl : spec.sysctl) json.member(sysctl.key, sysctl.value);
    json.close_object();
  }
  if (spec.seccomp) write_seccomp(json, *spec.seccomp);
  if (spec.memory_policy) write_memory_policy(json, *spec.memory_policy);
  if (spec.personality) write_personality(json, *spec.personality);
  write_text(json, "rootfsPropagation", spec.rootfs_propagation);
  write_texts(json, "maskedPaths", spec.masked_paths);
  write_texts(json, "readonlyPaths", spec.readonly_paths);
  write_text(json, "mountLabel", spec.mount_label);
  json.close_object();
}

}  // namespace

void write_hooks(JsonWriter& json, const char* key, const std::vector<sandbox::Hook>& hooks) {
  write_objects(json, key, hooks, [&](const sandbox::Hook& hook) {
    json.member("path", hook.path);
    write_texts(json, "args", hook.args);
    write_texts(json, "env", hook.env);
    if (hook.timeout != 0) json.member("timeout", hook.timeout);
  });
}

std::string spec_to_json(const Spec& spec) {
  JsonWriter json(2);
  json.open_object();
  json.member("ociVersion", spec.version.empty() ? kSpecVersion : spec.version);
  json.open_object("root");
  json.member("path", spec.root.path);
  if (spec.root.readonly) json.member("readonly", true);
  json.close_object();
  if (spec.process) write_process(json, *spec.process);
  write_text(json, "hostname", spec.hostname);
  write_text(json, "domainname", spec.domainname);
  write_objects(json, "mounts", spec.mounts, [&](const sandbox::Mount& mount) {
    json.member("destination", mount.destination);
    write_text(json, "type", mount.type);
    write_text(json, "source", mount.source);
    write_texts(json, "options", mount.options);
  });
  write_all_hooks(json, spec.hooks);
  if (!spec.annotations.empty()) json.member("annotations", spec.annotations);
  write_linux(json, spec);
  json.close_object();
  return json.text() + "\n";
}

}  // namespace oci
