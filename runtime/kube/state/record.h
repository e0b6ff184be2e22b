// What is on disk of a pod. Everything can be read without the supervisor, whether it is busy, dead or gone.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/pidfd.h"
#include "base/result.h"
#include "runtime/kube/api/pod.h"
#include "runtime/kube/state/place.h"

namespace kube {

// pod.json, replaced at once. Reading a pod that is not there is ENOENT.
Result<> write_pod(const Pod& pod, const std::string& dir);
Result<Pod> read_pod(const std::string& dir);

// The pods of a namespace, or of all with an empty one, by namespace and name. Folders without a readable pod.json (of
// a pod that is being made or removed) are passed over. A pod that has lost its supervisor is shown as such (see
// below).
Result<std::vector<Pod>> list_pods(const Place& place, const std::string& ns);

// One pod as `get` shows it; `pods "x" not found` when it is not there.
Result<Pod> find_pod(const Place& place, const std::string& ns, const std::string& name);
// Whether that was the error, of a pod or of another object.
bool is_not_found(const Error& error);

// A pod that should have a supervisor and has none can change no more: phase and conditions become Unknown.
bool needs_supervisor(const Pod& pod);
void mark_lost(Pod& pod);
bool is_lost(const Pod& pod);

// The file `supervisor` names the process by pid and start time, so that no other process is taken for it.
Result<> write_supervisor(const std::string& dir, pid_t pid);
// Empty when it has ended.
std::optional<Pidfd> find_supervisor(const std::string& dir);

// The lock of a pod's folder: held by the supervisor as long as it lives, and by whoever changes or removes the pod
// without one. The descriptor must be kept. EWOULDBLOCK when it is held.
Result<Fd> lock_pod(const std::string& dir);

}  // namespace kube
