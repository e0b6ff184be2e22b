#include "runtime/kube/supervisor/control.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace kube {
namespace {

constexpr std::string_view kHeard = "heard";

// "/proc/self/fd/N/control": short whatever the folder is called.
sockaddr_un address_in(int folder) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = cat("/proc/self/fd/", folder, "/control");
  memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

Result<Fd> open_folder(const std::string& path) {
  Fd folder(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  return folder;
}

Result<Fd> make_socket() {
  Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return fail_errno(errno, "make a socket");
  return socket;
}

}  // namespace

Result<Fd> listen_control(const std::string& pod_dir) {
  const Fd folder = TRY(open_folder(pod_dir));
  Fd socket = TRY(make_socket());
  const sockaddr_un address = address_in(folder.get());
  unlink(address.sun_path);  // of a supervisor before us, which is dead: we have the lock
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 ||
      listen(socket.get(), 16) < 0)
    return fail_errno(errno, cat("listen in ", quoted(pod_dir)));
  return socket;
}

Result<Fd> connect_control(const std::string& pod_dir) {
  const Fd folder = TRY(open_folder(pod_dir));
  Fd socket = TRY(make_socket());
  const sockaddr_un address = address_in(folder.get());
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    return fail_errno(errno, cat("connect to the supervisor in ", quoted(pod_dir)));
  return socket;
}

std::string print_request(const Request& request) {
  return cat("delete ", request.grace);
}

std::optional<Request> parse_request(std::string_view text) {
  constexpr std::string_view kDelete = "delete ";
  if (!text.starts_with(kDelete)) return {};
  const std::optional<int64_t> grace = parse_number<int64_t>(text.substr(kDelete.size()));
  if (!grace || *grace < 0 || *grace > INT32_MAX) return {};
  return Request{*grace};
}

Result<> send_request(const std::string& pod_dir, const Request& request) {
  const Fd socket = TRY(connect_control(pod_dir));
  const std::string text = print_request(request);
  if (send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0)
    return fail_errno(errno, "send to the supervisor");
  char answer[16];
  const ssize_t got = recv(socket.get(), answer, sizeof answer, 0);
  if (got < 0) return fail_errno(errno, "hear from the supervisor");
  if (std::string_view(answer, static_cast<size_t>(got)) != kHeard) return fail("the supervisor did not answer");
  return {};
}

std::optional<Request> accept_request(int listening) {
  const Fd client(accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
  if (!client.is_open()) return {};
  const timeval patience{.tv_sec = 0, .tv_usec = 200'000};
  setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char text[64];
  const ssize_t got = recv(client.get(), text, sizeof text, 0);
  if (got <= 0) return {};
  const std::optional<Request> request = parse_request({text, static_cast<size_t>(got)});
  if (request) (void)send(client.get(), kHeard.data(), kHeard.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return request;
}

}  // namespace kube
