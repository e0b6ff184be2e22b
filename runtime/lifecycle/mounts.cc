// Mounts that a container gets or loses while it is there: a child opens the sources on the host, joins the container's
// namespaces and puts the mounts in place by the planner and the rules of create, since its root may be hostile by now.
#include <fcntl.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "runtime/lifecycle/container_plan.h"
#include "runtime/lifecycle/entry.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/lifecycle/live_binds.h"
#include "runtime/lifecycle/state_dir.h"
#include "sandbox/launch.h"
#include "sandbox/plan_live_mounts.h"
#include "sandbox/plan_namespaces.h"

namespace lifecycle {
namespace {

using sandbox::OpCode;
using Mounts = std::vector<sandbox::Mount>;

// The end of every plan here: the child has done its part, and goes when we have heard of it.
void plan_end(sandbox::Plan& plan) {
  plan.begin("mounts");
  plan.add(OpCode::barrier, {.x = static_cast<uint64_t>(sandbox::Barrier::ready)});
}

// From here on the container's: joins its namespaces and opens its root.
int16_t plan_entry(sandbox::Plan& plan, const Entry& entry, int types) {
  sandbox::plan_join_process(plan, entry.init.fd.get(), types);
  int16_t root = plan.slot();
  plan.begin("the container's root");
  plan.add(OpCode::open_host, {.out = root, .a = plan.text("/"), .x = O_PATH | O_DIRECTORY});
  return root;
}

Result<sandbox::Plan> plan_addition(const Entry& entry, const Mounts& mounts, int types) {
  auto context = mount_context(entry.spec, entry.state.bundle);
  if (!context.cgroup_namespace && !entry.state.cgroup_path.empty())
    context.cgroup = TRY(cgroups::read_hierarchy()).mount + entry.state.cgroup_path;
  sandbox::Plan plan;
  context.sources = TRY(sandbox::plan_mount_sources(plan, mounts, context, entry.spec.rootfs_propagation));
  int16_t root = plan_entry(plan, entry, types);
  TRY(sandbox::plan_mounts(plan, root, mounts, context));
  plan_end(plan);
  return plan;
}

// `attached` tells how many mounts are in place when it fails.
Result<> act(const sandbox::Plan& plan, int pid_namespace, uint32_t& attached) {
  sandbox::LaunchOptions launch;
  launch.pid_namespace = pid_namespace;
  auto child = TRY(sandbox::launch(plan, launch));
  auto done = child.follow(plan, sandbox::Barrier::ready, {});
  attached = child.attached();
  return done;
}

// The last one first: it may lie on one before it.
Result<> remove_from(const Entry& entry, const Mounts& mounts) {
  int types = namespaces_to_join(entry);
  Fd pid_namespace = TRY(open_pid_namespace(entry, types));
  sandbox::Plan plan;
  int16_t root = plan_entry(plan, entry, types);
  std::vector<std::string> destinations;
  for (const auto& mount : mounts) destinations.push_back(mount.destination);
  std::ranges::reverse(destinations);
  TRY(sandbox::plan_unmounts(plan, root, destinations));
  plan_end(plan);
  uint32_t attached = 0;
  return act(plan, pid_namespace.get(), attached);
}

Result<> add_to(const Entry& entry, const Mounts& mounts) {
  int types = namespaces_to_join(entry);
  Fd pid_namespace = TRY(open_pid_namespace(entry, types));
  auto plan = TRY(plan_addition(entry, mounts, types));
  uint32_t attached = 0;
  auto added = act(plan, pid_namespace.get(), attached);
  if (added || attached == 0) return added;
  auto undone = remove_from(entry, Mounts(mounts.begin(), mounts.begin() + attached));
  if (!undone) added.error().message += cat("; and those before it stay: ", undone.error().text());
  return added;
}

// Checkpoint has to know of them: noted before they are there, struck out when they are gone, so that none is missing
// wherever we are killed.
Result<> add_and_remember(const StateDir& dir, Entry& entry, const Mounts& mounts) {
  const auto before = entry.state;
  remember_binds(entry.state, mounts);
  TRY(dir.write(entry.state));
  auto added = add_to(entry, mounts);
  if (!added) TRY(dir.write(before));
  return added;
}

Result<> remove_and_forget(const StateDir& dir, Entry& entry, const Mounts& mounts) {
  TRY(remove_from(entry, mounts));
  forget_binds(entry.state, mounts);
  return dir.write(entry.state);
}

using Change = Result<>(const StateDir& dir, Entry& entry, const Mounts& mounts);

Result<> change_mounts(const std::string& root, const std::string& id, const std::string& file, Change* change) {
  auto dir = TRY(StateDir::open(root, id));
  TRY(dir.lock());  // nobody removes it meanwhile
  auto entry = TRY(open_running(root, id));
  if (!sandbox::has_namespace(entry.state.namespaces, CLONE_NEWNS)) return fail("it has no mount namespace of its own");
  auto mounts = TRY(oci::read_mounts(TRY(read_file(file)), entry.state.bundle, file));
  return change(dir, entry, mounts);
}

}  // namespace

Result<> add_mounts(const std::string& root, const std::string& id, const std::string& file) {
  TRY(StateDir::open(root, id));
  TRY_IN(cat("add mounts to ", quoted(id)), change_mounts(root, id, file, add_and_remember));
  return {};
}

Result<> remove_mounts(const std::string& root, const std::string& id, const std::string& file) {
  TRY(StateDir::open(root, id));
  TRY_IN(cat("remove mounts from ", quoted(id)), change_mounts(root, id, file, remove_and_forget));
  return {};
}

}  // namespace lifecycle
