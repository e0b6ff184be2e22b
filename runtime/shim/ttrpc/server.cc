#include "runtime/shim/ttrpc/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "base/log.h"
#include "base/text.h"
#include "runtime/shim/ttrpc/connection.h"

namespace shim::ttrpc {
namespace {

// containerd needs one, and a second one while it restarts; the rest is for those who look into it.
constexpr size_t kMaxConnections = 256;
constexpr int64_t kPauseWithoutDescriptors = 1000, kFlushTime = 1000;  // ms

class LocalServer : public Server {
 public:
  LocalServer(Loop& loop, Fd listening, Handler handler)
      : listening_(std::move(listening)),
        owner_{.loop = loop, .handler = std::move(handler), .closed = [this](int fd) { has_closed(fd); }} {}
  ~LocalServer() override;

  Result<> begin();
  void close_when_flushed(std::function<void()> then) override;

 private:
  void accept_some();
  Result<bool> accept_one();
  void stop_listening();
  void close_all();
  void has_closed(int fd);

  Fd listening_;
  Connection::Owner owner_;
  std::map<int, std::shared_ptr<Connection>> connections_;
  Loop::TimerId timer_ = 0;     // until we listen again, or until everything is closed
  std::function<void()> then_;  // set: we are closing
};

LocalServer::~LocalServer() {
  stop_listening();
  then_ = nullptr;
  close_all();
}

Result<> LocalServer::begin() {
  TRY_IN("listen", make_nonblocking(listening_.get()));
  return owner_.loop.watch(listening_.get(), [this] { accept_some(); });
}

// One that has no right to call us is one less in the queue, and no failure.
Result<bool> LocalServer::accept_one() {
  Fd socket(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket.is_open() && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)) return false;
  if (!socket.is_open()) return fail_errno(errno, "accept4");
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.uid != geteuid()) {
    log_warning(cat("ttrpc: a client of uid ", peer.uid, " is turned away"));
    return true;
  }
  if (connections_.size() >= kMaxConnections) {
    log_warning(cat("ttrpc: a client is turned away: there are ", kMaxConnections, " already"));
    return true;
  }
  const int fd = socket.get();
  auto connection = std::make_shared<Connection>(owner_, std::move(socket));
  TRY(connection->open());
  connections_[fd] = std::move(connection);
  return true;
}

void LocalServer::accept_some() {
  for (int i = 0; i < 16; i++) {
    const auto accepted = accept_one();
    if (accepted && *accepted) continue;
    if (accepted) return;
    // E.g. no descriptor is left (EMFILE): the queue would wake us without end.
    log_warning(cat("ttrpc: ", accepted.error().text()));
    owner_.loop.forget(listening_.get());
    timer_ = owner_.loop.after(kPauseWithoutDescriptors, [this] {
      timer_ = 0;
      if (auto again = begin(); !again) log_warning(cat("ttrpc: ", again.error().text()));
    });
    return;
  }
}

void LocalServer::stop_listening() {
  owner_.loop.cancel(std::exchange(timer_, 0));
  if (!listening_.is_open()) return;
  owner_.loop.forget(listening_.get());
  listening_.reset();
}

void LocalServer::close_all() {
  owner_.loop.cancel(std::exchange(timer_, 0));
  for (const auto& [fd, connection] : std::exchange(connections_, {})) connection->close();
}

void LocalServer::has_closed(int fd) {
  connections_.erase(fd);
  if (!then_ || !connections_.empty()) return;
  owner_.loop.cancel(timer_);
  timer_ = owner_.loop.after(0, std::exchange(then_, nullptr));
}

void LocalServer::close_when_flushed(std::function<void()> then) {
  stop_listening();
  auto connections = connections_;
  for (const auto& [fd, connection] : connections) {
    if (connection->has_unsent())
      connection->stop_reading();
    else
      connection->close();
  }
  if (connections_.empty()) {
    timer_ = owner_.loop.after(0, std::move(then));
    return;
  }
  then_ = std::move(then);
  timer_ = owner_.loop.after(kFlushTime, [this] {
    const auto last = std::exchange(then_, nullptr);
    close_all();
    last();
  });
}

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(Loop& loop, Fd listening, Handler handler) {
  auto server = std::make_unique<LocalServer>(loop, std::move(listening), std::move(handler));
  TRY(server->begin());
  return server;
}

}  // namespace shim::ttrpc
