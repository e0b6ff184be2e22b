#include "runtime/kube/supervisor/supervise.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/file.h"
#include "base/path.h"
#include "base/resident.h"
#include "base/signals.h"
#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/sandbox/pod_resources.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/state/room.h"
#include "runtime/kube/supervisor/control.h"
#include "runtime/kube/supervisor/pod_worker.h"
#include "runtime/kube/supervisor/resume.h"
#include "runtime/kube/supervisor/teardown.h"

namespace kube {
namespace {

// Milliseconds without a change after which the supervisor makes itself small.
constexpr int64_t kRestAfter = 200;

// Mounts of the pod's roots and volumes are made in a namespace of our own, which nobody needs to clean up: they are
// gone with the last process that sees them. Mounts of the host still arrive, and above all go away when the host
// unmounts. Gives the host's namespace.
Result<Fd> leave_mount_namespace() {
  Fd host(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!host.is_open()) return fail_errno(errno, "open '/proc/self/ns/mnt'");
  if (unshare(CLONE_NEWNS) < 0) return fail_errno(errno, "make a mount namespace");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) < 0)
    return fail_errno(errno, "make the mounts receive the host's");
  return host;
}

// SIGTERM and SIGINT end the pod as `delete` does.
Result<Fd> open_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  // Writing to a pipe whose reader has gone is an error to see, not a reason to die.
  signal(SIGPIPE, SIG_IGN);
  return ::open_signals(signals);
}

Result<PodState> read_state(const Place& place, const std::string& ns, const std::string& name) {
  const std::string dir = pod_dir(place, ns, name);
  PodState state{.place = place,
                 .pod = TRY(read_pod(dir)),
                 .dir = dir,
                 .allocation = TRY(read_allocation(dir)),
                 .context = {},
                 .tokens = {},
                 .hierarchy = TRY(cgroups::read_hierarchy()),
                 .host_mounts = {},
                 .events = {},
                 .loop = TRY(Loop::create())};
  state.context.node = TRY(read_node_info(state.hierarchy));
  state.events = EventLog(TRY(read_events(dir)));
  state.context.data_dir = data_dir(place, state.pod.metadata);
  state.context.cgroup_path = pod_cgroup_path(qos_class(state.pod.spec), state.pod.metadata.uid);
  return state;
}

std::string act(PodWorker& worker, const Request& request, Fd& connection) {
  if (const auto* attach = std::get_if<AttachRequest>(&request)) {
    const Result<> attached = worker.attach(*attach, connection);
    return attached ? "" : attached.error().text();
  }
  if (const auto* deletion = std::get_if<DeleteRequest>(&request)) {
    worker.begin_deletion(deletion->grace);
    return "heard";
  }
  const Result<bool> changed = worker.change(std::get<PatchRequest>(request));
  if (!changed) return changed.error().text();
  return std::string(*changed ? kChanged : kUnchanged);
}

Result<> run(PodState& state, bool is_resumed, int signals, int control, Fd ready) {
  PodWorker worker(state);
  TRY(state.loop.watch(signals, [&] {
    signalfd_siginfo info;
    if (read(signals, &info, sizeof info) == sizeof info) worker.begin_deletion(grace_of(state.pod.spec));
  }));
  bool was_asked = false;
  TRY(state.loop.watch(control, [&] {
    was_asked = true;
    answer_request(control, [&](const Request& request, Fd& connection) { return act(worker, request, connection); });
  }));
  TRY(write_all(ready.get(), "ready"));
  ready.reset();
  state.loop.after(0, [&] { is_resumed ? worker.resume() : worker.begin(); });
  Loop::TimerId rest = 0;
  while (!worker.is_done()) {
    TRY(state.loop.turn());
    // A record that cannot be written now may be later; the pod must not end for it.
    const bool is_saved = worker.save().value_or(false);
    // What was asked may have been saved before its answer.
    if (!std::exchange(was_asked, false) && !is_saved) continue;
    state.loop.cancel(rest);
    rest = state.loop.after(kRestAfter, give_back_code);
  }
  // Of a pod that is removed teardown has told the others.
  if (worker.is_removed()) return {};
  announce_room(state.place);
  return release_claims(state.place, state.pod);
}

// Somebody may hold it for a moment who changes the pod while it has no supervisor (reach.h).
Result<Fd> wait_for_lock(const std::string& dir) {
  constexpr int64_t kPatience = 5000;  // milliseconds
  constexpr int kPause = 20;
  const int64_t deadline = monotonic_ms() + kPatience;
  while (true) {
    Result<Fd> lock = lock_pod(dir);
    if (lock || lock.error().err != EWOULDBLOCK || find_supervisor(dir)) return lock;
    // Whoever removes the pod removes its record before the lock, which must not be made anew behind that.
    if (!path_exists(cat(dir, "/pod.json"))) return lock;
    if (monotonic_ms() >= deadline)
      return fail("it is made, taken over or removed by somebody who does not come to an end", "try again later");
    (void)poll(nullptr, 0, kPause);
  }
}

Result<> take_over(const Place& place, const std::string& ns, const std::string& name, Fd& ready) {
  const std::string dir = pod_dir(place, ns, name);
  const Fd lock = TRY(wait_for_lock(dir));
  const Fd signals = TRY(open_signals());
  Fd host_mounts = TRY(leave_mount_namespace());
  PodState state = TRY(read_state(place, ns, name));
  state.host_mounts = std::move(host_mounts);
  state.context.host_mounts = state.host_mounts.get();
  state.context.pod = &state.pod;
  state.context.place = &state.place;
  state.context.tokens = &state.tokens;
  state.context.node.least_oom_score_adj = lower_oom_score_adj();
  const Fd control = TRY(listen_control(dir));
  const bool is_resumed = path_exists(cat(dir, "/supervisor"));
  // From now on what the record says is taken for true.
  if (is_resumed) TRY(take_up_pod(place, state.pod, state.hierarchy, dir));
  TRY(write_supervisor(dir, getpid()));
  return run(state, is_resumed, signals.get(), control.get(), std::move(ready));
}

}  // namespace

Result<> supervise(const Place& place, const std::string& ns, const std::string& name, int ready) {
  Fd answer(ready);
  fcntl(ready, F_SETFD, FD_CLOEXEC);
  // Executed by /proc/self/exe, it would be called "exe".
  prctl(PR_SET_NAME, "nacelle-kube");
  Result<> done = take_over(place, ns, name, answer);
  if (!done && answer.is_open()) (void)write_all(answer.get(), done.error().text());
  return done;
}

}  // namespace kube
