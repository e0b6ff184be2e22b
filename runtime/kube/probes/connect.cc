#include "runtime/kube/probes/connect.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/text.h"

namespace kube {
namespace {

Result<Fd> make_socket(int family) {
  Fd fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open()) return fail_errno(errno, "make a socket");
  return fd;
}

// A socket stays in the network namespace in which it was made (network_namespaces(7)), so ours is left for that one
// call. This process has one thread: nobody else sees the other network.
Result<Fd> make_socket_in(const std::string& network, int family) {
  if (network.empty()) return make_socket(family);
  const Fd ours(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)), theirs(open(network.c_str(), O_RDONLY | O_CLOEXEC));
  if (!ours.is_open() || !theirs.is_open()) return fail_errno(errno, "open the pod's network namespace");
  if (setns(theirs.get(), CLONE_NEWNET) < 0) return fail_errno(errno, "enter the pod's network namespace");
  Result<Fd> made = make_socket(family);
  // To go on in the network of a pod would be to serve it as if it were the host.
  if (setns(ours.get(), CLONE_NEWNET) < 0) abort();
  return made;
}

}  // namespace

Result<SocketAddress> parse_address(const Endpoint& endpoint) {
  SocketAddress address;
  const std::string host = endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host;
  auto* four = reinterpret_cast<sockaddr_in*>(&address.bytes);
  auto* six = reinterpret_cast<sockaddr_in6*>(&address.bytes);
  if (inet_pton(AF_INET, host.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(endpoint.port);
    address.size = sizeof *four;
  } else if (inet_pton(AF_INET6, host.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(endpoint.port);
    address.size = sizeof *six;
  } else {
    return fail(cat("dial tcp: lookup ", visible(host), ": no such host"));
  }
  return address;
}

std::string print_endpoint(const Endpoint& endpoint) {
  const bool is_six = endpoint.host.find(':') != std::string::npos;
  return is_six ? cat('[', endpoint.host, "]:", endpoint.port) : cat(endpoint.host, ':', endpoint.port);
}

std::string lower_reason(int err) {
  std::string reason = strerror(err);
  if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z') reason[0] = static_cast<char>(reason[0] + 'a' - 'A');
  return reason;
}

Result<Fd> begin_connecting(const std::string& network, const Endpoint& endpoint) {
  const SocketAddress address = TRY(parse_address(endpoint));
  Fd fd = TRY(make_socket_in(network, address.bytes.ss_family));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size) < 0 && errno != EINPROGRESS)
    return fail(cat("dial tcp ", print_endpoint(endpoint), ": connect: ", lower_reason(errno)));
  return fd;
}

Result<> finish_connecting(int socket, const Endpoint& endpoint) {
  int err = 0;
  socklen_t size = sizeof err;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &err, &size) < 0) err = errno;
  if (err != 0) return fail(cat("dial tcp ", print_endpoint(endpoint), ": connect: ", lower_reason(err)));
  return {};
}

}  // namespace kube
