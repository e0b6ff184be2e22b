// Looks after a pod: its place on the node, its sandbox, its containers, its end.
#pragma once

#include "runtime/kube/supervisor/admission.h"
#include "runtime/kube/supervisor/control.h"
#include "runtime/kube/supervisor/pod_containers.h"
#include "runtime/kube/supervisor/pod_sandbox.h"
#include "runtime/kube/supervisor/pod_state.h"
#include "runtime/kube/supervisor/resize_worker.h"
#include "runtime/kube/supervisor/storage_watch.h"
#include "runtime/kube/supervisor/volume_worker.h"

namespace kube {

class PodWorker {
 public:
  explicit PodWorker(PodState& state);

  // Looks for room, then makes the volumes, the sandbox and starts the containers; tries again later where that fails.
  void begin();

  // The same for a pod that another supervisor has begun, and left when it was killed; it has been taken up (resume.h).
  void resume();

  // Ends the pod: stop signals, SIGKILL after `grace` seconds, then everything is removed. May be called again with
  // another grace period.
  void begin_deletion(int64_t grace);

  // Changes the pod, and saves it. False when it is that already. Error: why it must not be.
  Result<bool> change(const PatchRequest& request);

  // Takes a client in, to whom the container's stdin and output are given. Error: why not; he is the caller's still.
  Result<> attach(const AttachRequest& request, Fd& connection) {
    return containers_.attach(request.container, request.wants_input, connection);
  }

  // The pod is gone, or has run to its end: the supervisor has nothing left to do.
  bool is_done() const { return is_done_; }
  // Nothing is left of it, not even its record.
  bool is_removed() const { return is_removed_; }

  // Writes what has changed since. False when nothing has.
  Result<bool> save();

 private:
  void schedule();
  void start_deadline();
  void reject(const Rejection& rejection);
  void start_sandbox();
  void on_volumes_ready();
  void on_sandbox_failure(const Error& error);
  void on_container_change();
  void on_sandbox_end();
  void settle();
  void evict(const std::string& message);
  void on_deadline();
  void end_containers(int64_t grace);
  void finish();
  void remove();

  PodState& state_;
  VolumeWorker volumes_;
  StorageWatch storage_;
  PodSandbox sandbox_;
  PodContainers containers_;
  RoomWatch room_;  // while it has no place on the node
  ResizeWorker resize_;
  bool is_sandbox_lost_ = false;
  bool is_done_ = false;
  bool is_removed_ = false;
};

}  // namespace kube
