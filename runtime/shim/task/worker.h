// One operation in a process of its own: a fork of the shim that calls runtime/lifecycle, gives back a few bytes and
// ends. What it made becomes a child of the shim, which is a subreaper (prctl(2), PR_SET_CHILD_SUBREAPER).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/loop.h"
#include "base/result.h"

namespace shim {

class Workers {
 public:
  using Work = std::function<Result<std::string>()>;
  using Then = std::function<void(Result<std::string> answer)>;

  explicit Workers(Loop& loop) : loop_(loop) {}
  Workers(const Workers&) = delete;
  ~Workers();

  // Runs `work` in a worker, then `then` here, after the worker has been reaped: never before this returns. The worker
  // dies with the shim. `kept` are the descriptors that the work needs; the worker closes all others, so that it holds
  // up nobody's end of file. An error of the work comes back whole; a worker that gave no answer is an error, too.
  // Gives the worker's pid, for who wants to end it.
  Result<pid_t> run(const std::vector<int>& kept, const Work& work, Then then);

  // The reaper has seen that a process was killed, and has not reaped it yet, so that its process group is still its
  // own. When it was a worker, the programs that it waited for are ended.
  void end_what_it_left(pid_t pid) const;

  // The reaper has reaped a process: true when it was a worker of ours.
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
  void read_answer(pid_t pid);
  void settle(pid_t pid);

  Loop& loop_;
  std::map<pid_t, Running> running_;
};

// True for the error of a worker that was killed, or ended, before it could answer. What it was making is half made.
bool is_lost_worker(const Error& error);

// An answer as it crosses the pipe, and back. `status` is the worker's as waitpid(2) has it.
std::string pack_answer(const Result<std::string>& answer);
Result<std::string> unpack_answer(std::string_view bytes, int status);

}  // namespace shim
