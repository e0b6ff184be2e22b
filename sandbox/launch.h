// Starts the child of a plan and talks with it until it has become the container's process.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>

#include "base/pidfd.h"
#include "cgroups/id_list.h"
#include "sandbox/birth.h"
#include "sandbox/plan.h"

namespace sandbox {

// The child's program, as it is carried inside the library (generated).
extern const std::span<const unsigned char> child_image;

struct LaunchOptions {
  uint64_t namespaces = 0;  // CLONE_NEW… that the child starts in; not CLONE_NEWCGROUP (see plan_namespaces.h)
  int cgroup = -1;          // directory of the cgroup that it starts in (CLONE_INTO_CGROUP), -1: ours
  int pid_namespace = -1;   // pid namespace to be born into, -1: ours, or a new one with CLONE_NEWPID
  cgroups::IdMask cpus;     // that it starts on, before its cgroup has its say; empty: ours
  std::array<int, 3> stdio = {-1, -1, -1};  // descriptors above 2 that become 0, 1, 2; -1: ours
};

struct Heard;

// A started child. It dies with this object unless it is let go.
class Child {
 public:
  Child(Pidfd process, Fd socket, std::unique_ptr<Birth> birth)
      : process_(std::move(process)), socket_(std::move(socket)), birth_(std::move(birth)) {}
  Child(Child&&) = default;
  Child& operator=(Child&&) = delete;
  ~Child();

  const Pidfd& process() const { return process_; }

  // Lets a child go on that stands at a barrier or waits for its id maps.
  Result<> go_on();

  // Called at each barrier that the child reaches, before it goes on, with the descriptor that came with it, if one
  // did. An error ends the child and is passed on.
  using AtBarrier = std::function<Result<>(Barrier, Fd)>;

  // Follows the child until it reports `last`, or for Barrier::exec until it has become the container's program. A
  // failure of the child comes back as an error in the words of the plan.
  Result<> follow(const Plan& plan, Barrier last, const AtBarrier& at_barrier);

  // How many mounts a child that failed had put in place.
  uint32_t attached() const { return attached_; }

  // From now on the process is the container's: gives it away, alive.
  Pidfd let_go();

 private:
  Result<> died();
  Result<Fd> act_for(const Op& op, const Plan& plan, const Fd& mount);
  Result<> serve(const Plan& plan, const Heard& asked);
  Result<int> user_namespace_for(const IdMaps& maps, size_t index);

  Pidfd process_;
  Fd socket_;
  uint32_t attached_ = 0;
  std::vector<Fd> id_map_namespaces_;  // by index of Plan::id_maps(), made when first asked for
  std::unique_ptr<Birth> birth_;       // the child uses it until it executes its own program
};

// Starts the child. With CLONE_NEWUSER it first waits for go_on(), so that the caller can write its id maps.
Result<Child> launch(const Plan& plan, const LaunchOptions& options);

// What came back from a child over a socket: the barrier that was reached, the failure in the plan's words, or nothing
// when the other end was closed. `start` hears with this what becomes of the exec.
struct Heard {
  bool closed = false;
  Message message{};
  Fd descriptor = {};  // that came with Barrier::listener or Barrier::request
};
Result<Heard> hear(int socket);

// Lets a child go on that stands at a barrier.
Result<> tell_to_go_on(int socket);

// Words for a failure when the plan is no longer there (the child of another process).
Error explain_step(const Message& failure);

}  // namespace sandbox
