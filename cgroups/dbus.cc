#include "cgroups/dbus.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "cgroups/deadline.h"

namespace cgroups::dbus {
namespace {

// systemd answers within milliseconds. One that is so busy, or hangs, has to become an error at some time.
constexpr int kAnswerMilliseconds = 30000;
constexpr size_t kSignalsMax = 4096;

// What callers go on from has an errno; for the rest the peer's own words say it.
std::unexpected<Error> refusal(const Call& call, const Message& answer) {
  int err = answer.error_name.ends_with(".NoSuchUnit")   ? ENOENT
            : answer.error_name.ends_with(".UnitExists") ? EEXIST
                                                         : 0;
  auto texts = strings_of(answer);
  std::string why = texts.empty() ? answer.error_name : texts.front();
  while (why.ends_with('.')) why.pop_back();
  return fail_errno(err, cat(call.member, ": ", why));
}

Result<> send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(errno, "send to D-Bus");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

}  // namespace

Result<Connection> Connection::open(Fd socket, bool via_bus) {
  Connection connection(std::move(socket), via_bus);
  TRY_IN("log in to D-Bus", connection.authenticate());
  if (via_bus)
    TRY(connection.call({"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", "", ""}));
  return connection;
}

// The peer asks the kernel who we are. We name no uid ourselves: in a user namespace ours is not the one that it sees.
Result<> Connection::authenticate() {
  constexpr char kRequest[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
  TRY(send_all(socket_.get(), std::string_view(kRequest, sizeof kRequest - 1)));
  std::string answer = TRY(receive_line());
  if (answer.starts_with("DATA")) answer = TRY(receive_line());
  if (!answer.starts_with("OK ")) return fail_errno(EACCES, cat("the answer is ", quoted(answer)));
  return {};
}

Result<std::string> Connection::receive_line() {
  size_t end;
  while ((end = input_.find("\r\n")) == std::string::npos) {
    if (input_.size() > 4096) return fail_errno(EBADMSG, "no answer of the protocol");
    TRY(receive_more(kAnswerMilliseconds));
  }
  std::string line = input_.substr(0, end);
  input_.erase(0, end + 2);
  return line;
}

Result<> Connection::receive_more(int milliseconds) {
  pollfd watched{socket_.get(), POLLIN, 0};
  int ready;
  while ((ready = poll(&watched, 1, milliseconds)) < 0) {
    if (errno != EINTR) return fail_errno(errno, "wait for D-Bus");
  }
  if (ready == 0) return fail_errno(ETIMEDOUT, "wait for D-Bus");
  char bytes[4096];
  ssize_t n;
  while ((n = recv(socket_.get(), bytes, sizeof bytes, 0)) < 0) {
    if (errno != EINTR) return fail_errno(errno, "receive from D-Bus");
  }
  if (n == 0) return fail_errno(ECONNRESET, "receive from D-Bus");
  input_.append(bytes, static_cast<size_t>(n));
  return {};
}

Result<Message> Connection::receive(int milliseconds) {
  while (input_.size() < kFixedHeader) TRY(receive_more(milliseconds));
  size_t size = TRY(message_size(input_));
  while (input_.size() < size) TRY(receive_more(milliseconds));
  Message message = TRY(decode(std::string_view(input_).substr(0, size)));
  input_.erase(0, size);
  return message;
}

Result<Message> Connection::call(const Call& call) {
  uint32_t serial = ++serial_;
  TRY(send_all(socket_.get(), encode(call, serial)));
  for (;;) {
    Message message = TRY_IN(call.member, receive(kAnswerMilliseconds));
    if (message.type == Message::Type::signal) {
      if (signals_.size() < kSignalsMax) signals_.push_back(std::move(message));
      continue;
    }
    if (message.reply_serial != serial) continue;
    if (message.type != Message::Type::error) return message;
    return refusal(call, message);
  }
}

Result<Message> Connection::wait_signal(const std::function<bool(const Message&)>& wanted, int milliseconds) {
  Deadline deadline(milliseconds);
  for (;;) {
    while (!signals_.empty()) {
      Message message = std::move(signals_.front());
      signals_.pop_front();
      if (wanted(message)) return message;
    }
    Message message = TRY(receive(deadline.left()));
    if (message.type == Message::Type::signal) signals_.push_back(std::move(message));
  }
}

}  // namespace cgroups::dbus
