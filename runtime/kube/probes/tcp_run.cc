// tcpSocket: healthy is who accepts a connection.
#include "base/text.h"
#include "runtime/kube/probes/conversation.h"
#include "runtime/kube/probes/runs.h"

namespace kube {
namespace {

class TcpRun : public Conversation {
 public:
  using Conversation::Conversation;

  void begin(const TcpSocketAction& action, const HandlerTarget& target) {
    const Result<uint16_t> port = resolve_port(action.port, *target.container);
    if (!port) return finish(Outcome::unknown, port.error().text());
    endpoint_ = {action.host.empty() ? target.address : action.host, *port};
    connect(endpoint_);
  }

 private:
  void on_connected() override { finish(Outcome::success, ""); }
  void on_unreachable(const std::string& error) override { finish(Outcome::failure, error); }
  void on_bytes(std::string_view) override {}
  void on_end(const std::string&) override {}
  void on_timeout() override { finish(Outcome::failure, cat("dial tcp ", print_endpoint(endpoint_), ": i/o timeout")); }

  Endpoint endpoint_;
};

}  // namespace

std::unique_ptr<HandlerRun> run_tcp(Loop& loop, const HandlerTarget& target, const TcpSocketAction& action,
                                    int64_t timeout, HandlerDone done) {
  auto run = std::make_unique<TcpRun>(loop, target.network, timeout, std::move(done));
  run->begin(action, target);
  return run;
}

}  // namespace kube
