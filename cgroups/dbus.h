// A connection over which methods are called and signals awaited, one at a time.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "cgroups/dbus_message.h"

namespace cgroups::dbus {

class Connection {
 public:
  // Takes a connected stream socket and authenticates as our user (EXTERNAL). `via_bus`: the peer is a message bus, to
  // which one has to say Hello; else it is the service itself.
  static Result<Connection> open(Fd socket, bool via_bus);

  // Calls the method and gives its answer. An error answer is an error with the peer's text; ENOENT for systemd's
  // NoSuchUnit, EEXIST for its UnitExists.
  Result<Message> call(const Call& call);

  // Gives the first signal for which `wanted` says so, from those that came so far or within the time.
  Result<Message> wait_signal(const std::function<bool(const Message&)>& wanted, int milliseconds);

  bool via_bus() const { return via_bus_; }

 private:
  Connection(Fd socket, bool via_bus) : socket_(std::move(socket)), via_bus_(via_bus) {}
  Result<> authenticate();
  Result<Message> receive(int milliseconds);
  Result<std::string> receive_line();
  Result<> receive_more(int milliseconds);

  Fd socket_;
  bool via_bus_ = false;
  uint32_t serial_ = 0;
  std::string input_;            // bytes received and not yet taken
  std::deque<Message> signals_;  // that came while an answer was awaited
};

}  // namespace cgroups::dbus
