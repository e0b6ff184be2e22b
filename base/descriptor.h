// Owned file descriptors.
#pragma once

#include <utility>

#include "base/result.h"

// Owns a descriptor and closes it. Close errors are ignored by design: nothing here defers writes to close().
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  // Gives the descriptor away: the caller closes it.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

// A second descriptor of the same open file, close-on-exec.
Result<Fd> duplicate(int fd);

// Has reads and writes fail with EAGAIN instead of waiting, of whoever has the same open file.
Result<> make_nonblocking(int fd);

struct FdPair {
  Fd ours, theirs;
};

// A connected pair of local sockets of the type (SOCK_STREAM, SOCK_SEQPACKET …), close-on-exec.
Result<FdPair> socket_pair(int type);

// A pipe: `ours` reads, `theirs` writes; close-on-exec.
Result<FdPair> pipe_pair();

// Sends the bytes with one descriptor (SCM_RIGHTS) in one message. `bytes` must not be empty: stream sockets drop
// descriptors that come with no data.
Result<> send_descriptor(int socket, std::string_view bytes, int fd);

// Receives one message of at most `limit` bytes; the descriptor is not open when none came with it.
struct Received {
  std::string bytes;
  Fd fd;
};
Result<Received> receive_descriptor(int socket, size_t limit);
