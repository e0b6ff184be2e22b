// Base64 as in RFC 4648, part 4: with padding, on one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kube {

std::string write_base64(std::string_view bytes);

// Part 5, without padding: what tokens are made of.
std::string write_base64url(std::string_view bytes);

// Empty when it is not base64. Line breaks are passed over, as Go's decoder does: `base64` of the shell makes them.
std::optional<std::string> parse_base64(std::string_view text);

}  // namespace kube
