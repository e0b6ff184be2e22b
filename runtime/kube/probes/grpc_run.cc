// grpc: healthy is who says SERVING. One request over HTTP/2, without TLS.
#include <nghttp2/nghttp2.h>

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/probes/conversation.h"
#include "runtime/kube/probes/grpc_message.h"
#include "runtime/kube/probes/runs.h"

namespace kube {
namespace {

// Codes of gRPC (grpc/status.h).
constexpr std::string_view kOk = "0", kUnimplemented = "12";
constexpr size_t kMostStatusText = 1024;

struct DeleteSession {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};
using Session = std::unique_ptr<nghttp2_session, DeleteSession>;

std::string_view view(const uint8_t* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

nghttp2_nv header(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

class GrpcRun : public Conversation {
 public:
  GrpcRun(Loop& loop, const HandlerTarget& target, const GrpcAction& action, int64_t timeout, HandlerDone done)
      : Conversation(loop, target.network, timeout, std::move(done)),
        endpoint_{target.address, static_cast<uint16_t>(action.port)},
        request_(print_health_request(action.service)),
        user_agent_(target.user_agent) {}

  void begin() { connect(endpoint_); }

 private:
  void on_connected() override {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session* session = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) return fail_rpc("out of memory");
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    const int made = nghttp2_session_client_new(&session, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    if (made != 0) return fail_rpc(nghttp2_strerror(made));
    session_.reset(session);
    if (const int err = submit(); err < 0) return fail_rpc(nghttp2_strerror(err));
    pass_on();
  }

  // The request is queued whole: headers and the one message.
  int submit() {
    const std::string authority = print_endpoint(endpoint_);
    const nghttp2_nv headers[] = {header(":method", "POST"),
                                  header(":scheme", "http"),
                                  header(":path", "/grpc.health.v1.Health/Check"),
                                  header(":authority", authority),
                                  header("content-type", "application/grpc"),
                                  header("user-agent", user_agent_),
                                  header("te", "trailers")};
    const nghttp2_data_provider body{.source = {.ptr = this}, .read_callback = read_request};
    const int err = nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, nullptr, 0);
    return err < 0 ? err : nghttp2_submit_request(session_.get(), nullptr, headers, std::size(headers), &body, this);
  }

  // What the session wants to say goes out.
  void pass_on() {
    const uint8_t* bytes = nullptr;
    for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_.get(), &bytes)) > 0;)
      send(view(bytes, static_cast<size_t>(size)));
  }

  void on_bytes(std::string_view bytes) override {
    const ssize_t taken =
        nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    if (is_closed_) return conclude();
    if (taken < 0) return fail_rpc(nghttp2_strerror(static_cast<int>(taken)));
    pass_on();
  }

  void conclude() {
    const std::string message = unescape_grpc_message(grpc_message_);
    if (grpc_status_ == kUnimplemented)
      return finish(Outcome::failure,
                    cat("error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ",
                        visible(message)));
    if (grpc_status_ != kOk)
      return fail_rpc(cat("rpc error: code = ", grpc_code_name(grpc_status_), " desc = ", visible(message)));
    const auto status = parse_health_answer(answer_);
    if (!status) return fail_rpc("the answer is no HealthCheckResponse");
    if (*status != kServing)
      return finish(Outcome::failure, cat("service unhealthy (responded with \"", serving_status_name(*status), "\")"));
    finish(Outcome::success, "service healthy");
  }

  void fail_rpc(std::string_view why) { finish(Outcome::failure, cat("error: health rpc probe failed: ", why)); }

  void on_unreachable(const std::string& error) override {
    finish(Outcome::failure, cat("error: failed to connect service at \"", print_endpoint(endpoint_),
                                 "\": connection error: desc = "
                                 "\"transport: Error while dialing: ",
                                 error, '"'));
  }

  void on_end(const std::string& error) override {
    fail_rpc(cat("rpc error: code = Unavailable desc = ", error.empty() ? "connection closed: EOF" : error));
  }

  void on_timeout() override {
    const std::string within = print_timeout(timeout());
    if (is_connected()) return finish(Outcome::failure, cat("timeout: health rpc did not complete within ", within));
    finish(Outcome::failure, cat("timeout: failed to connect service \"", print_endpoint(endpoint_), "\" within ",
                                 within, ": context deadline exceeded"));
  }

  static GrpcRun& self(void* data) { return *static_cast<GrpcRun*>(data); }

  static ssize_t read_request(nghttp2_session*, int32_t, uint8_t* out, size_t room, uint32_t* flags,
                              nghttp2_data_source* source, void*) {
    std::string& rest = self(source->ptr).request_;
    const size_t size = std::min(room, rest.size());
    std::copy_n(rest.data(), size, out);
    rest.erase(0, size);
    if (rest.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }

  // Headers and, after the message, trailers: the status may be in either.
  static int on_header(nghttp2_session*, const nghttp2_frame*, const uint8_t* name, size_t name_size,
                       const uint8_t* value, size_t value_size, uint8_t, void* data) {
    const std::string_view key = view(name, name_size);
    if (key == "grpc-status") self(data).grpc_status_ = view(value, std::min(value_size, kMostStatusText));
    if (key == "grpc-message") self(data).grpc_message_ = view(value, std::min(value_size, kMostStatusText));
    return 0;
  }

  static int on_data(nghttp2_session*, uint8_t, int32_t, const uint8_t* bytes, size_t size, void* data) {
    std::string& answer = self(data).answer_;
    answer += view(bytes, std::min(size, kMostAnswer - answer.size()));
    return 0;
  }

  static int on_close(nghttp2_session*, int32_t, uint32_t, void* data) {
    self(data).is_closed_ = true;
    return 0;
  }

  Endpoint endpoint_;
  std::string request_, user_agent_, answer_, grpc_status_, grpc_message_;
  Session session_;
  bool is_closed_ = false;
};

}  // namespace

std::unique_ptr<HandlerRun> run_grpc(Loop& loop, const HandlerTarget& target, const GrpcAction& action, int64_t timeout,
                                     HandlerDone done) {
  auto run = std::make_unique<GrpcRun>(loop, target, action, timeout, std::move(done));
  run->begin();
  return run;
}

}  // namespace kube
