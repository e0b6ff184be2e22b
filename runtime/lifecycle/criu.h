// criu(8), which writes the processes of a container to files and makes them again: its command line, its start, and
// what it had to say when it fails.
#pragma once

#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/pidfd.h"
#include "base/result.h"
#include "runtime/lifecycle/lifecycle.h"

namespace lifecycle::criu {

// What we keep beside the images, because criu has to be told it again.
struct Notes {
  std::vector<std::string> descriptors;  // where 0, 1 and 2 led ("pipe:[4711]"): a new process gets other pipes
  std::string cgroup;                    // path of the container's cgroup
};
Result<> write_notes(const std::string& images, pid_t pid, const std::string& cgroup);
// Empty for the images of another runtime.
Result<Notes> read_notes(const std::string& images);

// The words of `criu dump` or `pre-dump` of this process, whose masked paths are looked at in /proc/PID/root.
std::vector<std::string> dump_words(const CheckpointOptions& options, const oci::Spec& spec, pid_t pid);

// What `criu restore` needs besides.
struct RestoreContext {
  std::string pid_file;  // gets the pid of the new init
  std::string empty;     // directory that masked directories show
  std::string cgroup;    // path of the new cgroup
  int network = -1;      // descriptor of the network namespace to be in, or -1
};
std::vector<std::string> restore_words(const RestoreOptions& options, const oci::Spec& spec, const Notes& notes,
                                       const RestoreContext& context);

// A started criu, which waits until go() is called: meanwhile it can be put into a cgroup. It dies with the object.
class Criu {
 public:
  // `stdio` as in CreateOptions. `rootfs`: in a mount namespace of its own, with this directory as a mount point, as
  // restore needs it; empty: not. `kept`: a descriptor that it inherits, or -1. Errors: criu is not in PATH.
  static Result<Criu> begin(const std::vector<std::string>& words, const Stdio& stdio, const std::string& rootfs,
                            int kept);
  Criu(Criu&&) = default;
  Criu& operator=(Criu&&) = delete;
  ~Criu();

  pid_t pid() const { return process_.pid; }
  // Lets it work, and waits for its end. An error has the last error of the log in the work directory, and says where
  // that log is.
  Result<> finish(const std::string& log);

 private:
  Criu(Pidfd process, Fd gate, Fd report)
      : process_(std::move(process)), gate_(std::move(gate)), report_(std::move(report)) {}
  Pidfd process_;
  Fd gate_;    // closing it without a word ends the child
  Fd report_;  // the errno of a failed start comes here
};

}  // namespace lifecycle::criu
