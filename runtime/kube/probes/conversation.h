// A handler that speaks to a server over one connection at a time.
#pragma once

#include <string>
#include <string_view>

#include "base/pidfd.h"
#include "runtime/kube/probes/attempt.h"
#include "runtime/kube/probes/connect.h"

namespace kube {

class Conversation : public Attempt {
 public:
  Conversation(Loop& loop, std::string network, int64_t timeout, HandlerDone done)
      : Attempt(loop, timeout, std::move(done)), network_(std::move(network)) {}
  ~Conversation() override { Conversation::give_up(); }

 protected:
  // Connects, in place of any connection before. Then exactly one of the two follows, possibly at once.
  // `is_secure`: by TLS.
  void connect(const Endpoint& endpoint, bool is_secure = false);
  virtual void on_connected() = 0;
  virtual void on_unreachable(const std::string& error) = 0;

  // Sends the bytes, after those that still wait.
  void send(std::string_view bytes);
  // The server has sent something, or will send nothing more; `error` is empty at an orderly end.
  virtual void on_bytes(std::string_view bytes) = 0;
  virtual void on_end(const std::string& error) = 0;

  bool is_connected() const { return is_connected_; }
  void give_up() override;

 private:
  void on_event(uint32_t events);
  Result<> begin_tls();
  void hear_of_tls();
  void flush();
  void receive();

  std::string network_;
  Endpoint endpoint_;
  Fd socket_;
  std::string outgoing_;
  Pidfd tls_;  // the program that speaks it
  bool is_secure_ = false, is_connected_ = false;
};

}  // namespace kube
