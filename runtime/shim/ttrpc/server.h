// The side of ttrpc that is called (containerd/ttrpc, PROTOCOL.md): unary requests on local sockets.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/loop.h"
#include "base/result.h"
#include "runtime/shim/wire/status.h"

namespace shim::ttrpc {

class Connection;

// Where the answer to one request goes. It may wait for as long as it takes: answers leave in any order. An answer to a
// client that has gone is dropped; a Reply that goes without one answers "unavailable".
class Reply {
 public:
  Reply(std::weak_ptr<Connection> connection, uint32_t stream) : connection_(std::move(connection)), stream_(stream) {}
  Reply(Reply&& other) noexcept;
  Reply& operator=(Reply&& other) noexcept;
  Reply(const Reply&) = delete;
  ~Reply();

  void answer(std::string_view payload);
  void refuse(const wire::Status& status);

 private:
  std::weak_ptr<Connection> connection_;
  uint32_t stream_ = 0;
  bool is_answered_ = false;
};

// A request with its Reply. What waits for long need not keep the request: `Reply reply = std::move(call);` is 24
// bytes.
class Call : public Reply {
 public:
  using Reply::Reply;
  std::string service, method, payload;
  int64_t timeout_ns = 0;  // 0: none
};

// Listens, takes connections of our own uid alone (SO_PEERCRED, CVE-2020-15257), and hands each request to the handler.
// A client that sends what is no ttrpc is cut off; one whose message is larger than 4 MiB is answered "resource
// exhausted" and may go on; one that does not read its answers is not read from, and cut off when they pile up. None of
// them holds up others.
class Server {
 public:
  using Handler = std::function<void(Call call)>;
  static Result<std::unique_ptr<Server>> listen(Loop& loop, Fd listening, Handler handler);
  virtual ~Server() = default;

  // Takes nothing more. When all connections that have answers left to send have sent them, or a second has passed,
  // everything is closed and `then` is called, from the loop.
  virtual void close_when_flushed(std::function<void()> then) = 0;
};

}  // namespace shim::ttrpc
