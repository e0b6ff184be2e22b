// httpGet: healthy is who answers with a status from 200 to 399.
#include "base/text.h"
#include "runtime/kube/probes/conversation.h"
#include "runtime/kube/probes/http_message.h"
#include "runtime/kube/probes/runs.h"

namespace kube {
namespace {

constexpr int kMostRedirects = 10;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

class HttpRun : public Conversation {
 public:
  HttpRun(Loop& loop, const HandlerTarget& target, HttpGetAction action, int64_t timeout, HandlerDone done)
      : Conversation(loop, target.network, timeout, std::move(done)),
        action_(std::move(action)),
        user_agent_(target.user_agent) {}

  void begin(const HandlerTarget& target) {
    const Result<uint16_t> port = resolve_port(action_.port, *target.container);
    if (!port) return finish(Outcome::unknown, port.error().text());
    first_host_ = action_.host.empty() ? target.address : action_.host;
    get(make_url(action_, {first_host_, *port}));
  }

 private:
  void get(Url url) {
    url_ = std::move(url);
    answer_ = {};
    connect(url_.endpoint, url_.scheme == "https");
  }

  void on_connected() override { send(print_request(url_, action_.headers, user_agent_)); }
  void on_unreachable(const std::string& error) override { fail_with(error); }

  void on_bytes(std::string_view bytes) override { take(answer_.add(bytes)); }

  void on_end(const std::string& error) override {
    if (!error.empty()) return fail_with(cat("read tcp ", print_endpoint(url_.endpoint), ": read: ", error));
    const AnswerReader::State state = answer_.end();
    if (state == AnswerReader::State::done) return take(state);
    fail_with(answer_.has_head() ? "unexpected EOF" : "EOF");
  }

  void on_timeout() override {
    fail_with(cat("context deadline exceeded (Client.Timeout exceeded while ",
                  answer_.has_head() ? "reading body)" : "awaiting headers)"));
  }

  void fail_with(std::string_view why) { finish(Outcome::failure, cat("Get \"", print_url(url_), "\": ", why)); }

  void take(AnswerReader::State state) {
    if (state == AnswerReader::State::more) return;
    if (state == AnswerReader::State::malformed)
      return fail_with(cat("net/http: HTTP/1.x transport connection broken: malformed HTTP response \"",
                           visible(answer_.first_line()), '"'));
    const int status = answer_.status();
    if (is_redirect(status) && !answer_.location().empty()) return follow();
    if (status < 200 || status >= 400)
      return finish(Outcome::failure, cat("HTTP probe failed with statuscode: ", status));
    if (status >= 300) return end_redirects();
    finish(Outcome::success, answer_.body());
  }

  void end_redirects() { finish(Outcome::warning, cat("Probe terminated redirects, Response body: ", answer_.body())); }

  // As the kubelet: on the same host only, so that nobody can send a probe elsewhere, and not for ever.
  void follow() {
    std::optional<Url> next = parse_location(answer_.location(), url_);
    if (!next) return fail_with(cat("failed to parse Location header ", quoted(answer_.location())));
    if (next->endpoint.host != first_host_ || ++redirects_ > kMostRedirects) return end_redirects();
    get(*std::move(next));
  }

  HttpGetAction action_;
  std::string user_agent_, first_host_;
  Url url_;
  AnswerReader answer_;
  int redirects_ = 0;
};

}  // namespace

std::unique_ptr<HandlerRun> run_http(Loop& loop, const HandlerTarget& target, HttpGetAction action, int64_t timeout,
                                     HandlerDone done) {
  auto run = std::make_unique<HttpRun>(loop, target, std::move(action), timeout, std::move(done));
  run->begin(target);
  return run;
}

}  // namespace kube
