// The config.json that `spec` writes.
#include "runtime/oci/json_writer.h"
#include "runtime/oci/spec.h"
#include "security/masked_paths.h"

namespace oci {
namespace {

using Strings = std::vector<std::string>;

void write_process(JsonWriter& json) {
  // What a shell on its own needs: end its children, listen on port 80, write the audit log.
  const Strings capabilities = {"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"};
  json.open_object("process");
  json.member("terminal", true);
  json.open_object("user");
  json.member("uid", 0);
  json.member("gid", 0);
  json.close_object();
  json.member("args", Strings{"sh"});
  json.member("env", Strings{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"});
  json.member("cwd", "/");
  json.open_object("capabilities");
  for (const char* set : {"bounding", "effective", "permitted"}) json.member(set, capabilities);
  json.close_object();
  json.open_array("rlimits");
  json.open_object();
  json.member("type", "RLIMIT_NOFILE");
  json.member("hard", 1024);
  json.member("soft", 1024);
  json.close_object();
  json.close_array();
  json.member("noNewPrivileges", true);
  json.close_object();
}

struct DefaultMount {
  const char* destination;
  const char* type;
  const char* source;
  Strings options;
};

void write_mounts(JsonWriter& json, bool is_rootless) {
  const Strings pts = {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"};
  Strings root_pts = pts;
  root_pts.emplace_back("gid=5");  // the tty group, which a rootless container has no mapping for
  const DefaultMount mounts[] = {
      {"/proc", "proc", "proc", {}},
      {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
      {"/dev/pts", "devpts", "devpts", is_rootless ? pts : root_pts},
      {"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
      {"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
      {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
      {"/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}},
  };
  json.open_array("mounts");
  for (const DefaultMount& mount : mounts) {
    json.open_object();
    json.member("destination", mount.destination);
    json.member("type", mount.type);
    json.member("source", mount.source);
    if (!mount.options.empty()) json.member("options", mount.options);
    json.close_object();
  }
  json.close_array();
}

void write_mapping(JsonWriter& json, const char* key, uint32_t host_id) {
  json.open_array(key);
  json.open_object();
  json.member("containerID", 0);
  json.member("hostID", host_id);
  json.member("size", 1);
  json.close_object();
  json.close_array();
}

void write_linux(JsonWriter& json, const std::optional<RootlessIds>& rootless) {
  json.open_object("linux");
  if (rootless) {
    write_mapping(json, "uidMappings", rootless->uid);
    write_mapping(json, "gidMappings", rootless->gid);
  } else {
    json.open_object("resources");
    json.open_array("devices");
    json.open_object();
    json.member("allow", false);
    json.member("access", "rwm");
    json.close_object();
    json.close_array();
    json.close_object();
  }
  json.open_array("namespaces");
  for (const char* type : {"pid", "network", "ipc", "uts", "mount", "cgroup", "user"}) {
    if (std::string_view(type) == "user" && !rootless) continue;
    json.open_object();
    json.member("type", type);
    json.close_object();
  }
  json.close_array();
  json.member("maskedPaths", security::default_masked_paths());
  json.member("readonlyPaths", security::default_readonly_paths());
  json.close_object();
}

}  // namespace

std::string default_config(std::optional<RootlessIds> rootless) {
  JsonWriter json(4);
  json.open_object();
  json.member("ociVersion", kSpecVersion);
  write_process(json);
  json.open_object("root");
  json.member("path", "rootfs");
  json.member("readonly", true);
  json.close_object();
  json.member("hostname", "nacelle");
  write_mounts(json, rootless.has_value());
  write_linux(json, rootless);
  json.close_object();
  return json.text() + "\n";
}

}  // namespace oci
