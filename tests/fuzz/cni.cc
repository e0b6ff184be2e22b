// What CNI plugins answer, and a network's configuration.
#include <arpa/inet.h>

#include "runtime/kube/api/emit.h"
#include "runtime/kube/network/cni_config.h"
#include "tests/fuzz/fuzz.h"

namespace {

void read_result(std::string_view text) {
  const auto parsed = kube::parse_cni_result(text);
  const auto* result = fuzz::value_of(parsed);
  if (!result) return;
  for (const std::string& address : result->addresses) {
    in6_addr bytes;
    fuzz::demand(inet_pton(AF_INET, address.c_str(), &bytes) == 1 || inet_pton(AF_INET6, address.c_str(), &bytes) == 1,
                 "an address is one");
  }
  std::string_view resolver = result->resolver;
  for (; !resolver.empty(); resolver.remove_prefix(resolver.find('\n') + 1))
    fuzz::demand(
        resolver.starts_with("nameserver ") || resolver.starts_with("search ") || resolver.starts_with("options "),
        "a resolver's lines are of its kinds");
  // The plugin behind it is told what it said.
  const kube::CniNetwork network{.name = "pods", .version = "1.0.0"};
  const auto request = kube::parse_json(kube::print_cni_request(network, {}, {}, &result->node));
  fuzz::demand(request.has_value(), "a request is JSON");
  const kube::Node* previous = request->find("prevResult");
  fuzz::demand(previous && kube::emit_compact_json(*previous) == kube::emit_compact_json(result->node),
               "a result is handed on as it was");
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  read_result(text);
  for (const unsigned char c : kube::parse_cni_error(text))
    fuzz::demand(c >= 0x20 && c != 0x7f, "an error is one line without control characters");
  const auto parsed = kube::parse_cni_network(text, "net.conf");
  const auto* network = fuzz::value_of(parsed);
  if (!network) return 0;
  const auto again = kube::parse_cni_network(kube::emit_compact_json(network->config), "record");
  fuzz::demand(again && again->name == network->name && again->plugins.size() == network->plugins.size(),
               "a network that was recorded is the same");
  return 0;
}
