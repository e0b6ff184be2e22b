#include "security/label.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/apparmor.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"

namespace security {
namespace {

constexpr const char* kSelinuxFs = "/sys/fs/selinux";

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

struct FreeDirectory {
  void operator()(char* text) const { free(text); }
};

// Names as the kernel lists them, one a line: "docker-default (enforce)". Empty when the list cannot be read, which
// takes CAP_MAC_ADMIN and a securityfs.
std::optional<std::string> read_loaded_profiles() {
  auto list = read_file("/sys/kernel/security/apparmor/profiles");
  if (list) return *list;
  char* found = nullptr;  // securityfs may be mounted elsewhere
  if (aa_find_mountpoint(&found) < 0) return std::nullopt;
  std::unique_ptr<char, FreeDirectory> directory(found);
  list = read_file(cat(directory.get(), "/profiles"));
  if (!list) return std::nullopt;
  return *list;
}

// A stack ("a//&b"), a name in another policy namespace (":ns:a") and the names that mean a way rather than a profile
// are no lines of the list; the kernel judges them when they are written.
bool is_plain_name(const std::string& profile) {
  return profile != "unconfined" && !profile.starts_with(':') && !profile.starts_with('&') &&
         profile.find("//&") == std::string::npos;
}

// The module's own file, so that another module that is stacked with it is not meant (Linux 5.8); else the shared one.
std::string apparmor_exec_file() {
  return path_exists("/proc/thread-self/attr/apparmor") ? "attr/apparmor/exec" : "attr/exec";
}

// selinuxfs answers a context that is written into "context" by whether the loaded policy has it.
Result<> check_context(const std::string& label) {
  Fd file(open(cat(kSelinuxFs, "/context").c_str(), O_RDWR | O_CLOEXEC));
  size_t size = label.size() + 1;  // with the final NUL, as libselinux sends it
  // EINVAL alone is an answer; one who may not ask hears it from the kernel when the label is set.
  if (file.is_open() && write(file.get(), label.c_str(), size) < 0 && errno == EINVAL)
    return fail(cat("the loaded policy has no label ", quoted(label)));
  return {};
}

Result<> check_selinux(const std::string& label) {
  if (has_control_characters(label)) return fail(cat("control characters in ", quoted(label)));
  if (!is_selinux_enabled())
    return fail(cat("label ", quoted(label), " is asked for, but SELinux is not enabled on this host"));
  return check_context(label);
}

}  // namespace

bool is_apparmor_enabled() {
  auto enabled = read_file("/sys/module/apparmor/parameters/enabled", 16);
  return enabled && enabled->starts_with('Y');
}

bool is_selinux_enabled() {
  struct statfs info{};
  if (statfs(kSelinuxFs, &info) < 0 || info.f_type != SELINUX_MAGIC) return false;
  // Until a policy is loaded, the kernel calls processes "kernel" or "init"; a real label has parts.
  auto label = read_file("/proc/thread-self/attr/current", 4096);
  return label && label->find(':') != std::string::npos;
}

bool is_profile_listed(const std::string& list, const std::string& profile) {
  for (auto& line : split(list, '\n')) {
    char* mode = nullptr;
    const char* name = line.empty() ? nullptr : aa_splitcon(line.data(), &mode);
    if (name && profile == name) return true;
  }
  return false;
}

Result<AttributeWrite> plan_apparmor(const std::string& profile) {
  constexpr std::string_view kField = "process.apparmorProfile";
  if (profile.empty()) return fail(cat(kField, ": is empty"));
  if (has_control_characters(profile)) return fail(cat(kField, ": control characters in ", quoted(profile)));
  if (!is_apparmor_enabled())
    return fail(cat(kField, ": profile ", quoted(profile), " is asked for, but AppArmor is not enabled on this host"));
  auto loaded = is_plain_name(profile) ? read_loaded_profiles() : std::nullopt;
  if (loaded && !is_profile_listed(*loaded, profile))
    return fail(cat(kField, ": profile ", quoted(profile), " is not loaded"), "load it with apparmor_parser -r");
  return AttributeWrite{apparmor_exec_file(), cat("exec ", profile)};
}

Result<SelinuxPlan> plan_selinux(const std::string& label) {
  TRY_IN("process.selinuxLabel", check_selinux(label));
  return SelinuxPlan{
      .exec = {"attr/exec", label}, .keyring = {"attr/keycreate", label}, .keyring_reset = {"attr/keycreate", ""}};
}

Result<> check_mount_label(const std::string& label) {
  if (!label.empty()) TRY_IN("linux.mountLabel", check_selinux(label));
  return {};
}

}  // namespace security
