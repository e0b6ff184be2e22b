#include "runtime/kube/supervisor/control.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/loop.h"
#include "base/text.h"

namespace kube {
namespace {

constexpr std::string_view kDelete = "delete ", kPatch = "patch ", kAttach = "attach ";
constexpr std::string_view kResize = " resize", kStdin = " stdin";

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

// What a socket takes at once without more memory than others have (net.core.wmem_default).
constexpr size_t kPiece = 64 << 10;

// How long it is, then its pieces: who attaches goes on talking behind his request.
Result<> send_pieces(int socket, std::string_view text) {
  const uint64_t size = text.size();
  if (send(socket, &size, sizeof size, MSG_NOSIGNAL) < 0) return fail_errno(errno, "send to the supervisor");
  for (; !text.empty(); text.remove_prefix(std::min(kPiece, text.size())))
    if (send(socket, text.data(), std::min(kPiece, text.size()), MSG_NOSIGNAL) < 0)
      return fail_errno(errno, "send to the supervisor");
  return {};
}

// How long a request may take to come to its end, in milliseconds: nobody else is served meanwhile.
constexpr int64_t kPatience = 500;

// One piece, by that time on the loop's clock. Not positive when there is none.
ssize_t receive_piece(int socket, char* piece, size_t size, int64_t deadline) {
  pollfd sender{socket, POLLIN, 0};
  const int64_t left = std::max<int64_t>(deadline - monotonic_ms(), 0);
  if (poll(&sender, 1, static_cast<int>(left)) <= 0) return -1;
  return recv(socket, piece, size, MSG_DONTWAIT);
}

// Empty when it is too long, or does not come to its end in time.
std::optional<std::string> receive_pieces(int socket) {
  const int64_t deadline = monotonic_ms() + kPatience;
  uint64_t size = 0;
  if (receive_piece(socket, reinterpret_cast<char*>(&size), sizeof size, deadline) != sizeof size) return {};
  if (size > kRequestLimit) return {};
  std::string text(size, '\0');
  for (size_t got = 0; got < size;) {
    const ssize_t more = receive_piece(socket, text.data() + got, size - got, deadline);
    if (more <= 0) return {};
    got += static_cast<size_t>(more);
  }
  return text;
}

Result<Fd> connect_control(const std::string& pod_dir) {
  const Fd folder = TRY(open_folder(pod_dir));
  Fd socket = TRY(make_socket());
  const sockaddr_un address = address_in(folder.get());
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    return fail_errno(errno, cat("connect to the supervisor in ", quoted(pod_dir)));
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

std::string print_request(const Request& request) {
  if (const auto* deletion = std::get_if<DeleteRequest>(&request)) return cat(kDelete, deletion->grace);
  if (const auto* attach = std::get_if<AttachRequest>(&request))
    return cat(kAttach, attach->container, attach->wants_input ? kStdin : "");
  const auto& patch = std::get<PatchRequest>(request);
  return cat(kPatch, name_of(patch.type), patch.is_resize ? kResize : "", "\n", patch.text);
}

std::optional<Request> parse_request(std::string_view text) {
  if (text.starts_with(kDelete)) {
    const std::optional<int64_t> grace = parse_number<int64_t>(text.substr(kDelete.size()));
    if (!grace || *grace < 0 || *grace > INT32_MAX) return {};
    return DeleteRequest{*grace};
  }
  if (text.starts_with(kAttach)) {
    std::string_view name = text.substr(kAttach.size());
    const bool wants_input = name.ends_with(kStdin);
    if (wants_input) name.remove_suffix(kStdin.size());
    return AttachRequest{std::string(name), wants_input};
  }
  const size_t end = text.find('\n');
  if (!text.starts_with(kPatch) || end == text.npos) return {};
  std::string_view type = text.substr(0, end).substr(kPatch.size());
  const bool is_resize = type.ends_with(kResize);
  if (is_resize) type.remove_suffix(kResize.size());
  const std::optional<PatchType> known = patch_type_named(type);
  if (!known) return {};
  return PatchRequest{*known, is_resize, std::string(text.substr(end + 1))};
}

Result<Fd> begin_request(const std::string& pod_dir, const Request& request) {
  const std::string text = print_request(request);
  if (text.size() > kRequestLimit) return fail(cat("a change of more than ", kRequestLimit, " bytes is not taken"));
  Fd socket = TRY(connect_control(pod_dir));
  TRY(send_pieces(socket.get(), text));
  return socket;
}

Result<std::string> send_request(const std::string& pod_dir, const Request& request) {
  const Fd socket = TRY(begin_request(pod_dir, request));
  std::string answer(kPiece, '\0');
  const ssize_t got = recv(socket.get(), answer.data(), answer.size(), 0);
  if (got < 0) return fail_errno(errno, "hear from the supervisor");
  if (got == 0) return fail("the supervisor did not answer");
  answer.resize(static_cast<size_t>(got));
  return answer;
}

void answer_request(int listening, const std::function<std::string(const Request&, Fd& connection)>& act) {
  Fd client(accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
  if (!client.is_open()) return;
  const std::optional<std::string> text = receive_pieces(client.get());
  const std::optional<Request> request = text ? parse_request(*text) : std::nullopt;
  if (!request) return;
  const std::string answer = act(*request, client);
  if (!client.is_open()) return;
  (void)send(client.get(), answer.data(), std::min(answer.size(), kPiece), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace kube
