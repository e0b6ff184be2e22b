// HTTP/1.1 as far as a probe needs it: one GET, one answer. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/kube/api/handlers.h"
#include "runtime/kube/probes/connect.h"

namespace kube {

struct Url {
  std::string scheme;  // "http", "https"
  Endpoint endpoint;
  std::string target = "/";  // path and query
};

// "http://10.0.0.1:8080/healthz".
std::string print_url(const Url& url);

// The place that an action asks for. What cannot stand in a URL is escaped.
Url make_url(const HttpGetAction& action, const Endpoint& endpoint);

// Where a Location leads, seen from a URL; nothing when it is neither http nor https.
std::optional<Url> parse_location(std::string_view location, const Url& from);

// A request that asks the server to close the connection afterwards. User-Agent and Accept are added unless they are
// given; given as empty, they are left out. Host stands for the server's name.
std::string print_request(const Url& url, const std::vector<HttpHeader>& headers, std::string_view user_agent);

// Reads an answer piece by piece.
class AnswerReader {
 public:
  enum class State { more, done, malformed };

  // Takes what has come. Done: the body is complete, or as much of it is there as is kept (kMostAnswer).
  State add(std::string_view bytes);
  // The server has closed the connection. Malformed: too early.
  State end();

  int status() const { return status_; }
  const std::string& location() const { return location_; }
  const std::string& body() const { return body_; }
  bool has_head() const { return has_head_; }
  // What came instead of a head.
  std::string_view first_line() const;

 private:
  enum class Length { until_end, counted, chunked };

  bool read_head();
  bool read_field(std::string_view line);
  State read_body();
  State read_chunks();

  std::string pending_, location_, body_;
  int status_ = 0;
  bool has_head_ = false;
  Length length_ = Length::until_end;
  uint64_t left_ = 0;  // of the body, or of the chunk
};

}  // namespace kube
