#include "runtime/shim/stdio/process_io.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "runtime/shim/stdio/address.h"
#include "runtime/shim/stdio/flow.h"
#include "runtime/shim/stdio/logger.h"
#include "runtime/shim/stdio/unread.h"

namespace shim {
namespace {

// How long a logging program may read on after the process's end before it is told to stop.
constexpr int64_t kLoggerMs = 1000;

// The three addresses of a request, read and made sure of.
struct Addresses {
  Address in, out, err;
  bool is_shared = false;  // both outputs go to the same place: one pipe then, which also keeps their order
};

Result<Addresses> parse_request(const StdioRequest& request) {
  Addresses addresses;
  addresses.in = TRY_IN("stdin", parse_address(request.in));
  addresses.out = TRY_IN("stdout", parse_address(request.out));
  if (request.terminal) return addresses;
  addresses.err = TRY_IN("stderr", parse_address(request.err));
  const bool has_logger = addresses.out.kind == Address::Kind::logger;
  const bool is_same = request.err == request.out;
  if (has_logger ? !is_same && !request.err.empty() : addresses.err.kind == Address::Kind::logger)
    return fail(cat("stderr: ", quoted(request.err), ": a logging program takes both outputs"),
                "stdout and stderr are to name the same program");
  addresses.is_shared = is_same && !has_logger && addresses.out.kind != Address::Kind::none;
  return addresses;
}

// A pipe whose ends the process may open again by /dev/stdout, whoever it runs as.
Result<FdPair> owned_pipe(const StdioContext& context) {
  FdPair pipe = TRY(pipe_pair());
  const bool is_given = context.owner_uid != 0 || context.owner_gid != 0;
  if (is_given && fchown(pipe.ours.get(), context.owner_uid, context.owner_gid) < 0)
    return fail_errno(errno, cat("give a pipe to ", context.owner_uid, ":", context.owner_gid));
  return pipe;
}

class Stdio final : public ProcessIo {
 public:
  explicit Stdio(Loop& loop)
      : loop_(loop),
        in_(loop, [this] { close_input_side(); }),
        out_(loop, [this] { output_ended(out_, unread_out_); }),
        err_(loop, [this] { output_ended(err_, unread_err_); }),
        unread_out_(loop),
        unread_err_(loop) {}
  ~Stdio() override { loop_.cancel(deadline_); }

  Result<> open(const StdioRequest& request, const StdioContext& context);

  void when_ready(std::function<void(Result<>)> then) override;
  std::array<int, 3> child_stdio() const override { return child_stdio_; }
  int console_socket() const override { return console_.theirs.get(); }
  Result<> begin() override;
  Result<> resize(uint32_t width, uint32_t height) override;
  void close_input() override { in_writer_.reset(); }
  void finish(int64_t milliseconds, std::function<void()> then) override;
  bool has_ended(pid_t pid, int status) override;

 private:
  Result<> open_input_side(const Address& address, const StdioContext& context);
  Result<> open_output_side(const Address& address, const StdioContext& context, Flow& flow, size_t number);
  Result<> open_logger(const Address& address, const StdioContext& context);
  Result<> take_terminal();
  void give(size_t number, Fd end);
  void close_child_ends();
  void close_input_side();
  void output_ended(Flow& flow, Unread& unread);
  void settle();
  void complete();

  Loop& loop_;
  Flow in_, out_, err_;
  Unread unread_out_, unread_err_;
  Fd in_writer_;  // keeps the input fifo from ending
  std::array<Fd, 3> child_ends_;
  std::array<int, 3> child_stdio_ = {-1, -1, -1};
  bool has_terminal_ = false;
  FdPair console_;
  std::unique_ptr<Logger> logger_;
  std::function<void()> then_;
  Loop::TimerId deadline_ = 0;
};

void Stdio::give(size_t number, Fd end) {
  child_stdio_[number] = end.get();
  child_ends_[number] = std::move(end);
}

void Stdio::close_child_ends() {
  for (auto& end : child_ends_) end.reset();
  child_stdio_ = {-1, -1, -1};
  console_.theirs.reset();
}

Result<> Stdio::open(const StdioRequest& request, const StdioContext& context) {
  const Addresses addresses = TRY(parse_request(request));
  has_terminal_ = request.terminal;
  if (has_terminal_) console_ = TRY(socket_pair(SOCK_STREAM));
  TRY_IN("stdin", open_input_side(addresses.in, context));
  if (addresses.out.kind == Address::Kind::logger) {
    TRY_IN("stdout", open_logger(addresses.out, context));
  } else {
    TRY_IN("stdout", open_output_side(addresses.out, context, out_, 1));
    if (addresses.is_shared)
      child_stdio_[2] = child_stdio_[1];
    else if (!has_terminal_)
      TRY_IN("stderr", open_output_side(addresses.err, context, err_, 2));
  }
  return {};
}

Result<> Stdio::open_input_side(const Address& address, const StdioContext& context) {
  if (address.kind == Address::Kind::none) {
    if (!has_terminal_) give(0, TRY(open_output(address)));
    return {};
  }
  InputFifo fifo = TRY(open_input(address));
  in_.from = std::move(fifo.reader);
  in_writer_ = std::move(fifo.writer);
  if (has_terminal_) return {};
  FdPair pipe = TRY(owned_pipe(context));
  in_.to = std::move(pipe.theirs);
  TRY(make_nonblocking(in_.to.get()));
  give(0, std::move(pipe.ours));
  return {};
}

Result<> Stdio::open_output_side(const Address& address, const StdioContext& context, Flow& flow, size_t number) {
  Fd to = TRY(open_output(address));
  if (address.kind == Address::Kind::none && !has_terminal_) {
    give(number, std::move(to));
    return {};
  }
  flow.to = std::move(to);
  if (has_terminal_) return {};
  FdPair pipe = TRY(owned_pipe(context));
  flow.from = std::move(pipe.ours);
  TRY(make_nonblocking(flow.from.get()));
  give(number, std::move(pipe.theirs));
  return {};
}

// The program reads the process's pipes itself. With a terminal we copy into the first, and the second is at its end.
Result<> Stdio::open_logger(const Address& address, const StdioContext& context) {
  FdPair out = TRY(owned_pipe(context)), err = TRY(owned_pipe(context));
  const LoggerContext told{.ns = context.ns, .container_id = context.container_id, .work_dir = context.work_dir};
  logger_ = TRY(Logger::start(loop_, address, told, out.ours, err.ours));
  if (has_terminal_) {
    out_.to = std::move(out.theirs);
    return make_nonblocking(out_.to.get());
  }
  give(1, std::move(out.theirs));
  give(2, std::move(err.theirs));
  return {};
}

void Stdio::when_ready(std::function<void(Result<>)> then) {
  if (logger_)
    logger_->when_ready(std::move(then));
  else
    then({});
}

Result<> Stdio::take_terminal() {
  // The runtime has sent it by now: were it not there, it would never come.
  pollfd socket{.fd = console_.ours.get(), .events = POLLIN};
  if (poll(&socket, 1, 0) <= 0) return fail("the runtime has sent no terminal");
  auto received = TRY_IN("receive the terminal", receive_descriptor(console_.ours.get(), 4096));
  console_.ours.reset();
  if (!received.fd.is_open()) return fail("the runtime has sent no terminal");
  TRY(make_nonblocking(received.fd.get()));
  // epoll waits for one thing at a descriptor.
  if (in_.from.is_open()) in_.to = TRY(duplicate(received.fd.get()));
  out_.from = std::move(received.fd);
  return {};
}

Result<> Stdio::begin() {
  close_child_ends();
  if (has_terminal_) TRY(take_terminal());
  for (Flow* flow : {&in_, &out_, &err_})
    if (flow->is_open()) TRY(flow->start());
  return {};
}

Result<> Stdio::resize(uint32_t width, uint32_t height) {
  if (!has_terminal_ || !out_.is_open()) return fail("no terminal");
  const winsize size{.ws_row = static_cast<unsigned short>(std::min(height, 0xffffU)),
                     .ws_col = static_cast<unsigned short>(std::min(width, 0xffffU))};
  if (ioctl(out_.from.get(), TIOCSWINSZ, &size) < 0) return fail_errno(errno, "resize the terminal");
  return {};
}

void Stdio::close_input_side() {
  in_.stop();
  in_writer_.reset();
}

// A terminal that has hung up takes no input either: what waits for that would stay for ever (CVE-2022-23471).
void Stdio::output_ended(Flow& flow, Unread& unread) {
  unread.keep(flow.stop());
  if (has_terminal_) close_input_side();
  settle();
}

void Stdio::finish(int64_t milliseconds, std::function<void()> then) {
  then_ = std::move(then);
  close_child_ends();
  close_input_side();
  if (logger_) logger_->stop_after(std::min(kLoggerMs, milliseconds));
  deadline_ = loop_.after(milliseconds, [this] {
    out_.drain();
    err_.drain();
    complete();
  });
  settle();
}

// Goes on to complete() when there is nothing more to wait for; by the loop, because `then` may take us away.
void Stdio::settle() {
  const bool is_waiting = out_.is_open() || err_.is_open() || (logger_ && logger_->is_running());
  if (!then_ || is_waiting) return;
  loop_.cancel(deadline_);
  deadline_ = loop_.after(0, [this] { complete(); });
}

void Stdio::complete() {
  unread_out_.keep(out_.stop());
  unread_err_.keep(err_.stop());
  if (auto then = std::exchange(then_, nullptr)) then();
}

bool Stdio::has_ended(pid_t pid, int /*status*/) {
  if (!logger_ || !logger_->has_ended(pid)) return false;
  settle();
  return true;
}

}  // namespace

Result<std::unique_ptr<ProcessIo>> ProcessIo::open(Loop& loop, const StdioRequest& request,
                                                   const StdioContext& context) {
  auto stdio = std::make_unique<Stdio>(loop);
  TRY(stdio->open(request, context));
  return stdio;
}

}  // namespace shim
