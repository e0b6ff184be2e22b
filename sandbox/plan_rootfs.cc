#include "sandbox/plan_rootfs.h"

#include <fcntl.h>
#include <linux/mount.h>

#include "base/text.h"
#include "sandbox/mount_options.h"

namespace sandbox {
namespace {

constexpr uint64_t kRec = 1 << 14, kUnbindable = 1 << 17, kPrivate = 1 << 18, kSlave = 1 << 19, kShared = 1 << 20;
constexpr uint64_t kTree = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | kRecursive;

Result<uint64_t> propagation_flags(const std::string& name) {
  struct Known {
    std::string_view name;
    uint64_t flags;
  };
  constexpr Known kKnown[] = {
      {"", kSlave | kRec},          {"slave", kSlave | kRec},           {"rslave", kSlave | kRec},
      {"private", kPrivate | kRec}, {"rprivate", kPrivate | kRec},      {"shared", kShared | kRec},
      {"rshared", kShared | kRec},  {"unbindable", kUnbindable | kRec}, {"runbindable", kUnbindable | kRec},
  };
  for (const auto& known : kKnown)
    if (known.name == name) return known.flags;
  return fail(cat("linux.rootfsPropagation: unknown propagation ", quoted(name)));
}

// Where root of the container's user namespace is not let through to the root, the caller opens it, and it lies over
// what is there already; cut off from the host's propagation, as a mount namespace of another user's is by itself.
void plan_reachable_root(Plan& plan, uint32_t path, int16_t tree, int16_t place) {
  size_t opened = plan.add(OpCode::open_tree, {.out = tree, .a = path, .x = kTree});
  plan.add(OpCode::open_host, {.out = place, .a = path, .x = O_PATH | O_DIRECTORY});
  size_t done = plan.add(OpCode::skip, {});
  plan.on_errno_skip_here(opened, kOnDenied);
  plan.add(OpCode::borrow_tree, {.out = tree, .a = path, .x = kTree});
  mount_attr slave{0, 0, kSlave, 0};
  plan.add(OpCode::mount_setattr, {.in = tree, .a = plan.data(slave), .x = kRecursive});
  plan.add(OpCode::open_host, {.out = place, .a = plan.text("/"), .x = O_PATH | O_DIRECTORY});
  plan.skip_here(done);
}

}  // namespace

// Slave, so that nothing we mount shows on the host, unless sharing was asked for. "unbindable" would forbid the binds
// that follow; it is set at the end, on the root alone.
Result<uint64_t> host_propagation(const std::string& propagation) {
  uint64_t flags = TRY(propagation_flags(propagation));
  return (flags & kUnbindable) != 0 ? kPrivate | kRec : flags;
}

Result<int16_t> plan_rootfs(Plan& plan, const Root& root, const std::string& propagation, bool user_namespace) {
  uint64_t flags = TRY(propagation_flags(propagation));
  plan.begin("rootfs propagation");
  plan.add(OpCode::propagation, {.a = plan.text("/"), .x = TRY(host_propagation(propagation))});
  plan.begin(cat("root ", quoted(root.path)));
  uint32_t path = plan.text(root.path);
  if ((flags & kShared) != 0) plan.add(OpCode::parent_private, {.a = path});
  int16_t tree = plan.slot(), place = plan.slot();
  if (user_namespace) {
    plan_reachable_root(plan, path, tree, place);
  } else {
    plan.add(OpCode::open_tree, {.out = tree, .a = path, .x = kTree});
    plan.add(OpCode::open_host, {.out = place, .a = path, .x = O_PATH | O_DIRECTORY});
  }
  plan.add(OpCode::move_mount, {.in = tree, .out = place});
  // It lies on the host's mount: from there ".." leads out, however long ago the root was switched (CVE-2024-21626).
  plan.add(OpCode::close, {.in = place});
  return tree;
}

void plan_hidden_paths(Plan& plan, int16_t root, const std::vector<std::string>& masked,
                       const std::vector<std::string>& readonly, const std::string& empty_directory) {
  for (const auto& path : readonly) {
    plan.begin(cat("readonlyPaths ", quoted(path)));
    plan.add(OpCode::readonly, {.in = root, .a = plan.text(path)});
  }
  uint32_t empty = masked.empty() ? 0 : plan.text(empty_directory);
  for (const auto& path : masked) {
    plan.begin(cat("maskedPaths ", quoted(path)));
    plan.add(OpCode::mask, {.in = root, .a = plan.text(path), .b = empty});
  }
}

void plan_working_directory(Plan& plan, int16_t root, const std::string& cwd) {
  if (cwd == "/") return;
  plan.begin(cat("process.cwd ", quoted(cwd)));
  // A root that cannot be written, or a directory that is a file: the chdir later says it better.
  plan.add(OpCode::mkdirs,
           {.in = root, .a = plan.text(cwd), .x = 0755, .on_errno = kOnReadOnly | kOnDenied | kOnMissing});
}

void plan_switch_root(Plan& plan, int16_t root, const Root& config, const std::string& propagation, bool pivot) {
  plan.begin(cat("root ", quoted(config.path)));
  if (config.readonly) {
    mount_attr readonly{MOUNT_ATTR_RDONLY, 0, 0, 0};
    plan.add(OpCode::mount_setattr, {.in = root, .a = plan.data(readonly)});
  }
  plan.add(pivot ? OpCode::pivot : OpCode::move_root, {.in = root});
  auto flags = propagation_flags(propagation);
  bool own = !propagation.empty() && flags && (*flags & (kShared | kUnbindable)) != 0;
  if (own) plan.add(OpCode::propagation, {.a = plan.text("/"), .x = *flags & ~kRec});  // the mounts keep their own
  plan.add(OpCode::close, {.in = root});
}

}  // namespace sandbox
