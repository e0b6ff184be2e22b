#include "runtime/kube/sandbox/confinement.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/sandbox/app_armor.h"
#include "runtime/oci/spec.h"
#include "security/default_profile.h"
#include "security/label.h"

namespace kube {
namespace {

// "user:role:type" and the level, which may have colons of its own.
struct Context {
  std::string parts[4];
};

Context parse_context(const std::string& text) {
  Context context;
  size_t begin = 0;
  for (int i = 0; i < 3; i++) {
    const size_t end = std::min(text.find(':', begin), text.size());
    context.parts[i] = text.substr(begin, end - begin);
    begin = std::min(end + 1, text.size());
  }
  context.parts[3] = text.substr(begin);
  return context;
}

std::string context_text(const Context& context) {
  const auto& parts = context.parts;
  std::string text = cat(parts[0], ":", parts[1], ":", parts[2]);
  return parts[3].empty() ? text : cat(text, ":", parts[3]);
}

Result<security::SeccompProfile> read_seccomp_file(const std::string& dir, const std::string& name) {
  Fd root(open(dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open()) return fail_errno(errno, cat("open ", quoted(dir)));
  const Fd file = TRY_IN(cat("open ", quoted(cat(dir, "/", name))),
                         open_in_root(root.get(), name, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const std::string text = TRY(read_all(file.get()));
  return oci::read_seccomp(text, name);
}

Result<std::optional<security::SeccompProfile>> find_seccomp(const std::optional<SecurityProfile>& profile,
                                                             security::CapabilityMask bounding,
                                                             const std::string& dir) {
  std::optional<security::SeccompProfile> found;
  if (!profile || profile->type == "Unconfined") return found;
  if (profile->type == "RuntimeDefault") return security::default_seccomp_profile(bounding);
  found = TRY_IN(cat("cannot load seccomp profile ", quoted(profile->localhost_profile)),
                 read_seccomp_file(dir, profile->localhost_profile));
  return found;
}

// What the policy gives containers: a line of its lxc_contexts, "process = "system_u:…"" (selinux(8)). Policies
// without the file know the types by these names.
std::string policy_context(std::string_view key, std::string_view otherwise) {
  const std::string config = read_file("/etc/selinux/config", 1 << 16).value_or("");
  std::string policy;
  for (const std::string& line : split(config, '\n'))
    if (line.starts_with("SELINUXTYPE=")) policy = trimmed(std::string_view(line).substr(12));
  const std::string path = cat("/etc/selinux/", policy, "/contexts/lxc_contexts");
  const std::string contexts = read_file(path, 1 << 16).value_or("");
  for (const std::string& line : split(contexts, '\n')) {
    const size_t equals = line.find('=');
    if (equals == std::string::npos || trimmed(std::string_view(line).substr(0, equals)) != key) continue;
    std::string value(trimmed(std::string_view(line).substr(equals + 1)));
    std::erase(value, '"');
    return value;
  }
  return std::string(otherwise);
}

// Before anything is made with them: what the policy does not know is wrong in the pod, or missing on the host.
Result<> check_labels(const Confinement& found) {
  constexpr std::string_view kHint = "seinfo -t lists the types that the policy has; one with containers is needed";
  Result<> checked = security::check_mount_label(found.mount_label);
  if (const auto process = security::plan_selinux(found.process_label); !process)
    checked = std::unexpected(process.error());
  if (checked) return checked;
  Error error = within("seLinuxOptions", std::move(checked).error());
  error.hint = kHint;
  return std::unexpected(std::move(error));
}

}  // namespace

std::string selinux_context(const SeLinuxOptions& options, const std::string& base) {
  Context context = parse_context(base);
  const std::string* given[] = {&options.user, &options.role, &options.type, &options.level};
  for (int i = 0; i < 4; i++)
    if (!given[i]->empty()) context.parts[i] = *given[i];
  return context_text(context);
}

std::string selinux_file_context(const SeLinuxOptions& options, const std::string& base) {
  Context context = parse_context(base);
  if (!options.level.empty()) context.parts[3] = options.level;
  return context_text(context);
}

Result<Confinement> find_confinement(const EffectiveSecurity& security, security::CapabilityMask bounding,
                                     const std::string& seccomp_dir) {
  Confinement found;
  if (security.privileged) return found;
  found.seccomp = TRY(find_seccomp(security.seccomp, bounding, seccomp_dir));
  found.app_armor = TRY(find_app_armor(security.app_armor));
  if (!security.se_linux) return found;
  if (!security::is_selinux_enabled())
    return fail("seLinuxOptions are given, but SELinux is not enabled on this host", "leave them out");
  found.process_label =
      selinux_context(*security.se_linux, policy_context("process", "system_u:system_r:container_t:s0"));
  const std::string file = policy_context("file", "system_u:object_r:container_file_t:s0");
  found.mount_label = selinux_file_context(*security.se_linux, file);
  // A container with a level of its own must not take the pod's files from the others.
  found.shared_label = selinux_file_context(security.pod_se_linux.value_or(*security.se_linux), file);
  TRY(check_labels(found));
  return found;
}

}  // namespace kube
