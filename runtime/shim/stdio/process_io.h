// Where the input and output of one process go: what containerd asked for on one side, the process's 0, 1, 2 on the other.
#pragma once

#include <sys/types.h>

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "base/loop.h"
#include "base/result.h"

namespace shim {

// As in CreateTaskRequest and ExecProcessRequest. Each of the three: empty (nothing), a path or fifo://PATH; the outputs
// also file://PATH (appended to, both streams) and binary://PATH?KEY=VALUE&… (a logging program, for both streams).
struct StdioRequest {
  std::string in, out, err;
  bool terminal = false;  // `err` does not count then
};

struct StdioContext {
  std::string ns, container_id;  // a logging program is told of them: CONTAINER_NAMESPACE, CONTAINER_ID
  uid_t owner_uid = 0;           // whom the process's ends belong to (Options.io_uid, io_gid)
  gid_t owner_gid = 0;
  std::string work_dir;  // the bundle
};

class ProcessIo {
 public:
  // Opens both sides; nothing is copied yet, the loop is not told of anything. Errors name the path.
  static Result<std::unique_ptr<ProcessIo>> open(Loop& loop, const StdioRequest& request, const StdioContext& context);
  virtual ~ProcessIo() = default;

  // For lifecycle::CreateOptions and ExecOptions: the process's ends (-1 each with a terminal), and with a terminal the
  // connected socket that its master is sent to (else -1).
  virtual std::array<int, 3> child_stdio() const = 0;
  virtual int console_socket() const = 0;

  // The process is there: closes the process's ends here, takes the terminal's master, and copies from now on.
  virtual Result<> begin() = 0;

  // Columns and rows of the terminal. "no terminal" without one.
  virtual Result<> resize(uint32_t width, uint32_t height) = 0;
  // Nothing more will be written into the fifo by containerd: the process reads what is left, then the end.
  virtual void close_input() = 0;

  // The process has ended: calls `then` once, when all of its output has arrived or after so many milliseconds. Then
  // everything is closed, and a logging program told to stop.
  virtual void finish(int64_t milliseconds, std::function<void()> then) = 0;

  // The pids of logging programs end at the shim's reaper; true when this one was ours.
  virtual bool has_ended(pid_t pid, int status) = 0;
};

}  // namespace shim
