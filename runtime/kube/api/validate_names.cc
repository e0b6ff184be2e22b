// The names by which a pod is known and knows others (validate_security.h).
#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/names.h"
#include "runtime/kube/api/validate_security.h"

namespace kube {
namespace {

std::string check_address(const std::string& text) {
  return is_address(text) ? std::string() : "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
}

void check_host_aliases(const PodSpec& spec, Checker& check) {
  for (size_t i = 0; i < spec.host_aliases.size(); i++) {
    const HostAlias& alias = spec.host_aliases[i];
    const std::string path = indexed("spec.hostAliases", i);
    check.require(path + ".ip", alias.ip);
    check.invalid(path + ".ip", alias.ip, check_address(alias.ip));
    for (size_t name = 0; name < alias.hostnames.size(); name++)
      check.invalid(indexed(path + ".hostnames", name), alias.hostnames[name],
                    check_dns_subdomain(alias.hostnames[name]));
  }
}

// Underscores are allowed, and "." alone is, since 1.32.
std::string check_search(std::string_view search) {
  if (search == ".") return {};
  if (search.ends_with('.')) search.remove_suffix(1);
  std::string plain(search);
  std::ranges::replace(plain, '_', 'a');
  return check_dns_subdomain(plain);
}

void check_dns_config(const PodDnsConfig& config, Checker& check) {
  const std::string path = "spec.dnsConfig";
  if (config.nameservers.size() > kMostNameservers)
    check.add(path + ".nameservers", cat("Invalid value: [", join(config.nameservers, " "),
                                         "]: must not have more than ", kMostNameservers, " nameservers"));
  for (size_t i = 0; i < config.nameservers.size(); i++)
    check.invalid(indexed(path + ".nameservers", i), config.nameservers[i], check_address(config.nameservers[i]));
  if (config.searches.size() > kMostSearches)
    check.add(path + ".searches", cat("Invalid value: must not have more than ", kMostSearches, " search paths"));
  if (join(config.searches, " ").size() > kMostSearchLetters)
    check.add(path + ".searches", cat("Invalid value: must not have more than ", kMostSearchLetters,
                                      " characters (including spaces) in the search list"));
  for (size_t i = 0; i < config.searches.size(); i++)
    check.invalid(indexed(path + ".searches", i), config.searches[i], check_search(config.searches[i]));
  for (size_t i = 0; i < config.options.size(); i++) {
    const std::string here = indexed(path + ".options", i);
    check.require(here + ".name", config.options[i].name);
    // A line of its own in resolv.conf would be somebody else's setting.
    for (const std::string& text : {config.options[i].name, config.options[i].value.value_or("")})
      if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' '; }))
        check.invalid(here, text, "must not contain white space");
  }
}

}  // namespace

void check_names(const PodSpec& spec, Checker& check) {
  if (!spec.subdomain.empty()) check.invalid("spec.subdomain", spec.subdomain, check_dns_label(spec.subdomain));
  check_host_aliases(spec, check);
  if (spec.dns_policy == "None" && (!spec.dns_config || spec.dns_config->nameservers.empty()))
    check.add(spec.dns_config ? "spec.dnsConfig.nameservers" : "spec.dnsConfig",
              "Required value: must provide at least one DNS nameserver when `dnsPolicy` is None");
  if (spec.dns_config) check_dns_config(*spec.dns_config, check);
}

}  // namespace kube
