#include "runtime/kube/probes/http_message.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/probes/handler.h"

namespace kube {
namespace {

constexpr size_t kMostHead = 64 << 10;

bool is_same_name(std::string_view left, std::string_view right) {
  return lower_case(left) == lower_case(right);
}

// Path and query as they may stand in a request: a fragment is not sent.
std::string escape_target(std::string_view path) {
  std::string out = path.starts_with('/') ? "" : "/";
  for (const char c : path.substr(0, path.find('#'))) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte < 0x7f && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos) {
      out += c;
      continue;
    }
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

void add_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  // A line of its own would be a header more.
  for (const char c : value) out += c == '\r' || c == '\n' ? ' ' : c;
  out += "\r\n";
}

const HttpHeader* find_header(const std::vector<HttpHeader>& headers, std::string_view name) {
  const auto found = std::ranges::find_if(headers, [&](const auto& header) { return is_same_name(header.name, name); });
  return found == headers.end() ? nullptr : &*found;
}

// "host", "host:80", "[::1]:80".
std::optional<Endpoint> parse_authority(std::string_view text, uint16_t default_port) {
  text.remove_prefix(std::min(text.size(), text.find('@') + 1));
  Endpoint endpoint{.host = {}, .port = default_port};
  const size_t bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
  const size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    const auto port = parse_number<uint16_t>(text.substr(colon + 1));
    if (!port) return {};
    endpoint.port = *port;
  }
  endpoint.host = bracket == std::string_view::npos ? text.substr(0, colon) : text.substr(1, bracket - 1);
  if (endpoint.host.empty()) return {};
  return endpoint;
}

}  // namespace

std::string print_url(const Url& url) {
  return cat(url.scheme, "://", print_endpoint(url.endpoint), url.target);
}

Url make_url(const HttpGetAction& action, const Endpoint& endpoint) {
  return {.scheme = action.scheme == "HTTPS" ? "https" : "http",
          .endpoint = endpoint,
          .target = escape_target(action.path)};
}

std::optional<Url> parse_location(std::string_view location, const Url& from) {
  Url url = from;
  for (const std::string_view scheme : {"http", "https"}) {
    const std::string prefix = cat(scheme, "://");
    if (!location.starts_with(prefix)) continue;
    url.scheme = scheme;
    location.remove_prefix(scheme.size() + 1);
  }
  if (location.starts_with("//")) {
    location.remove_prefix(2);
    const size_t end = std::min(location.find_first_of("/?#"), location.size());
    const auto endpoint = parse_authority(location.substr(0, end), url.scheme == "https" ? 443 : 80);
    if (!endpoint) return {};
    url.endpoint = *endpoint;
    url.target = escape_target(location.substr(end));
    return url;
  }
  if (location.substr(0, location.find_first_of("/?#")).find(':') != std::string_view::npos) return {};
  if (location.starts_with('/')) {
    url.target = escape_target(location);
  } else if (!location.empty() && !location.starts_with('#')) {
    const std::string_view path = std::string_view(from.target).substr(0, from.target.find('?'));
    const size_t kept = location.starts_with('?') ? path.size() : path.rfind('/') + 1;
    url.target = escape_target(cat(path.substr(0, kept), location));
  }
  return url;
}

std::string print_request(const Url& url, const std::vector<HttpHeader>& headers, std::string_view user_agent) {
  std::string out = cat("GET ", url.target, " HTTP/1.1\r\n");
  const HttpHeader* host = find_header(headers, "Host");
  add_field(out, "Host", host && !host->value.empty() ? host->value : print_endpoint(url.endpoint));
  for (const auto& [name, value] :
       {std::pair<std::string_view, std::string_view>("User-Agent", user_agent), {"Accept", "*/*"}}) {
    const HttpHeader* given = find_header(headers, name);
    if (!given) add_field(out, name, value);
    if (given && !given->value.empty()) add_field(out, name, given->value);
  }
  for (const HttpHeader& header : headers) {
    const bool is_done = std::ranges::any_of(std::initializer_list<std::string_view>{"Host", "User-Agent", "Accept"},
                                             [&](auto name) { return is_same_name(header.name, name); });
    if (!is_done) add_field(out, header.name, header.value);
  }
  return out += "Connection: close\r\n\r\n";
}

std::string_view AnswerReader::first_line() const {
  return std::string_view(pending_).substr(0, std::min<size_t>(pending_.find_first_of("\r\n"), 64));
}

AnswerReader::State AnswerReader::add(std::string_view bytes) {
  pending_ += bytes;
  // An interim answer (1xx) is followed by the real one, of which its fields say nothing (RFC 9110, section 15.2).
  while (!has_head_) {
    const size_t unix_end = pending_.find("\n\n"), end = std::min(pending_.find("\r\n\r\n"), unix_end);
    if (end == std::string::npos) return pending_.size() > kMostHead ? State::malformed : State::more;
    const size_t size = end + (end == unix_end ? 2 : 4);
    if (!read_head()) return State::malformed;
    pending_.erase(0, size);
    has_head_ = status_ >= 200;
  }
  return read_body();
}

// Status line and fields of the head that `pending_` begins with.
bool AnswerReader::read_head() {
  length_ = Length::until_end;
  left_ = 0;
  location_.clear();
  std::string_view rest = pending_;
  bool is_first = true;
  while (!rest.empty()) {
    const size_t newline = rest.find('\n');
    const std::string_view line = trimmed(rest.substr(0, newline));
    if (line.empty()) return !is_first;
    if (is_first) {
      if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return false;
      const auto status = parse_number<int>(line.substr(9, 3));
      if (!status || *status < 100) return false;
      status_ = *status;
    } else if (!read_field(line)) {
      return false;
    }
    is_first = false;
    rest.remove_prefix(newline == rest.npos ? rest.size() : newline + 1);
  }
  return true;
}

bool AnswerReader::read_field(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == line.npos) return false;
  const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
  if (is_same_name(name, "Location")) location_ = value;
  if (is_same_name(name, "Transfer-Encoding") && is_same_name(value, "chunked")) length_ = Length::chunked;
  if (!is_same_name(name, "Content-Length") || length_ == Length::chunked) return true;
  const auto length = parse_number<uint64_t>(value);
  if (!length) return false;
  length_ = Length::counted;
  left_ = *length;
  return true;
}

AnswerReader::State AnswerReader::read_body() {
  if (status_ == 204 || status_ == 304) return State::done;
  if (length_ == Length::chunked) return read_chunks();
  const size_t taken = length_ == Length::counted ? std::min<uint64_t>(pending_.size(), left_) : pending_.size();
  body_.append(pending_, 0, taken);
  pending_.erase(0, taken);
  left_ -= length_ == Length::counted ? taken : 0;
  if (body_.size() >= kMostAnswer) {
    body_.resize(kMostAnswer);
    return State::done;
  }
  return length_ == Length::counted && left_ == 0 ? State::done : State::more;
}

// RFC 9112, section 7.1: each chunk has its size in front and a line end behind; one of size 0 is the last.
AnswerReader::State AnswerReader::read_chunks() {
  while (body_.size() < kMostAnswer) {
    if (left_ == 0) {
      const size_t newline = pending_.find('\n', pending_.starts_with("\r\n") ? 2 : 0);
      if (newline == std::string::npos) return pending_.size() > kMostHead ? State::malformed : State::more;
      const std::string_view line = trimmed(std::string_view(pending_).substr(0, newline));
      const auto size = parse_number<uint64_t>(trimmed(line.substr(0, line.find(';'))), 16);
      if (!size) return State::malformed;
      if (*size == 0) return State::done;
      left_ = *size;
      pending_.erase(0, newline + 1);
    }
    const size_t taken = std::min<uint64_t>(pending_.size(), left_);
    if (taken == 0) return State::more;
    body_.append(pending_, 0, taken);
    pending_.erase(0, taken);
    left_ -= taken;
  }
  body_.resize(kMostAnswer);
  return State::done;
}

AnswerReader::State AnswerReader::end() {
  return has_head_ && length_ == Length::until_end ? State::done : State::malformed;
}

}  // namespace kube
