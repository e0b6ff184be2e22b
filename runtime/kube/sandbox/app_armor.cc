#include "runtime/kube/sandbox/app_armor.h"

#include <unistd.h>

#include "base/embed.h"
#include "base/file.h"
#include "base/path.h"
#include "base/spawn.h"
#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/app_armor_policy.h"
#include "security/label.h"

EMBED_FILE(app_armor, NACELLE_APP_ARMOR)

namespace kube {
namespace {

constexpr const char* kParser = "apparmor_parser";

// The kernel's list. Without one (no securityfs, no CAP_MAC_ADMIN) a name is judged when a process takes it.
bool is_loaded(const std::string& profile) {
  const Result<std::string> list = read_file("/sys/kernel/security/apparmor/profiles");
  return list && security::is_profile_listed(*list, profile);
}

Result<> load_default(const std::string& parser) {
  const Fd policy = TRY(memory_file("nacelle-default", default_app_armor_policy()));
  Spawn spawn;
  posix_spawn_file_actions_adddup2(&spawn.actions, policy.get(), STDIN_FILENO);
  // -K: no cache, which would outlive a change of the program; -r: another may have loaded it meanwhile.
  const Pidfd child = TRY_IN(parser, spawn.run(parser, {kParser, "-Kr"}, {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}));
  const int code = TRY(wait_exit(child));
  if (code != 0) return fail(cat(parser, " ended with ", code));
  return {};
}

Result<std::string> find_default(bool is_asked_for) {
  if (!security::is_apparmor_enabled()) {
    if (!is_asked_for) return std::string();
    return fail("Cannot enforce AppArmor: AppArmor is not enabled on the host");
  }
  if (is_loaded(kDefaultAppArmorProfile)) return std::string(kDefaultAppArmorProfile);
  const std::string parser = find_program(kParser);
  if (parser.empty() && !is_asked_for) return std::string();
  if (parser.empty())
    return fail(cat("apparmor profile not found ", kDefaultAppArmorProfile), "install apparmor_parser");
  TRY_IN(cat("load the AppArmor profile ", quoted(kDefaultAppArmorProfile)), load_default(parser));
  return std::string(kDefaultAppArmorProfile);
}

}  // namespace

std::string_view default_app_armor_policy() {
  return embedded_app_armor();
}

Result<std::string> find_app_armor(const std::optional<SecurityProfile>& profile) {
  if (!profile) return find_default(false);
  if (profile->type == "RuntimeDefault") return find_default(true);
  if (profile->type == "Unconfined") return std::string(security::is_apparmor_enabled() ? "unconfined" : "");
  if (!security::is_apparmor_enabled()) return fail("Cannot enforce AppArmor: AppArmor is not enabled on the host");
  if (is_loaded(profile->localhost_profile)) return profile->localhost_profile;
  return fail(cat("apparmor profile not found ", profile->localhost_profile),
              "load it on this host with apparmor_parser -r FILE");
}

std::optional<std::string> why_not_app_armor(const Pod& pod, bool is_enabled) {
  if (is_enabled) return std::nullopt;
  for (const Container* container : all_containers(pod.spec)) {
    const EffectiveSecurity security = effective_security(pod.spec, *container);
    auto profile = security.app_armor;
    if (!profile) profile = annotated_app_armor(pod.metadata, container->name);
    if (profile && profile->type != "Unconfined" && !security.privileged)
      return "Cannot enforce AppArmor: AppArmor is not enabled on the host";
  }
  return std::nullopt;
}

}  // namespace kube
