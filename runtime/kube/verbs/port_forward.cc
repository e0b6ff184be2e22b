// port-forward: ports of this machine lead to those of a pod, as its own programs reach them, by 127.0.0.1.
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "runtime/kube/probes/connect.h"
#include "runtime/kube/probes/handler.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/verbs/relay.h"
#include "runtime/kube/verbs/resource.h"
#include "runtime/kube/verbs/running.h"
#include "runtime/kube/verbs/verb.h"
#include "runtime/lifecycle/lifecycle.h"

namespace kube {
namespace {

constexpr Option kPortForward[] = {
    {"address", 0, "ADDRESS", "listen there; may be given many times (default: 127.0.0.1 and ::1)"}};

struct Forward {
  uint16_t local = 0, remote = 0;  // local 0: any
};

struct Listener {
  Fd fd;
  Endpoint endpoint;
  uint16_t remote;
};

// The pod's network, for as long as a container of it runs.
struct PodEntrance {
  Pidfd process;
  Fd network;  // its namespace
};

Result<uint16_t> parse_remote(const std::string& text, const Pod& pod) {
  if (const auto number = parse_number<uint16_t>(text); number && *number != 0) return *number;
  for (const Container& container : pod.spec.containers)
    if (const auto port = resolve_port({0, text}, container)) return *port;
  return fail(cat("invalid port number or name: ", quoted(text)));
}

// "8080", "8080:80", ":80", "8080:web".
Result<Forward> parse_forward(const std::string& text, const Pod& pod) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) {
    const uint16_t port = TRY(parse_remote(text, pod));
    return Forward{port, port};
  }
  Forward forward{.local = 0, .remote = TRY(parse_remote(text.substr(colon + 1), pod))};
  if (colon == 0) return forward;
  const auto local = parse_number<uint16_t>(text.substr(0, colon));
  if (!local) return fail(cat("invalid port number: ", quoted(text.substr(0, colon))));
  forward.local = *local;
  return forward;
}

Result<PodEntrance> enter_pod(const Call& call, const Pod& pod) {
  for (const Container& container : pod.spec.containers) {
    const Result<std::string> id = running_id(pod, container.name);
    if (!id) continue;
    const oci::Listed listed =
        TRY(lifecycle::read_state(oci_root(pod_dir(call.place, pod.metadata.ns, pod.metadata.name)), *id));
    PodEntrance entrance{TRY(open_pidfd(listed.state.pid)), {}};
    entrance.network.reset(open(cat("/proc/", listed.state.pid, "/ns/net").c_str(), O_RDONLY | O_CLOEXEC));
    // Its number may have become another's until the descriptor was open.
    if (entrance.network.is_open() && is_running(entrance.process)) return entrance;
  }
  return fail(cat("unable to forward port because pod is not running. Current status=", pod.status.phase));
}

Result<Listener> listen_at(const std::string& host, const Forward& forward) {
  Listener listener{.fd = {}, .endpoint = {host, forward.local}, .remote = forward.remote};
  SocketAddress address = TRY(parse_address(listener.endpoint));
  const std::string context = cat("unable to listen on ", print_endpoint(listener.endpoint));
  auto* bytes = reinterpret_cast<sockaddr*>(&address.bytes);
  const int on = 1;
  listener.fd.reset(socket(bytes->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener.fd.is_open()) return fail_errno(errno, context);
  setsockopt(listener.fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener.fd.get(), bytes, address.size) < 0 || listen(listener.fd.get(), SOMAXCONN) < 0 ||
      getsockname(listener.fd.get(), bytes, &address.size) < 0)
    return fail_errno(errno, context);
  // At the same place in both families (sockaddr_in, sockaddr_in6).
  listener.endpoint.port = ntohs(reinterpret_cast<const sockaddr_in*>(bytes)->sin_port);
  return listener;
}

Result<std::vector<Listener>> listen_all(const Call& call, const std::vector<Forward>& forwards) {
  std::vector<std::string> hosts = call.arguments.values("address");
  const bool is_default = hosts.empty();
  if (is_default) hosts = {"127.0.0.1", "::1"};
  std::vector<Listener> listeners;
  for (Forward forward : forwards)
    for (const std::string& host : hosts) {
      Result<Listener> listener = listen_at(host, forward);
      // A machine without IPv6 is none to complain of.
      if (!listener && is_default && host == "::1") continue;
      if (!listener) return std::unexpected(listener.error());
      forward.local = listener->endpoint.port;
      listeners.push_back(*std::move(listener));
    }
  return listeners;
}

// One connection, in a process of its own: connects within the pod and passes on what either side says.
Result<> serve(const Fd& client, const std::string& network, uint16_t remote) {
  const Endpoint endpoint{"127.0.0.1", remote};
  const Fd server = TRY(begin_connecting(network, endpoint));
  pollfd entry{server.get(), POLLOUT, 0};
  while (poll(&entry, 1, -1) < 0 && errno == EINTR) {
  }
  TRY(finish_connecting(server.get(), endpoint));
  relay(client.get(), server.get());
  return {};
}

void handle(const Listener& listener, const PodEntrance& entrance, pid_t parent) {
  const Fd client(accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!client.is_open()) return;
  (void)say(cat("Handling connection for ", listener.endpoint.port, "\n"));
  if (fork() != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);
  const Result<> served = serve(client, cat("/proc/self/fd/", entrance.network.get()), listener.remote);
  if (!served) remark(cat("error forwarding port ", listener.remote, " to pod: ", served.error().text()));
  _exit(served ? 0 : 1);
}

Result<int> forward_until_end(const std::vector<Listener>& listeners, const PodEntrance& entrance) {
  signal(SIGCHLD, SIG_IGN);  // nobody waits for those who serve
  std::vector<pollfd> fds = {{entrance.process.fd.get(), POLLIN, 0}};
  for (const Listener& listener : listeners) fds.push_back({listener.fd.get(), POLLIN, 0});
  while (true) {
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return fail_errno(errno, "poll");
    if (fds[0].revents != 0) return fail("lost connection to pod");
    for (size_t i = 0; i < listeners.size(); i++)
      if (fds[i + 1].revents != 0) handle(listeners[i], entrance, getpid());
  }
}

}  // namespace

const std::span<const Option> kPortForwardOptions = kPortForward;

Result<int> run_port_forward(const Call& call) {
  const auto& operands = call.arguments.operands;
  const Pod pod = TRY(find_pod(call.place, call.ns, TRY(parse_pod_name(operands[0]))));
  std::vector<Forward> forwards;
  for (size_t i = 1; i < operands.size(); i++) forwards.push_back(TRY(parse_forward(operands[i], pod)));
  const PodEntrance entrance = TRY(enter_pod(call, pod));
  const std::vector<Listener> listeners = TRY(listen_all(call, forwards));
  for (const Listener& listener : listeners)
    TRY(say(cat("Forwarding from ", print_endpoint(listener.endpoint), " -> ", listener.remote, "\n")));
  return forward_until_end(listeners, entrance);
}

}  // namespace kube
