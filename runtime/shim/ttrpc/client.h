// The side of ttrpc that calls: how events get to containerd.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/loop.h"
#include "base/result.h"

namespace shim::ttrpc {

// Calls one server at the path of a local socket. Connects when there is something to say, again after the connection
// is lost, and closes it when nothing has been said for a while. One call at a time, so that they arrive in their
// order.
class Client {
 public:
  struct Request {
    std::string service, method, payload;
    std::vector<std::pair<std::string, std::string>> metadata;
  };
  // Milliseconds: how long a try waits for its answer, the first pause (each is twice the one before, a timeout at
  // most), and how long a connection is kept with nothing to say.
  struct Pace {
    int64_t timeout = 5000, pause = 1000, idle = 10'000;
  };
  // `path` may be empty: then every call is dropped.
  Client(Loop& loop, std::string path, Pace pace);
  Client(Loop& loop, std::string path) : Client(loop, std::move(path), Pace{}) {}
  Client(const Client&) = delete;
  ~Client();

  // Puts the request into the queue. It is tried five times, with pauses that grow; then dropped
  // with a warning. The queue is bounded (1 MiB): beyond that the oldest are dropped with a warning.
  void send(Request request);
  // Calls `then`, from the loop, when the queue is empty or after so many milliseconds.
  void flush(int64_t milliseconds, std::function<void()> then);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace shim::ttrpc
