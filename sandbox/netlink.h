// Messages to the kernel's routing sockets (rtnetlink(7)), put together and taken apart by their types: every length is
// worked out from what is in hand and checked against the field that holds it (CVE-2021-43784: an attribute longer than
// its 16-bit length became two).
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"

namespace sandbox::netlink {

// One request: a header of the kernel's (ifinfomsg, ifaddrmsg), then attributes.
class Request {
 public:
  // `flags` are NLM_F_… besides NLM_F_REQUEST.
  template <class Header>
  Request(uint16_t type, uint16_t flags, const Header& header) : type_(type), flags_(flags) {
    body_.assign(reinterpret_cast<const char*>(&header), sizeof header);
    pad();
  }

  // EMSGSIZE when the bytes are more than an attribute holds (65531).
  Result<> add(uint16_t attribute, std::string_view bytes);
  Result<> add(uint16_t attribute, uint32_t number);
  // A text with its NUL.
  Result<> add_text(uint16_t attribute, const std::string& text);

  // The bytes to send.
  std::string bytes(uint32_t sequence) const;
  bool is_dump() const;

 private:
  void pad() { body_.resize((body_.size() + 3) & ~size_t{3}); }

  uint16_t type_, flags_;
  std::string body_;
};

// One message of an answer: its header and what follows that.
struct Answer {
  uint16_t type = 0;
  std::string body;

  // The kernel's header at its start; empty when the message is too short for one.
  template <class Header>
  bool read(Header& header) const {
    if (body.size() < sizeof header) return false;
    memcpy(&header, body.data(), sizeof header);
    return true;
  }
};

// Attributes behind a header of that size, by their types. What does not fit its own length is left out.
std::map<uint16_t, std::string> attributes_of(const Answer& answer, size_t header_size);
// A 32-bit number; 0 when there is none.
uint32_t number_in(const std::map<uint16_t, std::string>& attributes, uint16_t attribute);

// A routing socket of the network namespace that the calling thread is in.
class Socket {
 public:
  static Result<Socket> open();

  // Sends the request and waits for its answer. A refusal is the kernel's errno with its own words, where it has some.
  Result<std::vector<Answer>> ask(const Request& request);

 private:
  explicit Socket(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
  uint32_t sequence_ = 0;
};

}  // namespace sandbox::netlink
