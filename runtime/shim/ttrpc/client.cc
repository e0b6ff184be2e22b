#include "runtime/shim/ttrpc/client.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <deque>

#include "base/log.h"
#include "base/socket.h"
#include "base/text.h"
#include "runtime/shim/ttrpc/frame.h"
#include "runtime/shim/wire/message.h"
#include "runtime/shim/wire/ttrpc.h"

namespace shim::ttrpc {
namespace {

constexpr size_t kMaxQueue = 1 << 20;
constexpr int kTries = 5;

// A socket that is connected, or its queue is full: an error, too.
Result<Fd> connect_now(const std::string& path) {
  const LocalAddress address = TRY(local_address(path));
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return fail_errno(errno, "socket");
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.address), address.size) < 0) {
    return fail_errno(errno, cat("connect to ", quoted(path)));
  }
  return socket;
}

}  // namespace

struct Client::State {
  struct Entry {
    std::string name;     // for warnings
    std::string payload;  // of the frame
    int failures = 0;
  };

  Loop& loop;
  std::string path;
  Pace pace;
  std::deque<Entry> queue;  // the first is the one that is being tried, or waits to be tried again
  size_t queued = 0;        // bytes
  bool is_trying = false;

  Fd socket;
  FrameReader reader;
  uint32_t stream = 0;  // of the last request on this connection; 0: none yet
  std::string unsent;
  Loop::TimerId timer = 0;  // the end of a try, of a pause, or of an idle connection
  Loop::TimerId flush_timer = 0;
  std::function<void()> flushed;

  void add(Entry entry);
  void try_first();
  Result<> begin_try();
  Result<> write_rest();
  void handle_events(uint32_t events);
  Result<bool> read_answer();
  void succeeded();
  void failed(const Error& error);
  void drop_first();
  void disconnect();
  void set_timer(int64_t milliseconds, void (State::*handler)());
  void timed_out() { failed(fail_errno(ETIMEDOUT, "no answer").error()); }
  void call_flushed();
};

void Client::State::set_timer(int64_t milliseconds, void (State::*handler)()) {
  loop.cancel(timer);
  timer = loop.after(milliseconds, [this, handler] {
    timer = 0;
    (this->*handler)();
  });
}

void Client::State::disconnect() {
  if (socket.is_open()) loop.forget(socket.get());
  socket.reset();
  // Assigning {} would keep their memory.
  (void)std::exchange(reader, {});
  std::string().swap(unsent);
  stream = 0;
}

void Client::State::drop_first() {
  queued -= queue.front().payload.size();
  queue.pop_front();
  if (queue.empty()) queue.shrink_to_fit();
  if (queue.empty() && flushed) call_flushed();
}

// Later, from the loop: what is called may be the end of us.
void Client::State::call_flushed() {
  loop.cancel(flush_timer);
  flush_timer = loop.after(0, std::exchange(flushed, nullptr));
}

void Client::State::add(Entry entry) {
  queued += entry.payload.size();
  queue.push_back(std::move(entry));
  // The first stays while it is being tried: its answer may be on the way.
  while (queued > kMaxQueue && queue.size() > 1) {
    const auto oldest = queue.begin() + (is_trying ? 1 : 0);
    log_warning(cat(oldest->name, ": dropped: too many wait before it"));
    queued -= oldest->payload.size();
    queue.erase(oldest);
  }
  if (!is_trying && queue.size() == 1) try_first();
}

void Client::State::try_first() {
  if (queue.empty()) return disconnect();  // it has been idle
  is_trying = true;
  set_timer(pace.timeout, &State::timed_out);
  if (auto begun = begin_try(); !begun) failed(begun.error());
}

Result<> Client::State::begin_try() {
  if (!socket.is_open()) {
    socket = TRY(connect_now(path));
    TRY(loop.watch(socket.get(), EPOLLIN, [this](uint32_t events) { handle_events(events); }));
  }
  stream += stream == 0 ? 1 : 2;
  unsent = print_frame(FrameType::request, stream, queue.front().payload);
  return write_rest();
}

Result<> Client::State::write_rest() {
  const ssize_t count = ::send(socket.get(), unsent.data(), unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0 && errno != EAGAIN && errno != EINTR) return fail_errno(errno, "send");
  unsent.erase(0, std::max<ssize_t>(count, 0));
  if (unsent.empty()) std::string().swap(unsent);
  return loop.change(socket.get(), unsent.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

void Client::State::handle_events(uint32_t events) {
  if ((events & EPOLLOUT) != 0) {
    if (auto written = write_rest(); !written) return failed(written.error());
  }
  if ((events & ~EPOLLOUT) == 0) return;
  auto answer = read_answer();
  if (!answer && !is_trying) return disconnect();  // the server has closed a connection that was idle
  if (!answer) return failed(answer.error());
  if (*answer) succeeded();
}

// True when the answer to the first of the queue has come.
Result<bool> Client::State::read_answer() {
  char buffer[1024];
  const ssize_t count = recv(socket.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (count < 0) return fail_errno(errno, "recv");
  if (count == 0) return fail("the connection was closed");
  std::string_view bytes(buffer, static_cast<size_t>(count));
  bool is_answered = false;
  while (!bytes.empty()) {
    const auto frame = TRY(reader.take(bytes));
    if (!frame || !is_trying || frame->header.type != FrameType::response || frame->header.stream != stream) continue;
    const auto response = TRY(wire::decode<wire::Response>(frame->payload));
    const wire::Status status = response.status.value_or(wire::Status{});
    if (status.code != wire::Code::ok) return fail(visible(status.message));
    is_answered = true;
  }
  return is_answered;
}

void Client::State::succeeded() {
  is_trying = false;
  loop.cancel(std::exchange(timer, 0));
  drop_first();
  if (queue.empty())
    set_timer(pace.idle, &State::try_first);
  else
    try_first();
}

void Client::State::failed(const Error& error) {
  is_trying = false;
  loop.cancel(std::exchange(timer, 0));
  disconnect();
  Entry& first = queue.front();
  log_debug(cat(first.name, ": ", error.text()));
  const int64_t pause = pace.pause << first.failures;
  if (++first.failures == kTries) {
    log_warning(cat(first.name, ": dropped: ", error.text()));
    drop_first();
  }
  if (!queue.empty()) set_timer(std::min(pause, pace.timeout), &State::try_first);
}

Client::Client(Loop& loop, std::string path, Pace pace)
    : state_(new State{.loop = loop, .path = std::move(path), .pace = pace}) {}

Client::~Client() {
  state_->disconnect();
  state_->loop.cancel(state_->timer);
  state_->loop.cancel(state_->flush_timer);
}

void Client::send(Request request) {
  if (state_->path.empty()) return;
  wire::Request message{.service = std::move(request.service),
                        .method = std::move(request.method),
                        .payload = std::move(request.payload)};
  for (auto& [key, value] : request.metadata) message.metadata.push_back({std::move(key), std::move(value)});
  message.timeout_nano = state_->pace.timeout * 1'000'000;
  state_->add({.name = cat(message.service, "/", message.method), .payload = wire::encode(message)});
}

void Client::flush(int64_t milliseconds, std::function<void()> then) {
  State& state = *state_;
  state.loop.cancel(state.flush_timer);
  state.flushed = std::move(then);
  if (state.queue.empty()) return state.call_flushed();
  state.flush_timer = state.loop.after(milliseconds, [&state] { std::exchange(state.flushed, nullptr)(); });
}

}  // namespace shim::ttrpc
