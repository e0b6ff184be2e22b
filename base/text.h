// Small text work: joining, splitting, strict number parsing.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace text_detail {
inline void append(std::string& out, std::string_view part) {
  out += part;
}
inline void append(std::string& out, char part) {
  out += part;
}
template <std::integral T>
  requires(!std::same_as<T, char> && !std::same_as<T, bool>)
void append(std::string& out, T number) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}
}  // namespace text_detail

// Strings, characters and integers, one after the other. Integers in decimal.
template <class... Parts>
std::string cat(const Parts&... parts) {
  std::string out;
  (text_detail::append(out, parts), ...);
  return out;
}

// Whatever the locale.
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The name in single quotes, control bytes and quotes made visible as \xNN, so that a hostile name stays on one line.
std::string quoted(std::string_view name);

// Words that others said, e.g. a hook, to go into a message of ours: control bytes made visible in the same way.
std::string visible(std::string_view words);

// Parts between separators. Empty parts are kept: ("a,,b", ',') gives a, "", b; an empty text gives one empty part.
std::vector<std::string> split(std::string_view text, char separator);

// Parts with the separator between them.
std::string join(const std::vector<std::string>& parts, std::string_view separator);

// The names of a table whose entries have one, in its order.
template <class Table>
std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const auto& entry : table) names.emplace_back(entry.name);
  return names;
}

// Text without spaces, tabs and newlines at either end.
std::string_view trimmed(std::string_view text);

// The whole text as a number of type T in the given base: no sign for unsigned types, no spaces, no leftover, no
// overflow. Strict on purpose: lax parsing of ids has been a hole (CVE-2026-30892).
template <std::integral T>
std::optional<T> parse_number(std::string_view text, int base = 10) {
  T value{};
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (problem != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// With a to z for A to Z, whatever the locale.
std::string lower_case(std::string_view text);

// An IPv4 or IPv6 address as inet_pton(3) takes it: no zone, no port, no leading zeros.
bool is_address(const std::string& text);

// The number in octal with a leading 0, as modes are shown: 0755.
std::string octal(uint32_t mode);

// True when the text is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view text);
