// A pod's sandbox: its files and its cgroup, pause, which holds its namespaces, and its network.
#pragma once

#include <functional>
#include <string>

#include "base/pidfd.h"
#include "runtime/kube/supervisor/pod_state.h"

namespace kube {

class PodSandbox {
 public:
  // `on_end` is called when pause has ended without our asking: the namespaces are not those of the next start any
  // more.
  PodSandbox(PodState& state, std::function<void()> on_end) : state_(state), on_end_(std::move(on_end)) {}
  PodSandbox(const PodSandbox&) = delete;

  // Makes the pod's ids, its folder and its cgroup, unless they are there.
  Result<> make_files();
  // Starts pause, joins the network, writes the /etc files, which tell the pod's address. state.has_sandbox then.
  Result<> make();

  // The sandbox is to end, or everything of the pod: that is not heard any more.
  void forget();
  // After teardown has killed everything: pause is our child, and nothing is to be left of it either.
  void reap();
  // Everything of the pod has been removed; it is made anew.
  void start_over();
  // What is left of a pause that has ended.
  void remove_pause();

 private:
  Result<> join_network();
  Result<> write_etc_files();
  void on_pause_end();

  PodState& state_;
  std::function<void()> on_end_;
  Pidfd pause_;
  std::string pause_id_;
  bool has_files_ = false;
};

}  // namespace kube
