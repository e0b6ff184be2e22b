#include "runtime/kube/probes/conversation.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace kube {

void Conversation::give_up() {
  if (socket_.is_open()) loop().forget(socket_.get());
  socket_.reset();
  is_connected_ = false;
}

void Conversation::connect(const Endpoint& endpoint) {
  give_up();
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
  if (!is_connected_) {
    if (const Result<> connected = finish_connecting(socket_.get(), endpoint_); !connected) {
      give_up();
      return on_unreachable(connected.error().text());
    }
    is_connected_ = true;
    (void)loop().change(socket_.get(), EPOLLIN);
    return on_connected();
  }
  if ((events & EPOLLOUT) != 0) flush();
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && is_connected_) receive();
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
