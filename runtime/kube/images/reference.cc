#include "runtime/kube/images/reference.h"

#include <algorithm>

#include "base/text.h"
#include "sandbox/images/digest.h"

namespace images {

namespace {

constexpr std::string_view kDefaultDomain = "docker.io";
constexpr size_t kLongestRepository = 255, kLongestTag = 128;

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c);
}

bool is_letter_or_digit(char c) {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

// path-component := alpha-numeric (separator alpha-numeric)*, separator := '.', '_', '__' or dashes.
bool is_component(std::string_view part) {
  if (part.empty() || !is_lower_or_digit(part.front()) || !is_lower_or_digit(part.back())) return false;
  size_t run = 0;  // separators in a row
  for (size_t i = 0; i < part.size(); i++) {
    if (is_lower_or_digit(part[i])) {
      run = 0;
      continue;
    }
    run++;
    const bool repeats = run > 1 && part[i] == part[i - 1];
    if (part[i] == '-' ? run > 1 && !repeats : part[i] == '_' ? run > 2 || (run == 2 && !repeats) : run > 1)
      return false;
    if (part[i] != '-' && part[i] != '_' && part[i] != '.') return false;
  }
  return true;
}

bool is_domain(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view host = text.substr(0, colon);
  if (colon != std::string_view::npos && !parse_number<uint16_t>(text.substr(colon + 1))) return false;
  if (host.empty() || !is_letter_or_digit(host.front()) || !is_letter_or_digit(host.back())) return false;
  return std::all_of(host.begin(), host.end(), [](char c) { return is_letter_or_digit(c) || c == '.' || c == '-'; });
}

bool is_tag(std::string_view tag) {
  if (tag.empty() || tag.size() > kLongestTag || tag.front() == '.' || tag.front() == '-') return false;
  return std::all_of(tag.begin(), tag.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

std::unexpected<Error> bad_name(std::string_view name, std::string_view reason) {
  return fail(cat("image name ", quoted(name), ": ", reason));
}

// The registry and what is left of the path; see parse_reference.
void split_domain(std::string_view text, Reference& out, std::string& domain, std::string& path) {
  const size_t slash = text.find('/');
  const std::string_view first = text.substr(0, slash);
  out.has_domain =
      slash != std::string_view::npos && (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
  domain = out.has_domain ? first : kDefaultDomain;
  path = out.has_domain ? text.substr(slash + 1) : text;
  if (domain == "index.docker.io") domain = kDefaultDomain;
  if (domain == kDefaultDomain && path.find('/') == std::string::npos) path = "library/" + path;
}

}  // namespace

Result<Reference> parse_reference(std::string_view name) {
  Reference out;
  std::string_view rest = name;
  if (const size_t at = rest.find('@'); at != std::string_view::npos) {
    out.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!is_digest(out.digest)) return bad_name(name, "what follows '@' is no sha256 digest");
  }
  const size_t colon = rest.find_last_of(':');
  if (colon != std::string_view::npos && rest.find('/', colon) == std::string_view::npos) {
    out.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!is_tag(out.tag)) return bad_name(name, cat(quoted(out.tag), " is no tag"));
  }
  if (rest.empty()) return bad_name(name, "it is empty");
  std::string domain, path;
  split_domain(rest, out, domain, path);
  if (!is_domain(domain)) return bad_name(name, cat(quoted(domain), " is no registry"));
  for (const auto& part : split(path, '/'))
    if (!is_component(part))
      return bad_name(name, std::any_of(part.begin(), part.end(), [](char c) { return c >= 'A' && c <= 'Z'; })
                                ? std::string("the repository must be in lower case")
                                : cat(quoted(part), " is no part of a repository's name"));
  out.repository = cat(domain, "/", path);
  if (out.repository.size() > kLongestRepository) return bad_name(name, "it is longer than 255 characters");
  if (out.tag.empty() && out.digest.empty()) out.tag = "latest";
  return out;
}

}  // namespace images
