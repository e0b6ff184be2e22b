// Signals, and the end: kill and remove.
#include <sched.h>

#include <cerrno>
#include <csignal>

#include "base/log.h"
#include "base/text.h"
#include "runtime/lifecycle/destroy.h"
#include "runtime/lifecycle/hooks.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/lifecycle/state_dir.h"
#include "runtime/lifecycle/status.h"
#include "sandbox/plan_namespaces.h"

namespace lifecycle {
namespace {

constexpr int kKillWait = 10000;  // milliseconds that a killed process may take to go

bool has_cgroup(const oci::State& state) {
  return !state.cgroup_path.empty();
}

// Kills the whole container, whatever is left of it, and waits for its end.
Result<> kill_everything(const oci::State& state) {
  if (has_cgroup(state)) {
    auto hierarchy = TRY(cgroups::read_hierarchy());
    // Most often nobody is left in it, which the kernel tells by letting it go.
    if (!cgroups::remove_empty(hierarchy, state.cgroup_path)) {
      TRY(cgroups::kill(hierarchy, state.cgroup_path));
      (void)cgroups::thaw(hierarchy, state.cgroup_path);  // a frozen process dies only when it thaws
    }
  }
  auto init = open_init(state);
  if (!init) return {};
  auto sent = send_signal(*init, SIGKILL);
  if (!sent && sent.error().err != ESRCH) return sent;
  if (!wait_end(*init, kKillWait)) return fail(cat("process ", init->pid, " does not die"));
  return {};
}

Result<> remove_cgroup(const oci::State& state) {
  if (!has_cgroup(state) && state.cgroup_scope.empty()) return {};
  return cgroups::remove(TRY(cgroups::read_hierarchy()), cgroup_location(state));
}

Result<> remove_container(StateDir& dir, bool force) {
  TRY(dir.lock());
  auto state = dir.read();
  if (!state) {
    // A creation that was killed before it could write down what it was about to make had made nothing else yet.
    if (force) return dir.remove();
    return std::unexpected(std::move(state).error());
  }
  auto status = read_status(dir, *state);
  bool may_be_killed = status == oci::Status::kCreated || status == oci::Status::kStopped;
  if (!force && !may_be_killed)
    return fail(cat("cannot delete container ", quoted(state->id), " that is not stopped: ", oci::name_of(status)));
  return destroy(dir, *state);
}

}  // namespace

Result<> destroy(StateDir& dir, const oci::State& state) {
  TRY(kill_everything(state));
  TRY(remove_cgroup(state));
  for (const char* made : {"rdtMonitorMade", "rdtGroupMade"})
    if (auto group = state.extra.find(made); group != state.extra.end()) TRY(cgroups::remove_rdt(group->second));
  TRY(dir.remove());
  run_all_hooks("hooks.poststop", state.poststop, oci::state_for_hooks(state, oci::Status::kStopped));
  return {};
}

std::unexpected<Error> destroy_after(Error hook_failure, StateDir& dir, const oci::State& state) {
  if (auto destroyed = destroy(dir, state); !destroyed)
    log_warning(cat("destroy ", quoted(state.id), " after a hook that failed: ", destroyed.error().text()));
  return std::unexpected(std::move(hook_failure));
}

Result<> kill(const std::string& root, const std::string& id, int signal, bool all) {
  auto dir = TRY(StateDir::open(root, id));
  auto state = TRY(dir.read());
  bool everyone =
      has_cgroup(state) && (all || (signal == SIGKILL && !sandbox::has_namespace(state.namespaces, CLONE_NEWPID)));
  if (everyone) {
    // Without a pid namespace the end of init is not the end of the others.
    auto hierarchy = TRY(cgroups::read_hierarchy());
    if (signal == SIGKILL) return cgroups::kill(hierarchy, state.cgroup_path);
    auto sent = cgroups::send_signal(hierarchy, state.cgroup_path, signal);
    if (!sent && sent.error().err == ENOENT) return {};
    return sent;
  }
  auto init = open_init(state);
  if (!init) return all ? Result<>{} : fail("container not running");
  auto sent = send_signal(*init, signal);
  if (!sent && sent.error().err == ESRCH) return fail("container not running");
  return sent;
}

Result<> remove(const std::string& root, const std::string& id, bool force) {
  auto dir = StateDir::open(root, id);
  auto removed = dir ? remove_container(*dir, force) : Result<>(std::unexpected(std::move(dir).error()));
  // Unknown from the start, or removed by somebody else while we waited for the lock.
  bool unknown = !removed && is_unknown_container(removed.error());
  if (force && unknown) return {};
  return removed;
}

}  // namespace lifecycle
