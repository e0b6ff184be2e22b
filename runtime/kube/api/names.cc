#include "runtime/kube/api/names.h"

#include <algorithm>

#include "base/text.h"

namespace kube {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_lower_alphanumeric(char c) {
  return is_lower(c) || is_digit(c);
}
bool is_alphanumeric(char c) {
  return is_lower_alphanumeric(c) || (c >= 'A' && c <= 'Z');
}

bool is_label(std::string_view value) {
  return !value.empty() && is_lower_alphanumeric(value.front()) && is_lower_alphanumeric(value.back()) &&
         std::all_of(value.begin(), value.end(), [](char c) { return is_lower_alphanumeric(c) || c == '-'; });
}

// The name part of a key, and a label's value: [A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?
bool is_name(std::string_view value) {
  return !value.empty() && is_alphanumeric(value.front()) && is_alphanumeric(value.back()) &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

std::string too_long(size_t limit) {
  return cat("must be no more than ", limit, " characters");
}

constexpr const char* kNameRule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

}  // namespace

std::string check_dns_label(std::string_view value) {
  if (value.size() > 63) return too_long(63);
  if (is_label(value)) return {};
  return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
         "end with an alphanumeric character";
}

std::string check_dns_subdomain(std::string_view value) {
  if (value.size() > 253) return too_long(253);
  auto labels = split(value, '.');
  if (std::all_of(labels.begin(), labels.end(), is_label)) return {};
  return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
         "start and end with an alphanumeric character";
}

std::string check_qualified_name(std::string_view value) {
  size_t slash = value.find('/');
  if (slash != std::string_view::npos) {
    std::string_view prefix = value.substr(0, slash);
    if (prefix.empty()) return "prefix part must be non-empty";
    if (auto problem = check_dns_subdomain(prefix); !problem.empty()) return "prefix part " + problem;
    value.remove_prefix(slash + 1);
  }
  if (value.empty()) return "name part must be non-empty";
  if (value.size() > 63) return "name part " + too_long(63);
  return is_name(value) ? std::string() : cat("name part ", kNameRule);
}

std::string check_label_value(std::string_view value) {
  if (value.size() > 63) return too_long(63);
  if (value.empty() || is_name(value)) return {};
  return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
         "start and end with an alphanumeric character";
}

std::string check_data_key(std::string_view value) {
  if (value.size() > 253) return too_long(253);
  if (value == ".") return "must not be '.'";
  if (value == "..") return "must not be '..'";
  if (value.starts_with("..")) return "must not start with '..'";
  const bool valid = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
  });
  return valid ? std::string()
               : "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
                 "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
}

std::string check_env_name(std::string_view value) {
  bool valid = std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~' && c != '='; });
  return valid ? std::string()
               : "a valid environment variable name must consist only of printable ASCII characters other than '='";
}

std::string check_port_name(std::string_view value) {
  if (value.size() > 15) return too_long(15);
  if (!std::all_of(value.begin(), value.end(), [](char c) { return is_lower_alphanumeric(c) || c == '-'; }))
    return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
  if (!std::any_of(value.begin(), value.end(), is_lower)) return "must contain at least one letter (a-z)";
  if (value.find("--") != std::string_view::npos) return "must not contain consecutive hyphens";
  if (value.front() == '-' || value.back() == '-') return "must not begin or end with a hyphen";
  return {};
}

}  // namespace kube
