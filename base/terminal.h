// The caller's own terminal while a container's is relayed to it.
#pragma once

#include <sys/ioctl.h>
#include <termios.h>

#include <optional>

#include "base/result.h"

// A terminal in raw mode, set back as it was when the object goes. Not a terminal: nothing is done.
class RawMode {
 public:
  explicit RawMode(int terminal);
  RawMode(const RawMode&) = delete;
  ~RawMode();

 private:
  int terminal_ = -1;
  termios before_{};
};

// Rows and columns; empty when it is no terminal.
std::optional<winsize> window_size(int terminal);

// Moves bytes both ways between the caller's stdin and stdout and the master of a container's terminal. Call step()
// with what poll(2) said; it never blocks on the master.
class Relay {
 public:
  // `master` is made non-blocking; it stays the caller's.
  explicit Relay(int master);

  // Events to wait for at this moment (0: none), in poll's words.
  short wants_input() const;  // of stdin
  short wants_master() const;
  short wants_output() const;  // of stdout

  void step(short input, short master, short output);
  // All that the container has written and that has not been read yet. Gives up at an error of stdout.
  void drain();

 private:
  struct Buffer {
    char bytes[16384];
    size_t begin = 0, end = 0;
    bool is_empty() const { return begin == end; }
    // False when there is nothing more to come.
    bool fill(int from);
    // False when nobody takes it any more.
    bool flush(int to);
  };

  int master_;
  Buffer in_, out_;
  bool input_open_ = true, output_open_ = true;
};
