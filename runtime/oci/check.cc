// Rules of config.json that join several fields: what needs a namespace of the container's own.
#include <sched.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/text.h"
#include "runtime/oci/parts.h"

namespace oci {
namespace {

// sethostname(2) and setdomainname(2) take no more.
constexpr size_t kLongestHostname = 64;

Result<> check_hostname(Reader in, const std::string& name, const Spec& spec) {
  if (name.empty()) return {};
  if (!spec.find_namespace(CLONE_NEWUTS)) return in.fail("needs a namespace of type 'uts'");
  if (name.size() > kLongestHostname) return in.fail(cat("longer than ", kLongestHostname, " bytes"));
  return {};
}

// A network namespace given by path may turn out to be the host's own.
bool is_host_network(const sandbox::Namespace& network) {
  struct stat theirs, ours;
  return !network.path.empty() && stat(network.path.c_str(), &theirs) == 0 && stat("/proc/self/ns/net", &ours) == 0 &&
         theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

bool is_ipc_sysctl(std::string_view key) {
  constexpr std::string_view kKeys[] = {"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
                                        "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"};
  return std::ranges::find(kKeys, key) != std::end(kKeys) || key.starts_with("fs.mqueue.");
}

// A key becomes a path below /proc/sys: nothing in it may lead elsewhere.
bool is_sysctl_name(std::string_view key) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           std::string_view("._-/").find(c) != std::string_view::npos;
  };
  return !key.empty() && std::ranges::all_of(key, is_allowed) && key.find("..") == std::string_view::npos &&
         key.front() != '/' && key.front() != '.';
}

// sysctl(8) takes both spellings: with '/' first, a '.' is part of a name ("net/ipv4/conf/eth0.1/forwarding").
std::string with_dots(std::string key) {
  const size_t separator = key.find_first_of("./");
  if (separator == std::string::npos || key[separator] == '.') return key;
  std::ranges::replace(key, '.', ',');
  std::ranges::replace(key, '/', '.');
  return key;
}

// Only what the kernel keeps per namespace may be set, and only where the container has that namespace: all else would
// change the host.
Result<> check_sysctl(Reader in, const std::string& written, const Spec& spec) {
  if (!is_sysctl_name(written)) return in.fail("not the name of a sysctl");
  const std::string key = with_dots(written);
  const auto needs = [&](int type) -> Result<> {
    if (spec.find_namespace(type)) return {};
    return in.fail(cat("needs a namespace of type ", quoted(name_of_namespace(type))));
  };
  if (is_ipc_sysctl(key)) return needs(CLONE_NEWIPC);
  if (key == "kernel.domainname") return needs(CLONE_NEWUTS);
  if (key == "kernel.hostname") return in.fail("is set by the field hostname");
  if (key.starts_with("user.")) return needs(CLONE_NEWUSER);
  if (!key.starts_with("net.")) return in.fail("belongs to no namespace: setting it would change the host");
  TRY(needs(CLONE_NEWNET));
  if (is_host_network(*spec.find_namespace(CLONE_NEWNET))) return in.fail("the network namespace is the host's");
  return {};
}

Result<> check_sysctls(Reader in, const Spec& spec) {
  for (const sandbox::Sysctl& sysctl : spec.sysctl) TRY(check_sysctl(in.field(sysctl.key), sysctl.key, spec));
  return {};
}

bool is_mapped(uint32_t id, const std::vector<sandbox::IdMapping>& mappings) {
  return std::ranges::any_of(mappings, [id](const sandbox::IdMapping& mapping) {
    return id >= mapping.container_id && id - mapping.container_id < mapping.size;
  });
}

Result<> check_user(Reader in, const security::User& user, const Spec& spec) {
  const auto refuse = [](Reader at, uint32_t id) { return at.fail(cat(id, " is not mapped in the user namespace")); };
  if (!is_mapped(user.uid, spec.uid_mappings)) return refuse(in.field("uid"), user.uid);
  if (!is_mapped(user.gid, spec.gid_mappings)) return refuse(in.field("gid"), user.gid);
  for (size_t i = 0; i < user.additional_gids.size(); i++)
    if (!is_mapped(user.additional_gids[i], spec.gid_mappings))
      return refuse(in.field("additionalGids").items()[i], user.additional_gids[i]);
  return {};
}

Result<> check_user_namespace(Reader top, const Spec& spec) {
  const sandbox::Namespace* user = spec.find_namespace(CLONE_NEWUSER);
  const Reader uids = top.field("linux").field("uidMappings"), gids = top.field("linux").field("gidMappings");
  if (!user) {
    for (const Reader& mappings : {uids, gids})
      if (!mappings.is_empty()) return mappings.fail("needs a namespace of type 'user'");
    return {};
  }
  if (!user->path.empty()) return {};  // it has its mappings already
  for (const Reader& mappings : {uids, gids})
    if (mappings.is_empty()) return mappings.fail("missing: a new user namespace needs one");
  if (spec.process) TRY(check_user(top.field("process").field("user"), spec.process->user, spec));
  return {};
}

// Mounting needs a mount namespace, or it would happen to the host.
Result<> check_mount_namespace(Reader top, const Spec& spec) {
  if (spec.find_namespace(CLONE_NEWNS)) return {};
  const Reader linux_part = top.field("linux");
  for (const Reader& in : {top.field("mounts"), linux_part.field("maskedPaths"), linux_part.field("readonlyPaths")})
    if (!in.is_empty()) return in.fail("needs a namespace of type 'mount'");
  return {};
}

Result<> check_net_devices(Reader in, const Spec& spec) {
  if (in.is_empty()) return {};
  const sandbox::Namespace* network = spec.find_namespace(CLONE_NEWNET);
  if (!network) return in.fail("needs a namespace of type 'network'");
  if (is_host_network(*network)) return in.fail("the network namespace is the host's");
  return {};
}

// The clocks of a namespace that is joined are its own already; those of the host are nobody's to set here.
Result<> check_time_offsets(Reader in, const Spec& spec) {
  const sandbox::Namespace* time = spec.find_namespace(CLONE_NEWTIME);
  if (in.is_empty() || (time && time->path.empty())) return {};
  return in.fail("needs a new namespace of type 'time'");
}

}  // namespace

Result<> check(Reader top, const Spec& spec) {
  TRY(check_net_devices(top.field("linux").field("netDevices"), spec));
  TRY(check_time_offsets(top.field("linux").field("timeOffsets"), spec));
  TRY(check_hostname(top.field("hostname"), spec.hostname, spec));
  TRY(check_hostname(top.field("domainname"), spec.domainname, spec));
  TRY(check_sysctls(top.field("linux").field("sysctl"), spec));
  TRY(check_user_namespace(top, spec));
  return check_mount_namespace(top, spec);
}

}  // namespace oci
