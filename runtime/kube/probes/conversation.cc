#include "runtime/kube/probes/conversation.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "runtime/kube/probes/secure.h"
#include "runtime/kube/tls/protocol.h"

namespace kube {

void Conversation::give_up() {
  if (socket_.is_open()) loop().forget(socket_.get());
  socket_.reset();
  end_child(tls_);
  is_connected_ = false;
}

void Conversation::connect(const Endpoint& endpoint, bool is_secure) {
  give_up();
  is_secure_ = is_secure;
  outgoing_.clear();
  endpoint_ = endpoint;
  Result<Fd> socket = begin_connecting(network_, endpoint);
  if (!socket) return on_unreachable(socket.error().text());
  socket_ = *std::move(socket);
  const Result<> watched =
      loop().watch(socket_.get(), EPOLLIN | EPOLLOUT, [this](uint32_t events) { on_event(events); });
  if (!watched) on_unreachable(watched.error().text());
}

void Conversation::on_event(uint32_t events) {
  if (tls_.fd.is_open() && !is_connected_) return hear_of_tls();
  if (!is_connected_) {
    if (const Result<> connected = finish_connecting(socket_.get(), endpoint_); !connected) {
      give_up();
      return on_unreachable(connected.error().text());
    }
    if (is_secure_) {
      if (const Result<> begun = begin_tls(); !begun) {
        give_up();
        on_unreachable(begun.error().text());
      }
      return;
    }
    is_connected_ = true;
    (void)loop().change(socket_.get(), EPOLLIN);
    return on_connected();
  }
  if ((events & EPOLLOUT) != 0) flush();
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && is_connected_) receive();
}

// Another one speaks to the server from now on; we speak to him, in the clear.
Result<> Conversation::begin_tls() {
  loop().forget(socket_.get());
  SecureSocket secured = TRY(secure(std::move(socket_), endpoint_.host));
  tls_ = std::move(secured.program);
  socket_ = std::move(secured.socket);
  return loop().watch(socket_.get(), EPOLLIN, [this](uint32_t events) { on_event(events); });
}

void Conversation::hear_of_tls() {
  char words[256];
  // The server may have spoken, too, behind the one byte that is for us.
  ssize_t got = recv(socket_.get(), words, 1, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got == 1 && words[0] == kSecured) {
    is_connected_ = true;
    return on_connected();
  }
  if (got == 1) got += std::max<ssize_t>(recv(socket_.get(), words + 1, sizeof words - 1, 0), 0);
  give_up();
  on_unreachable(got > 0 ? visible({words, static_cast<size_t>(got)}) : "EOF");
}

void Conversation::send(std::string_view bytes) {
  outgoing_ += bytes;
  flush();
}

// An error of writing shows itself in reading, after what the server has said before it.
void Conversation::flush() {
  if (!is_connected_) return;
  const ssize_t sent = ::send(socket_.get(), outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL);
  if (sent > 0) outgoing_.erase(0, static_cast<size_t>(sent));
  const bool is_full = sent < 0 && (errno == EAGAIN || errno == EINTR);
  if (sent < 0 && !is_full) outgoing_.clear();
  (void)loop().change(socket_.get(), outgoing_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

void Conversation::receive() {
  char bytes[4096];
  const ssize_t got = recv(socket_.get(), bytes, sizeof bytes, 0);
  if (got > 0) return on_bytes({bytes, static_cast<size_t>(got)});
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  const std::string error = got < 0 ? lower_reason(errno) : "";
  give_up();
  on_end(error);
}

}  // namespace kube
