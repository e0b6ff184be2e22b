// windowsOptions (validate_security.h): the API server's rules, as for a pod of a Windows node.
#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/names.h"
#include "runtime/kube/api/validate_security.h"

namespace kube {
namespace {

constexpr size_t kMostSpecBytes = 64 << 10;
constexpr size_t kMostDomainLetters = 255, kMostUserLetters = 104;  // Active Directory's limits

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

// Of a NetBIOS or a DNS name.
std::string check_domain(std::string_view domain) {
  if (domain.empty()) return "runAsUserName's Domain doesn't match the NetBios nor the DNS format";
  if (domain.size() > kMostDomainLetters) return "runAsUserName's Domain length must be under 256 characters";
  const bool is_netbios =
      domain.size() <= 15 && domain.front() != '.' && domain.find_first_of("\\/:*?\"<>|") == std::string_view::npos;
  if (is_netbios || check_dns_subdomain(lower_case(domain)).empty()) return {};
  return "runAsUserName's Domain doesn't match the NetBios nor the DNS format";
}

std::string check_user(std::string_view user) {
  if (user.empty()) return "runAsUserName's User cannot be empty";
  if (user.size() > kMostUserLetters)
    return cat("runAsUserName's User length must not be longer than ", kMostUserLetters, " characters");
  if (user.find_first_not_of(". ") == std::string_view::npos)
    return "runAsUserName's User cannot contain only periods or spaces";
  if (user.find_first_of("\"/\\[]:;|=,+*?<>@") != std::string_view::npos)
    return "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]";
  return {};
}

// "USER" or "DOMAIN\USER".
std::string check_user_name(const std::string& name) {
  if (name.empty()) return "runAsUserName cannot be an empty string";
  if (has_control_characters(name)) return "runAsUserName cannot contain control characters";
  const auto parts = split(name, '\\');
  if (parts.size() > 2) return "runAsUserName cannot contain more than one backslash";
  if (parts.size() == 1) return check_user(name);
  const std::string domain = check_domain(parts[0]);
  return domain.empty() ? check_user(parts[1]) : domain;
}

}  // namespace

void check_windows_options(const WindowsOptions& options, const PodSpec& spec, const std::string& path,
                           Checker& check) {
  const std::string& name = options.gmsa_credential_spec_name;
  if (!name.empty()) check.invalid(path + ".gmsaCredentialSpecName", name, check_dns_subdomain(name));
  if (options.gmsa_credential_spec.size() > kMostSpecBytes)
    check.add(path + ".gmsaCredentialSpec",
              cat("Invalid value: gmsaCredentialSpec size must be under ", kMostSpecBytes >> 10, " KiB"));
  if (options.run_as_user_name)
    check.invalid(path + ".runAsUserName", *options.run_as_user_name, check_user_name(*options.run_as_user_name));
  if (options.host_process.value_or(false)) {
    if (!spec.host_network)
      check.add("spec.hostNetwork",
                "Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers");
    if (spec.security_context && spec.security_context->run_as_non_root.value_or(false))
      check.add("spec.securityContext.runAsNonRoot", "Invalid value: true: must not be set for hostProcess containers");
  }
  check.forbid(path, "windows options cannot be set for a linux pod, and this node runs Linux");
}

}  // namespace kube
