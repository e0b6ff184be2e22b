// criu(8), which writes the processes of a container to files and makes them again. It is spoken with by its RPC
// (https://criu.org/RPC; criu's images/rpc.proto), since only there it asks back while it is at work.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/pidfd.h"
#include "base/result.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/oci/state.h"

namespace lifecycle::criu {

// A place in the container that shows something of the host.
struct Bind {
  std::string destination, source;  // both absolute
};
// The binds of the config, then those that were added since (see live_binds.h).
std::vector<Bind> binds_of(const oci::Spec& spec, const oci::State& state);

// What we keep beside the images, because criu has to be told it again: the container's state and, in its `extra`,
// where 0, 1 and 2 led ("pipe:[4711]"), since a new process gets other pipes.
Result<> write_notes(const std::string& images, const oci::State& state);
// Empty for the images of another runtime.
Result<oci::State> read_notes(const std::string& images);

// Descriptors of ours that criu opens by way of /proc/PID/fd. They lead to its own mount namespace: in its work
// directory it mounts.
struct Directories {
  Fd images, work;
};
Result<Directories> open_directories(const CriuOptions& options, pid_t criu);

// The request that has the container written to images. What is masked is looked at in /proc/PID/root. `freezer` is the
// directory of the container's cgroup, or empty.
std::string dump_request(const CheckpointOptions& options, const Directories& directories, const oci::Spec& spec,
                         const oci::State& state, const std::string& freezer);

// What the request to restore needs besides.
struct RestoreContext {
  std::vector<Bind> binds;
  std::string empty;  // directory that masked directories show
  int network = -1;   // descriptor of the network namespace to be in, or -1
};
// `state`: of the new container.
std::string restore_request(const RestoreOptions& options, const Directories& directories, const oci::Spec& spec,
                            const oci::State& notes, const oci::State& state, const RestoreContext& context);

// What criu tells while it waits for an answer: that it has come to "setup-namespaces" (with the pid of the new init),
// "orphan-pts-master" (with the master of a terminal that nobody in the container holds) or another point.
struct Notice {
  std::string script;
  pid_t pid = 0;
  Fd descriptor;
};

// A started criu, which waits for a request: meanwhile it can be put into a cgroup. It dies with the object.
class Criu {
 public:
  // `stdio` as in CreateOptions. `rootfs`: in a mount namespace of its own, with this directory as a mount point, as
  // restore needs it; empty: not. `kept`: a descriptor that it inherits, or -1. Errors: criu is not in PATH.
  static Result<Criu> begin(const Stdio& stdio, const std::string& rootfs, int kept);
  Criu(Criu&&) = default;
  Criu& operator=(Criu&&) = delete;
  ~Criu();

  pid_t pid() const { return process_.pid; }
  // Has it do what the request says, and waits for its end; its notices go to `noticed`, whose error ends the work and
  // is passed on. Gives the pid of a restored init. An error of criu's is the last one of its log, and says where that
  // is.
  using Noticed = std::function<Result<>(Notice)>;
  Result<pid_t> perform(const std::string& request, const std::string& log, const Noticed& noticed);

 private:
  Criu(Pidfd process, Fd socket) : process_(std::move(process)), socket_(std::move(socket)) {}
  Pidfd process_;
  Fd socket_;  // closing it without a word ends the child
};

}  // namespace lifecycle::criu
