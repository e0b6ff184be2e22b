#include "runtime/kube/sandbox/identity.h"

#include <strings.h>

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/images/user.h"
#include "security/capabilities.h"
#include "security/credentials.h"

namespace kube {
namespace {

bool is_all(std::string_view name) {
  return name.size() == 3 && strncasecmp(name.data(), "ALL", 3) == 0;
}

Result<security::CapabilityMask> parse_mask(const std::vector<std::string_view>& names) {
  security::CapabilityMask mask = 0;
  for (std::string_view written : names) {
    if (is_all(written)) continue;
    std::string name(written);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return toupper(c); });
    if (!name.starts_with("CAP_")) name = cat("CAP_", name);
    const std::optional<unsigned> bit = security::parse_capability(name);
    if (!bit) return fail(cat("unknown capability ", quoted(written)));
    mask |= security::CapabilityMask{1} << *bit;
  }
  return mask;
}

// "USER:GROUP" as images have it.
std::string user_text(const EffectiveSecurity& security, const std::string& image_user) {
  std::string text = security.user ? cat(*security.user) : image_user;
  if (!security.group) return text;
  text = text.substr(0, text.find(':'));
  return cat(text.empty() ? "0" : text, ":", *security.group);
}

}  // namespace

Result<Identity> resolve_identity(const std::string& rootfs, const EffectiveSecurity& security,
                                  const std::string& image_user) {
  const images::User found = TRY(images::resolve_user(rootfs, user_text(security, image_user)));
  std::vector<uint32_t> more = found.groups;
  if (security.merge_image_groups)
    more = security::merge_groups(more, TRY(images::read_groups_of(rootfs, found.uid)));
  else
    more.clear();
  for (const int64_t group : security.supplemental_groups)
    more = security::merge_groups(more, {static_cast<uint32_t>(group)});
  Identity identity;
  identity.user.uid = found.uid;
  identity.user.gid = found.gid;
  identity.user.additional_gids = security::merge_groups({found.gid}, more);
  identity.home = found.home;
  return identity;
}

Result<security::Capabilities> resolve_capabilities(const EffectiveSecurity& security) {
  if (security.privileged) {
    // As many as we have ourselves: in a container of its own the node may lack some.
    const security::CapabilityMask all = TRY(security::held_capabilities()).permitted;
    return security::Capabilities{.bounding = all, .effective = all, .permitted = all};
  }
  security::CapabilityMask mask = security::default_capabilities();
  if (std::ranges::any_of(security.add, is_all)) mask = security::all_capabilities();
  if (std::ranges::any_of(security.drop, is_all)) mask = 0;
  mask |= TRY(parse_mask(security.add));
  mask &= ~TRY(parse_mask(security.drop));
  return security::Capabilities{.bounding = mask, .effective = mask, .permitted = mask};
}

}  // namespace kube
