#include "sandbox/plan_mounts.h"

#include <fcntl.h>
#include <linux/mount.h>

#include <optional>

#include "base/path.h"
#include "base/text.h"
#include "sandbox/mount_options.h"

namespace sandbox {
namespace {

constexpr uint64_t kMsSlave = 1 << 19;
constexpr int16_t kManySlots = 256;

// One mount on its way into the plan.
struct Step {
  Plan& plan;
  int16_t root;
  const Mount& mount;
  const MountOptions& options;
  const MountContext& context;
  std::optional<size_t> id_map = {};  // index of Plan::id_maps()
  int16_t source = -1;                // slot of what is to be bound, when it is open already
};

bool is_below(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

// Files of procfs that container engines cover to show a container its own limits, and what they may be covered by.
constexpr std::string_view kCoverable[] = {"/proc/cpuinfo",
                                           "/proc/diskstats",
                                           "/proc/meminfo",
                                           "/proc/stat",
                                           "/proc/swaps",
                                           "/proc/uptime",
                                           "/proc/loadavg",
                                           "/proc/slabinfo",
                                           "/proc/sys/kernel/ns_last_pid",
                                           "/proc/sys/crypto/fips_enabled"};

bool may_cover_proc(const Mount& mount) {
  for (auto path : kCoverable)
    if (mount.destination == path) return true;
  return mount.type == "proc" || mount.type == "binfmt_misc";
}

bool is_cgroup(const Mount& mount) {
  return mount.type == "cgroup" || mount.type == "cgroup2";
}

uint32_t target_flags(const Mount& mount) {
  return symlink_flags(mount.destination) | (may_cover_proc(mount) ? 0 : kTargetNotInProc);
}

// The mount's own maps, those that the option brings, or the container's.
Result<std::optional<size_t>> find_id_map(Plan& plan, const Mount& mount, const MountOptions& options,
                                          const MountContext& context) {
  IdMaps own{mount.uid_mappings, mount.gid_mappings};
  if (!own.is_empty() && !options.id_maps.empty())
    return fail("uidMappings: not together with maps in the option 'idmap'");
  if (own.uids.empty() != own.gids.empty()) return fail("uidMappings and gidMappings: one needs the other");
  if (!own.is_empty()) return plan.id_map(own);
  if (!options.id_maps.empty())
    return plan.id_map(TRY_IN("option 'idmap'", parse_id_maps(options.id_maps, context.id_maps)));
  if (!options.idmap) return std::nullopt;
  if (!context.user_namespace) return fail("option 'idmap': needs maps, or a user namespace of the container's own");
  return plan.id_map({});
}

void plan_id_map(const Step& step, int16_t mount) {
  if (!step.id_map) return;
  step.plan.add(OpCode::idmap, {.in = mount, .x = step.options.recursive_idmap ? kRecursive : 0, .y = *step.id_map});
}

void set_data(const Step& step, int16_t context) {
  Plan& plan = step.plan;
  for (const auto& option : step.options.data) {
    // The terminals' group, "gid=5" in everybody's configs, may not be mapped in a user's container: then it is root's.
    bool may_miss = step.mount.type == "devpts" && option.key == "gid" && parse_number<uint32_t>(option.value);
    plan.add(OpCode::fs_set, {.in = context,
                              .a = plan.text(option.key),
                              .b = option.flag ? 0 : plan.text(option.value),
                              .on_errno = may_miss ? kOnEinval : uint16_t{0}});
  }
}

void set_attributes(const Step& step, int16_t mount, uint64_t set, uint64_t clear, uint64_t propagation,
                    bool recursive) {
  if (set == 0 && clear == 0 && propagation == 0) return;
  mount_attr attributes{set, clear, propagation, 0};
  step.plan.add(OpCode::mount_setattr, {.in = mount, .a = step.plan.data(attributes), .x = recursive ? kRecursive : 0});
}

// What a tmpfs takes over from the directory below: its mode, unless one is given, as runc and crun have it; and its
// content with tmpcopyup. Then what was to be read-only becomes so.
void plan_copy_up(const Step& step, int16_t mount, int16_t place) {
  if (step.mount.type != "tmpfs") return;
  bool has_mode = false;
  for (const auto& option : step.options.data) has_mode = has_mode || option.key == "mode";
  uint64_t what = (step.options.copy_up ? kCopyContent : 0) | (has_mode ? 0 : kCopyMode);
  if (what != 0) step.plan.add(OpCode::copy_up, {.in = mount, .out = place, .x = what});
  set_attributes(step, mount, step.options.set & MOUNT_ATTR_RDONLY, 0, 0, false);
}

// Opens or makes the place, puts the mount there, and gives it its propagation last: a shared mount on its way would
// show on the host.
void attach(const Step& step, int16_t mount, uint32_t kind) {
  int16_t place = step.plan.slot();
  step.plan.add(OpCode::target, {.in = step.root,
                                 .out = place,
                                 .a = step.plan.text(step.mount.destination),
                                 .b = kind | target_flags(step.mount),
                                 .x = kind == kTargetDirectory ? 0755U : 0644U,
                                 .y = static_cast<uint64_t>(mount)});
  if (kind == kTargetDirectory) plan_copy_up(step, mount, place);
  step.plan.add(OpCode::move_mount, {.in = mount, .out = place});
  uint64_t propagation = step.options.propagation & ~kMsRec;
  set_attributes(step, mount, 0, 0, propagation, (step.options.propagation & kMsRec) != 0);
  // The exec closes what is left open, for less than single calls would take; but descriptors are not without end.
  if (place < kManySlots) return;
  step.plan.add(OpCode::close, {.in = mount});
  step.plan.add(OpCode::close, {.in = place});
}

// Where root of the container's user namespace is not let through to a source, the caller opens it; cut off from the
// host's propagation, as a mount namespace of another user's is by itself.
int16_t plan_reachable_source(const Step& step, const BindSource& source) {
  Plan& plan = step.plan;
  int16_t tree = plan_open_source(plan, source);
  if (!step.context.user_namespace) return tree;
  size_t opened = plan.ops().size() - 1, done = plan.add(OpCode::skip, {});
  plan.on_errno_skip_here(opened, kOnDenied);
  plan.add(OpCode::borrow_tree, {.out = tree, .a = plan.ops()[opened].a, .x = plan.ops()[opened].x});
  set_attributes(step, tree, 0, 0, kMsSlave, true);
  plan.skip_here(done);
  return tree;
}

void plan_bind(const Step& step, const BindSource& source) {
  int16_t tree = step.source >= 0 ? step.source : plan_reachable_source(step, source);
  const auto& options = step.options;
  plan_id_map(step, tree);
  set_attributes(step, tree, options.set, options.clear, 0, false);
  set_attributes(step, tree, options.recursive_set, options.recursive_clear, 0, true);
  attach(step, tree, kTargetLike);
}

// A file system of its own. Attributes of the mount that are not named are off, as for mount(2).
// Gives the operations that may be refused, for a fallback.
struct NewFileSystem {
  size_t opened, mounted;
};
NewFileSystem plan_new_file_system(const Step& step, const std::string& type) {
  Plan& plan = step.plan;
  int16_t context = plan.slot(), mount = plan.slot();
  size_t opened = plan.add(OpCode::fs_open, {.out = context, .a = plan.text(type)});
  const std::string& source = step.mount.source;
  if (!source.empty()) plan.add(OpCode::fs_set, {.in = context, .a = plan.text("source"), .b = plan.text(source)});
  // "ro" belongs to the file system too: some refuse to be made for writing.
  if ((step.options.set & MOUNT_ATTR_RDONLY) != 0 && type != "sysfs" && type != "proc" && type != "cgroup2" &&
      type != "mqueue" && type != "tmpfs" && type != "devpts")
    plan.add(OpCode::fs_set, {.in = context, .a = plan.text("ro")});
  set_data(step, context);
  // mqueue refuses the option (EINVAL).
  bool labelled = type == "tmpfs" || type == "devpts" || type == "overlay";
  if (!step.context.mount_label.empty() && labelled)
    plan.add(OpCode::fs_set, {.in = context, .a = plan.text("context"), .b = plan.text(step.context.mount_label)});
  uint64_t attributes = type == "tmpfs" ? step.options.set & ~uint64_t{MOUNT_ATTR_RDONLY} : step.options.set;
  size_t made = plan.add(OpCode::fs_mount, {.in = context, .out = mount, .x = attributes});
  if (context >= kManySlots) plan.add(OpCode::close, {.in = context});
  plan_id_map(step, mount);
  set_attributes(step, mount, step.options.recursive_set, step.options.recursive_clear, 0, true);
  attach(step, mount, kTargetDirectory);
  return {opened, made};
}

// Root of a user namespace may not make the sysfs of a network namespace, nor the procfs of a pid namespace, that is
// not his: the one that shows it is bound.
void plan_new_or_bound(const Step& step, const std::string& type, const std::string& there) {
  auto made = plan_new_file_system(step, type);
  size_t done = step.plan.add(OpCode::skip, {});
  step.plan.on_errno_skip_here(made.opened, kOnDenied);
  step.plan.on_errno_skip_here(made.mounted, kOnDenied);
  // A cgroup of the host, which lies below its /sys, may belong to the container's user on the host: it stays read-only
  // (CVE-2023-25809).
  MountOptions options = step.options;
  if (type == "sysfs") options.recursive_set |= options.set | MOUNT_ATTR_RDONLY;
  plan_bind({step.plan, step.root, step.mount, options, step.context, step.id_map}, {there, true});
  step.plan.skip_here(done);
}

// Changes what is mounted already. Attributes are those of the one mount; only options of the file system reach what it
// shares with its other mounts, of the host's too. Attributes that are not named stay.
Result<> plan_remount(const Step& step) {
  Plan& plan = step.plan;
  const auto& options = step.options;
  if (step.id_map) return fail("option 'idmap': ids can be mapped only when the mount is made");
  int16_t place = plan.slot();
  plan.add(OpCode::target, {.in = step.root,
                            .out = place,
                            .a = plan.text(step.mount.destination),
                            .b = symlink_flags(step.mount.destination)});
  if (!options.bind && !options.data.empty()) {
    int16_t context = plan.slot();
    plan.add(OpCode::fs_pick, {.in = place, .out = context});
    set_data(step, context);
    plan.add(OpCode::fs_change, {.in = context});
  }
  set_attributes(step, place, options.set, options.clear, 0, false);
  set_attributes(step, place, options.recursive_set, options.recursive_clear, 0, true);
  set_attributes(step, place, 0, 0, options.propagation & ~kMsRec, (options.propagation & kMsRec) != 0);
  return {};
}

Result<> plan_mount(const Step& step) {
  const Mount& mount = step.mount;
  if (step.options.copy_up && mount.type != "tmpfs")
    return fail("option 'tmpcopyup': only a tmpfs can copy what it covers");
  if (step.options.remount) return plan_remount(step);
  // What lies over the root that we hold would be left behind by the switch to it.
  if (mount.destination == "/") return fail("destination: the root itself, which root.path says");
  if (auto source = TRY(find_bind_source(mount, step.options, step.context))) {
    plan_bind(step, *source);
  } else if (is_cgroup(mount)) {
    MountOptions without_data = step.options;
    without_data.data.clear();
    plan_new_file_system({step.plan, step.root, mount, without_data, step.context, step.id_map}, "cgroup2");
  } else if (mount.type == "sysfs") {
    plan_new_or_bound(step, "sysfs", "/sys");
  } else if (mount.type == "proc" && !step.context.pid_namespace) {
    plan_new_or_bound(step, "proc", "/proc");
  } else if (mount.type.empty()) {
    return fail("type: missing, and the options name no bind");
  } else {
    plan_new_file_system(step, mount.type);
  }
  return {};
}

}  // namespace

uint32_t symlink_flags(std::string_view destination) {
  bool system = false;
  for (std::string_view directory : {"/dev", "/proc", "/sys"}) system = system || is_below(destination, directory);
  return system ? kTargetNoSymlinks : 0;
}

Result<std::optional<BindSource>> find_bind_source(const Mount& mount, const MountOptions& options,
                                                   const MountContext& context) {
  if (options.bind || mount.type == "bind")
    return BindSource{join_path(context.bundle, mount.source), options.recursive_bind};
  // In its own cgroup namespace a new mount shows the container's subtree; else only that subtree is bound.
  if (!is_cgroup(mount) || context.cgroup_namespace) return std::nullopt;
  if (context.cgroup.empty()) return fail("a cgroup mount needs a cgroup or a cgroup namespace of its own");
  return BindSource{context.cgroup, false};
}

int16_t plan_open_source(Plan& plan, const BindSource& source) {
  int16_t tree = plan.slot();
  plan.add(OpCode::open_tree, {.out = tree,
                               .a = plan.text(source.path),
                               .x = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (source.recursive ? kRecursive : 0)});
  return tree;
}

Result<> plan_mounts(Plan& plan, int16_t root, const std::vector<Mount>& mounts, const MountContext& context) {
  for (size_t i = 0; i < mounts.size(); i++) {
    auto origin = cat("mounts[", i, "] ", quoted(mounts[i].destination));
    plan.begin(origin);
    // What holds for "/proc" must hold for "//proc/." too.
    Mount mount = mounts[i];
    mount.destination = clean_path(mount.destination);
    auto options = TRY_IN(origin, parse_mount_options(mount.options));
    auto id_map = TRY_IN(origin, find_id_map(plan, mount, options, context));
    int16_t source = context.sources.empty() ? int16_t{-1} : context.sources[i];
    TRY_IN(origin, plan_mount({plan, root, mount, options, context, id_map, source}));
  }
  return {};
}

bool binds_dev(const std::vector<Mount>& mounts) {
  return std::ranges::any_of(
      mounts, [](const Mount& mount) { return is_bind(mount) && clean_path(mount.destination) == "/dev"; });
}

}  // namespace sandbox
