// One client of the server.
#pragma once

#include <memory>
#include <string>

#include "base/loop.h"
#include "runtime/shim/ttrpc/frame.h"
#include "runtime/shim/ttrpc/server.h"
#include "runtime/shim/wire/ttrpc.h"

namespace shim::ttrpc {

constexpr size_t kMaxOpenCalls = 100'000;
// So much of answers that the client has not read, and no more of its requests are read …
constexpr size_t kManyUnsent = 256 << 10;
// … or it is cut off.
constexpr size_t kMaxUnsent = 8 << 20;

// A few hundred bytes while nothing is on its way.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // What a connection needs of its server, which outlives it.
  struct Owner {
    Loop& loop;
    Server::Handler handler;
    std::function<void(int fd)> closed;
  };
  // `socket` does not block.
  Connection(Owner& owner, Fd socket) : owner_(owner), socket_(std::move(socket)) {}
  ~Connection() { close(); }
  Connection(const Connection&) = delete;

  // Tells the loop of it.
  Result<> open();
  // Tells the loop and the owner; drops what is not sent.
  void close();
  bool has_unsent() const { return sent_ < unsent_.size(); }
  // Sends what there is to send, and reads no more.
  void stop_reading();

  // Sends the answer to a request.
  void answer(uint32_t stream, const wire::Response& response);
  // A call that was handed on has its answer.
  void call_ended() { open_calls_--; }

 private:
  bool is_open() const { return socket_.is_open(); }
  void handle_events(uint32_t events);
  void receive();
  bool take_frames(std::string_view bytes);
  void handle(Frame frame);
  void refuse(uint32_t stream, wire::Code code, std::string message);
  void send(std::string_view frame);
  void send_rest();
  void choose_events();
  void cut_off(std::string_view why);

  Owner& owner_;
  Fd socket_;
  FrameReader reader_;
  uint32_t last_stream_ = 0;
  uint32_t open_calls_ = 0;
  uint32_t events_ = 0;  // what the loop watches for
  bool is_reading_ = true;
  std::string unsent_;
  size_t sent_ = 0;  // of `unsent_`, from its front
};

}  // namespace shim::ttrpc
