#include "base/terminal.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.h"

RawMode::RawMode(int terminal) {
  if (tcgetattr(terminal, &before_) < 0) return;
  terminal_ = terminal;
  termios raw = before_;
  cfmakeraw(&raw);
  (void)tcsetattr(terminal, TCSADRAIN, &raw);
}

RawMode::~RawMode() {
  if (terminal_ >= 0) (void)tcsetattr(terminal_, TCSADRAIN, &before_);
}

std::optional<winsize> window_size(int terminal) {
  winsize size;
  if (ioctl(terminal, TIOCGWINSZ, &size) < 0) return std::nullopt;
  return size;
}

bool Relay::Buffer::fill(int from) {
  const ssize_t count = read(from, bytes, sizeof bytes);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  begin = 0;
  end = static_cast<size_t>(count);
  return count > 0;
}

bool Relay::Buffer::flush(int to) {
  const ssize_t count = write(to, bytes + begin, end - begin);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  begin += static_cast<size_t>(count);
  return true;
}

Relay::Relay(int master) : master_(master) {
  (void)make_nonblocking(master);
}

short Relay::wants_input() const {
  return input_open_ && in_.is_empty() ? POLLIN : 0;
}

short Relay::wants_master() const {
  const int input = output_open_ && out_.is_empty() ? POLLIN : 0;
  const int output = in_.is_empty() ? 0 : POLLOUT;
  return static_cast<short>(input | output);
}

short Relay::wants_output() const {
  return out_.is_empty() ? 0 : POLLOUT;
}

void Relay::step(short input, short master, short output) {
  if (input && in_.is_empty()) input_open_ = in_.fill(STDIN_FILENO);
  if ((master & POLLOUT) && !in_.is_empty() && !in_.flush(master_)) {
    input_open_ = false;
    in_.begin = in_.end;
  }
  // POLLHUP comes before the last bytes are read; a read then says EIO when there are none.
  if ((master & (POLLIN | POLLHUP | POLLERR)) && out_.is_empty()) output_open_ = out_.fill(master_);
  if (output && !out_.is_empty() && !out_.flush(STDOUT_FILENO)) {
    output_open_ = false;
    out_.begin = out_.end;
  }
}

void Relay::drain() {
  while (true) {
    while (!out_.is_empty())
      if (!out_.flush(STDOUT_FILENO)) return;
    if (!out_.fill(master_) || out_.is_empty()) return;
  }
}
