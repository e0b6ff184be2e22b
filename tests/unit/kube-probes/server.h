// A server of a few lines on 127.0.0.1, and one handler that asks it: both on one loop.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "runtime/kube/probes/handler.h"

// Gets what the client has said so far; gives what to answer, or nothing yet.
using Answering = std::function<std::string(const std::string& said)>;

class Server {
 public:
  // Closes a connection after its answer, unless it is to stay silent.
  explicit Server(Loop& loop, Answering answer, bool closes = true);
  Server(const Server&) = delete;
  ~Server();

  uint16_t port = 0;
  std::vector<std::string> said;  // by each client

 private:
  void accept_client();
  void read_client(int fd, size_t index);

  Loop& loop_;
  Answering answer_;
  bool closes_;
  Fd listening_;
  std::map<int, Fd> clients_;
};

// A port at which nobody listens.
uint16_t closed_port();

// Runs the handler against 127.0.0.1 until it is done.
kube::HandlerResult ask(Loop& loop, kube::Handler handler, int64_t timeout = 30'000,
                        const kube::Container& container = {});
