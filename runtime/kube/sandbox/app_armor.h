// AppArmor profiles of containers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// The profile that RuntimeDefault means: packaging/apparmor/nacelle-default.
constexpr const char* kDefaultAppArmorProfile = "nacelle-default";

// The text of that file, which the program carries.
std::string_view default_app_armor_policy();

// The name of the profile that a container gets, empty for none. Nothing asked for is the default where AppArmor is on
// and can load it, and none elsewhere. The default is loaded when the kernel does not have it.
// Errors: AppArmor is off and a profile is asked for; the default cannot be loaded; "apparmor profile not found NAME".
Result<std::string> find_app_armor(const std::optional<SecurityProfile>& profile);

// The kubelet's reason not to take a pod, or nothing: a profile is asked for and AppArmor is off.
std::optional<std::string> why_not_app_armor(const Pod& pod, bool is_enabled);

}  // namespace kube
