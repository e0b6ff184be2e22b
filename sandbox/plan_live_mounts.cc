#include "sandbox/plan_live_mounts.h"

#include <linux/mount.h>

#include "base/path.h"
#include "base/text.h"
#include "sandbox/mount_options.h"
#include "sandbox/plan_rootfs.h"

namespace sandbox {
namespace {

Result<int16_t> plan_source(Plan& plan, const Mount& mount, const MountContext& context, uint64_t propagation) {
  auto options = TRY(parse_mount_options(mount.options));
  // Without a way to make it as it was, a list of which a later mount fails could not be undone.
  if (options.remount) return fail("option 'remount': a mount can only be added, or removed");
  auto source = TRY(find_bind_source(mount, options, context));
  if (!source) return int16_t{-1};
  int16_t tree = plan_open_source(plan, *source);
  mount_attr attributes{0, 0, propagation & ~kMsRec, 0};
  plan.add(OpCode::mount_setattr, {.in = tree, .a = plan.data(attributes), .x = kRecursive});
  return tree;
}

}  // namespace

Result<std::vector<int16_t>> plan_mount_sources(Plan& plan, const std::vector<Mount>& mounts,
                                                const MountContext& context, const std::string& propagation) {
  uint64_t flags = TRY(host_propagation(propagation));
  std::vector<int16_t> sources;
  for (size_t i = 0; i < mounts.size(); i++) {
    auto origin = cat("mounts[", i, "] ", quoted(mounts[i].destination));
    plan.begin(origin);
    sources.push_back(TRY_IN(origin, plan_source(plan, mounts[i], context, flags)));
  }
  return sources;
}

Result<> plan_unmounts(Plan& plan, int16_t root, const std::vector<std::string>& destinations) {
  for (const auto& destination : destinations) {
    auto path = clean_path(destination);
    if (path == "/") return fail(cat("mount ", quoted(destination), ": the root cannot be removed"));
    plan.begin(cat("mount ", quoted(destination)));
    plan.add(OpCode::unmount, {.in = root, .a = plan.text(path), .b = symlink_flags(path)});
  }
  return {};
}

}  // namespace sandbox
