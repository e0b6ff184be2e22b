// The side of ttrpc that is called (containerd/ttrpc, PROTOCOL.md): unary requests on local sockets.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/loop.h"
#include "base/result.h"
#include "runtime/shim/wire/status.h"

namespace shim::ttrpc {

class Connection;

// One request, which waits for its answer for as long as it takes: answers leave in any order. An answer to a client that
// has gone is dropped; a Call that goes without one answers "unavailable". Of a few words only: thousands may wait.
class Call {
 public:
  std::string service, method, payload;
  int64_t timeout_ns = 0;  // 0: none

  Call(std::weak_ptr<Connection> connection, uint32_t stream) : connection_(std::move(connection)), stream_(stream) {}
  Call(Call&& other) noexcept;
  Call& operator=(Call&& other) noexcept;
  Call(const Call&) = delete;
  ~Call();

  void answer(std::string_view payload);
  void refuse(const wire::Status& status);

 private:
  std::weak_ptr<Connection> connection_;
  uint32_t stream_ = 0;
  bool is_answered_ = false;
};

// Listens, takes connections of our own uid alone (SO_PEERCRED, CVE-2020-15257), and hands each request to the handler.
// A client that sends what is no ttrpc is cut off; one whose message is larger than 4 MiB is answered "resource
// exhausted" and may go on; one that does not read its answers is cut off when they pile up. None of them holds up others.
class Server {
 public:
  using Handler = std::function<void(Call call)>;
  static Result<std::unique_ptr<Server>> listen(Loop& loop, Fd listening, Handler handler);
  virtual ~Server() = default;

  // All connections that have answers left to send have sent them, or a second has passed; then everything is closed.
  virtual void close_when_flushed() = 0;
};

}  // namespace shim::ttrpc
