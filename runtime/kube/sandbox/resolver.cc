#include "runtime/kube/sandbox/resolver.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/validate_security.h"

namespace kube {
namespace {

std::vector<std::string> words_of(std::string_view line) {
  std::string text(line);
  std::ranges::replace(text, '\t', ' ');
  std::vector<std::string> words = split(text, ' ');
  std::erase(words, "");
  return words;
}

void add_once(std::vector<std::string>& list, const std::vector<std::string>& more) {
  for (const std::string& item : more)
    if (std::ranges::find(list, item) == list.end()) list.push_back(item);
}

std::string_view name_of(std::string_view option) {
  return option.substr(0, option.find(':'));
}

void set_option(std::vector<std::string>& options, const DnsOption& option) {
  std::erase_if(options, [&](const std::string& old) { return name_of(old) == option.name; });
  options.push_back(option.value && !option.value->empty() ? cat(option.name, ":", *option.value) : option.name);
}

void cut(Resolver& resolver, std::vector<std::string>& remarks) {
  if (resolver.nameservers.size() > kMostNameservers) {
    resolver.nameservers.resize(kMostNameservers);
    remarks.push_back(
        cat("Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ",
            join(resolver.nameservers, " ")));
  }
  const size_t before = resolver.searches.size();
  while (resolver.searches.size() > kMostSearches || join(resolver.searches, " ").size() > kMostSearchLetters)
    resolver.searches.pop_back();
  if (resolver.searches.size() != before)
    remarks.push_back(
        cat("Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ",
            join(resolver.searches, " ")));
}

}  // namespace

Resolver parse_resolver(std::string_view text) {
  Resolver resolver;
  for (const std::string& line : split(text, '\n')) {
    std::vector<std::string> words = words_of(line);
    if (words.size() < 2) continue;
    const std::string key = words.front();
    words.erase(words.begin());
    if (key == "nameserver") resolver.nameservers.push_back(words.front());
    if (key == "search") resolver.searches = words;
    if (key == "options") resolver.options.insert(resolver.options.end(), words.begin(), words.end());
  }
  return resolver;
}

std::string resolver_text(const Resolver& resolver) {
  std::string text;
  if (!resolver.searches.empty()) text += cat("search ", join(resolver.searches, " "), "\n");
  for (const std::string& server : resolver.nameservers) text += cat("nameserver ", server, "\n");
  if (!resolver.options.empty()) text += cat("options ", join(resolver.options, " "), "\n");
  return text;
}

Resolver pod_resolver(const PodSpec& spec, std::string_view node_text, std::vector<std::string>& remarks) {
  Resolver resolver = spec.dns_policy == "None" ? Resolver() : parse_resolver(node_text);
  if (spec.dns_config) {
    add_once(resolver.nameservers, spec.dns_config->nameservers);
    add_once(resolver.searches, spec.dns_config->searches);
    for (const DnsOption& option : spec.dns_config->options) set_option(resolver.options, option);
  }
  cut(resolver, remarks);
  return resolver;
}

}  // namespace kube
