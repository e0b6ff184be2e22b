// Where the input and output of one process go: what containerd asked for on one side, the process's 0, 1, 2 on the
// other.
#pragma once

#include <sys/types.h>

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "base/loop.h"
#include "base/result.h"

namespace shim {

// As in CreateTaskRequest and ExecProcessRequest. Each of the three: empty (nothing), a path or fifo://PATH; the
// outputs also file://PATH (appended to, made with its parents when it is missing), and binary://PATH?KEY=VALUE&… in
// `out`: a logging program, for both outputs (`err` is then the same, or empty). It runs as root on the host, so these
// come from the request alone, never from what an image, an annotation or the state on disk says (CVE-2026-53488).
struct StdioRequest {
  std::string in, out, err;
  bool terminal = false;  // `err` does not count then
};

struct StdioContext {
  std::string ns, container_id;  // a logging program is told of them: CONTAINER_NAMESPACE, CONTAINER_ID
  uid_t owner_uid = 0;           // whom the process's ends belong to (Options.io_uid, io_gid)
  gid_t owner_gid = 0;
  std::string work_dir;  // the bundle: where a logging program starts
};

// The loop, the caller's, has to live longer. SIGPIPE must be ignored in the shim: a process may leave its input
// unread.
class ProcessIo {
 public:
  // Opens both sides, and starts a logging program; nothing is copied yet, the loop is not told of anything. Never
  // blocks: nobody has to have the other end of a fifo open. Errors name the stream and the path.
  static Result<std::unique_ptr<ProcessIo>> open(Loop& loop, const StdioRequest& request, const StdioContext& context);
  // Closes everything; a logging program that still runs is told to stop.
  virtual ~ProcessIo() = default;

  // Calls `then` once, when the process may be started: before this returns, unless a logging program has to get ready
  // (10 s at most). Who starts the process without asking loses nothing: its pipes hold what it writes.
  virtual void when_ready(std::function<void(Result<>)> then) = 0;

  // For lifecycle::CreateOptions and ExecOptions: the process's ends (-1 each with a terminal; two may be the same),
  // and with a terminal the connected socket that its master is sent to (else -1). They stay ours, until begin().
  virtual std::array<int, 3> child_stdio() const = 0;
  virtual int console_socket() const = 0;

  // The process is there: closes the process's ends here, takes the terminal's master, and copies from now on.
  virtual Result<> begin() = 0;

  // Columns and rows of the terminal. "no terminal" without one, or after it has hung up.
  virtual Result<> resize(uint32_t width, uint32_t height) = 0;
  // Nothing more will be written into the fifo by containerd: the process reads what is left, then the end. A terminal
  // knows no end of input: the process reads what is left.
  virtual void close_input() = 0;

  // The process has ended: calls `then` once, when all of its output has arrived or after so many milliseconds. Then
  // everything is closed, and a logging program told to stop: it has had a second to end by itself, and is waited for.
  // Only a fifo that nobody reads keeps its last bytes, while this object is there, for the containerd that comes next.
  // `then` is called by the loop, never before this returns, and not at all when the object goes before.
  virtual void finish(int64_t milliseconds, std::function<void()> then) = 0;

  // The pids of logging programs end at the shim's reaper; true when this one was ours.
  virtual bool has_ended(pid_t pid, int status) = 0;
};

}  // namespace shim
