// What the tests of a process's input and output have in common: a folder with fifos, a loop, children, readers.
#pragma once

#include <sys/types.h>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/loop.h"
#include "runtime/shim/stdio/process_io.h"

// Plays containerd at the far end of an output fifo: reads whenever there is something.
struct Reader {
  Reader(Loop& loop, const std::string& path);
  Reader(const Reader&) = delete;
  ~Reader() { close(); }
  // Reads on only when told to.
  void pause();
  void resume();
  void close();

  Loop& loop;
  Fd fd;
  std::string bytes;
  bool has_ended = false;
  size_t most = 65536;  // at a time
};

struct Stage {
  Stage();
  Stage(const Stage&) = delete;
  ~Stage();

  std::string path(const std::string& name) const { return dir + "/" + name; }
  // Makes the fifo and gives its path.
  std::string fifo(const std::string& name) const;
  // An executable script of /bin/sh.
  std::string script(const std::string& name, const std::string& text) const;
  // ProcessIo::open, which must work, and its error's text where it must not.
  std::unique_ptr<shim::ProcessIo> open(const shim::StdioRequest& request, shim::StdioContext context = {});
  std::string refusal(const shim::StdioRequest& request);

  // A child with the process's ends as 0, 1, 2: a program, or a function of the test.
  pid_t execute(const shim::ProcessIo& io, std::vector<std::string> arguments);
  pid_t call(const std::array<int, 3>& stdio, const std::function<int()>& work);

  // Turns the loop and reaps, until the condition holds: true; false when it does not within the time.
  bool until(const std::function<bool()>& condition, int64_t milliseconds = 20'000);
  // Turns of the loop in this time, in which nothing should happen.
  int idle_turns(int64_t milliseconds);
  bool has_exited(pid_t pid) const { return statuses.contains(pid); }
  // The exit code of a child that is waited for; -1 when it was killed or does not end.
  int exit_code(pid_t pid);
  // ProcessIo::finish and waiting for it: the milliseconds that it took, -1 when it was not called exactly once.
  int64_t finish(shim::ProcessIo& io, int64_t milliseconds = 10'000);
  void reap();

  std::string dir;
  Loop loop;
  std::vector<shim::ProcessIo*> watched;  // are told of children's ends
  std::map<pid_t, int> statuses;
};

// That many bytes, the same ones each time, without a period that a test could be fooled by.
std::string noise(size_t size);
// Writes all of it in pieces of 1 to `most` bytes. For children.
int write_in_pieces(int fd, const std::string& bytes, size_t most);
// The end that a client of containerd writes into.
Fd open_writer(const std::string& path);
// The descriptors that this process has open.
std::vector<int> open_descriptors();
