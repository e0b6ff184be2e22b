// One operation in a process of its own: a fork of the shim that calls runtime/lifecycle, gives back a few bytes and ends.
// What it made becomes a child of the shim, which is a subreaper (prctl(2), PR_SET_CHILD_SUBREAPER).
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/loop.h"
#include "base/result.h"

namespace shim {

class Workers {
 public:
  using Work = std::function<Result<std::string>()>;
  using Then = std::function<void(Result<std::string> answer)>;

  explicit Workers(Loop& loop) : loop_(loop) {}

  // Runs `work` in a worker, then `then` here, after the worker has been reaped. The worker dies with the shim. `kept`
  // are the descriptors that the work needs; the worker closes all others, so that it holds up nobody's end of file.
  Result<> run(std::vector<int> kept, Work work, Then then);

  // The reaper has seen a process end: true when it was a worker of ours.
  bool has_ended(pid_t pid, int status);
  bool is_idle() const { return running_.empty(); }

 private:
  struct Running {
    Fd answer;
    std::string bytes;
    Then then;
    bool is_read = false, is_reaped = false;
    int status = 0;
  };
  void settle(pid_t pid);

  Loop& loop_;
  std::map<pid_t, Running> running_;
};

}  // namespace shim
