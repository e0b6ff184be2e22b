// What containerd is told without having asked.
#pragma once

#include <string>

#include "runtime/shim/ttrpc/client.h"
#include "runtime/shim/wire/events.h"
#include "runtime/shim/wire/message.h"

namespace shim {

class Events {
 public:
  // `address`: the path of containerd's socket for them, empty when there is none.
  Events(Loop& loop, std::string address, std::string ns) : client_(loop, std::move(address)), ns_(std::move(ns)) {}

  // Puts it behind those that are on their way: they arrive in the order in which they were published.
  template <class Event>
  void publish(const Event& event) {
    send(std::string(Event::kTopic), wire::any_of(event));
  }
  // Calls `then` when all have arrived, or after so many milliseconds.
  void flush(int64_t milliseconds, std::function<void()> then) { client_.flush(milliseconds, std::move(then)); }

 private:
  void send(std::string topic, wire::Any event);

  ttrpc::Client client_;
  std::string ns_;
};

}  // namespace shim
