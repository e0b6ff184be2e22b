// Fetching a text by plain HTTP.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace kube {

struct HttpUrl {
  std::string host, port, path;  // an IPv6 address without its brackets; a path begins with '/'
};

// "http://HOST[:PORT][/PATH]". Errors: https and every other scheme, user names.
Result<HttpUrl> parse_http_url(std::string_view url);

// What the server gives for the URL: GET, no redirects. Waits 10 seconds for a connection, and as long for the answer.
// Errors: an answer that is not 200, one of more than `limit` bytes or cut short, an empty one.
Result<std::string> fetch_http(const HttpUrl& url, size_t limit);

// The body of an HTTP/1 answer that ends with the connection.
Result<std::string> parse_http_answer(std::string_view answer);

}  // namespace kube
