#include "runtime/shim/ttrpc/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "runtime/shim/wire/message.h"

namespace shim::ttrpc {

using wire::Code;

namespace {

// `= {}` would keep its memory.
void give_back(std::string& bytes) {
  std::string().swap(bytes);
}

}  // namespace

Result<> Connection::open() {
  events_ = EPOLLIN;
  return owner_.loop.watch(socket_.get(), events_, [this](uint32_t events) { handle_events(events); });
}

void Connection::close() {
  if (!is_open()) return;
  const int fd = socket_.get();
  owner_.loop.forget(fd);
  socket_.reset();
  give_back(unsent_);
  sent_ = 0;
  owner_.closed(fd);
}

void Connection::cut_off(std::string_view why) {
  log_warning(cat("ttrpc: a client is cut off: ", why));
  close();
}

void Connection::stop_reading() {
  is_reading_ = false;
  choose_events();
}

void Connection::handle_events(uint32_t events) {
  const auto alive = shared_from_this();  // a handler may close it
  if ((events & EPOLLOUT) != 0) send_rest();
  if (!is_open()) return;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive();
}

// Until a message is complete, or so much of a large one has come: then it is the turn of the others.
void Connection::receive() {
  char bytes[4096];
  for (int i = 0; i < 16; i++) {
    const ssize_t count = recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return close();
    if (take_frames({bytes, static_cast<size_t>(count)})) return;
  }
}

// True when there was the end of a frame among the bytes.
bool Connection::take_frames(std::string_view bytes) {
  bool is_any = false;
  while (!bytes.empty() && is_open()) {
    auto frame = reader_.take(bytes);
    if (!frame) {
      cut_off(frame.error().text());
      return true;
    }
    if (!*frame) break;
    is_any = true;
    handle(std::move(**frame));
  }
  return is_any;
}

// What is refused, and in which words, is as in containerd/ttrpc (server.go), except for streams.
void Connection::handle(Frame frame) {
  const FrameHeader& header = frame.header;
  const auto refused = [&](Code code, std::string message) { refuse(header.stream, code, std::move(message)); };
  if (header.type != FrameType::request && header.type != FrameType::data) return;
  if (frame.is_too_large()) {
    return refused(Code::resource_exhausted,
                   cat("message length ", header.length, " exceed maximum message size of ", kMaxPayload));
  }
  if (header.stream % 2 == 0) {
    return refused(Code::invalid_argument, "StreamID must be odd for client initiated streams");
  }
  if (header.type == FrameType::data) return refused(Code::invalid_argument, "StreamID is no longer active");
  if (header.stream <= last_stream_) {
    return refused(Code::invalid_argument, "StreamID cannot be re-used and must increment");
  }
  last_stream_ = header.stream;
  if ((header.flags & (kRemoteClosed | kRemoteOpen)) != 0)
    return refused(Code::unimplemented, "streams are not served");
  auto request = wire::decode<wire::Request>(frame.payload);
  if (!request) return refused(Code::invalid_argument, cat("unmarshal request error: ", request.error().text()));
  if (open_calls_ >= kMaxOpenCalls) return refused(Code::resource_exhausted, "too many calls wait for an answer");
  give_back(frame.payload);

  open_calls_++;
  Call call(weak_from_this(), header.stream);
  call.service = std::move(request->service);
  call.method = std::move(request->method);
  call.payload = std::move(request->payload);
  call.timeout_ns = request->timeout_nano;
  owner_.handler(std::move(call));
}

void Connection::refuse(uint32_t stream, Code code, std::string message) {
  answer(stream, {.status = wire::Status{.code = code, .message = std::move(message)}, .payload = {}});
}

void Connection::answer(uint32_t stream, const wire::Response& response) {
  std::string payload = wire::encode(response);
  if (payload.size() > kMaxPayload) {
    return refuse(stream, Code::resource_exhausted, cat("the answer has ", payload.size(), " bytes"));
  }
  send(print_frame(FrameType::response, stream, payload));
}

void Connection::send(std::string_view frame) {
  if (!is_open()) return;
  if (!has_unsent()) {
    const ssize_t count = ::send(socket_.get(), frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN && errno != EINTR) return close();
    frame.remove_prefix(std::max<ssize_t>(count, 0));
    if (frame.empty()) return;
  }
  if (unsent_.size() - sent_ + frame.size() > kMaxUnsent) return cut_off("it does not read its answers");
  unsent_.erase(0, std::exchange(sent_, 0));
  unsent_ += frame;
  choose_events();
}

void Connection::send_rest() {
  const ssize_t count =
      ::send(socket_.get(), unsent_.data() + sent_, unsent_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0 && errno != EAGAIN && errno != EINTR) return close();
  sent_ += std::max<ssize_t>(count, 0);
  if (!has_unsent()) {
    give_back(unsent_);
    sent_ = 0;
    if (!is_reading_) return close();
  }
  choose_events();
}

void Connection::choose_events() {
  const size_t unsent = unsent_.size() - sent_;
  const uint32_t events = (unsent > 0 ? EPOLLOUT : 0U) | (is_reading_ && unsent < kManyUnsent ? EPOLLIN : 0U);
  if (events == events_) return;
  events_ = events;
  if (auto changed = owner_.loop.change(socket_.get(), events); !changed) cut_off(changed.error().text());
}

// ---- a call's side ----

Reply::Reply(Reply&& other) noexcept
    : connection_(std::move(other.connection_)),
      stream_(other.stream_),
      is_answered_(std::exchange(other.is_answered_, true)) {}

Reply& Reply::operator=(Reply&& other) noexcept {
  if (this == &other) return *this;
  refuse({.code = Code::unavailable, .message = "the request was dropped"});
  connection_ = std::move(other.connection_);
  stream_ = other.stream_;
  is_answered_ = std::exchange(other.is_answered_, true);
  return *this;
}

Reply::~Reply() {
  refuse({.code = Code::unavailable, .message = "the request was dropped"});
}

void Reply::answer(std::string_view payload) {
  if (std::exchange(is_answered_, true)) return;
  const auto connection = connection_.lock();
  if (!connection) return;
  connection->call_ended();
  // A status that is there and empty, as Go's server has it.
  connection->answer(stream_, {.status = wire::Status{}, .payload = std::string(payload)});
}

void Reply::refuse(const wire::Status& status) {
  if (std::exchange(is_answered_, true)) return;
  const auto connection = connection_.lock();
  if (!connection) return;
  connection->call_ended();
  connection->answer(stream_, {.status = status, .payload = {}});
}

}  // namespace shim::ttrpc
