// What this build can do, for callers that ask before they ask for it (features.md, features-linux.md).
#include <algorithm>

#include "runtime/lifecycle/lifecycle.h"
#include "runtime/oci/json_writer.h"
#include "runtime/oci/spec.h"
#include "sandbox/mount_options.h"
#include "security/capabilities.h"
#include "security/seccomp.h"

namespace lifecycle {
namespace {

using oci::JsonWriter;

constexpr std::string_view kHooks[] = {"prestart",       "createRuntime", "createContainer",
                                       "startContainer", "poststart",     "poststop"};

std::vector<std::string> mount_options() {
  auto names = sandbox::known_mount_options();
  std::ranges::sort(names);
  return names;
}

void write_enabled(JsonWriter& json, std::string_view name) {
  json.open_object(name);
  json.member("enabled", true);
  json.close_object();
}

void write_cgroup(JsonWriter& json) {
  json.open_object("cgroup");
  json.member("v1", false);
  json.member("v2", true);
  json.member("systemd", true);
  json.member("systemdUser", true);
  json.member("rdma", true);
  json.close_object();
}

void write_seccomp(JsonWriter& json) {
  json.open_object("seccomp");
  json.member("enabled", true);
  json.member("actions", security::seccomp_actions());
  json.member("operators", security::seccomp_operators());
  json.member("archs", security::seccomp_architectures());
  json.member("knownFlags", security::seccomp_flags());
  json.member("supportedFlags", security::supported_seccomp_flags());
  json.close_object();
}

void write_memory_policy(JsonWriter& json) {
  json.open_object("memoryPolicy");
  json.member("modes", oci::memory_policy_modes());
  json.member("flags", oci::memory_policy_flags());
  json.close_object();
}

void write_linux(JsonWriter& json) {
  json.open_object("linux");
  json.member("namespaces", oci::namespace_names());
  json.member("capabilities", security::describe(security::all_capabilities()));
  write_cgroup(json);
  write_seccomp(json);
  write_enabled(json, "apparmor");
  write_enabled(json, "selinux");
  json.open_object("intelRdt");
  for (std::string_view part : {"enabled", "schemata", "monitoring"}) json.member(part, true);
  json.close_object();
  write_memory_policy(json);
  json.open_object("mountExtensions");
  write_enabled(json, "idmap");
  json.close_object();
  write_enabled(json, "netDevices");
  json.close_object();
}

}  // namespace

std::string features(const std::map<std::string, std::string>& annotations) {
  JsonWriter json(2);
  json.open_object();
  json.member("ociVersionMin", "1.0.0");
  json.member("ociVersionMax", oci::kSpecVersion);
  json.member("hooks", std::vector<std::string>(std::begin(kHooks), std::end(kHooks)));
  json.member("mountOptions", mount_options());
  write_linux(json);
  json.member("annotations", annotations);
  json.close_object();
  return json.text() + "\n";
}

}  // namespace lifecycle
