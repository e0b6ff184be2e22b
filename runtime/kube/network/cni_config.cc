#include "runtime/kube/network/cni_config.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/emit.h"

namespace kube {
namespace {

std::string text_at(const Node& node, std::string_view key) {
  const Node* found = node.find(key);
  return found && found->is_scalar() ? found->text : "";
}

const std::vector<Node>& items_at(const Node& node, std::string_view key) {
  static const std::vector<Node> kNone;
  const Node* found = node.find(key);
  return found && found->kind == Node::Kind::sequence ? found->items : kNone;
}

Node number_node(int64_t number) {
  Node node;
  node.kind = Node::Kind::integer;
  node.text = cat(number);
  return node;
}

Node sequence_node(std::vector<Node> items) {
  Node node;
  node.kind = Node::Kind::sequence;
  node.items = std::move(items);
  return node;
}

bool is_on(const Node& node, std::string_view key) {
  const Node* found = node.find(key);
  return found && found->kind == Node::Kind::boolean && boolean_of(*found);
}

// A program's name, not a path: whoever writes the configuration says which plugin, not which file.
bool is_type(std::string_view type) {
  return !type.empty() && type.find('/') == std::string_view::npos && type != "." && type != "..";
}

Result<CniPlugin> parse_plugin(const Node& config, std::string_view file) {
  CniPlugin plugin{.type = text_at(config, "type"), .config = config};
  if (!is_type(plugin.type)) return fail(cat(file, ": a plugin has no type"));
  const Node* capabilities = config.find("capabilities");
  plugin.maps_ports = capabilities && is_on(*capabilities, "portMappings");
  return plugin;
}

Node port_node(const ContainerPort& port) {
  std::vector<std::pair<std::string, Node>> members = {{"hostPort", number_node(port.host_port)},
                                                       {"containerPort", number_node(port.container_port)},
                                                       {"protocol", text_node(lower_case(port.protocol))}};
  if (!port.host_ip.empty()) members.emplace_back("hostIP", text_node(port.host_ip));
  return mapping_node(std::move(members));
}

std::string resolver_text_of(const Node& dns) {
  std::string text;
  for (const Node& server : items_at(dns, "nameservers")) text += cat("nameserver ", visible(server.text), "\n");
  std::vector<std::string> searches, options;
  for (const Node& search : items_at(dns, "search")) searches.push_back(visible(search.text));
  for (const Node& option : items_at(dns, "options")) options.push_back(visible(option.text));
  if (!searches.empty()) text += cat("search ", join(searches, " "), "\n");
  if (!options.empty()) text += cat("options ", join(options, " "), "\n");
  return text;
}

Result<Node> parse_object(std::string_view text, std::string_view file) {
  Parsed<Node> parsed = parse_json(text);
  if (!parsed) return std::unexpected(place_error(file, parsed.error()));
  if (parsed->kind != Node::Kind::mapping) return fail(cat(file, ": an object is wanted"));
  return *std::move(parsed);
}

}  // namespace

Result<CniNetwork> parse_cni_network(std::string_view text, std::string_view file) {
  Node config = TRY(parse_object(text, file));
  // A single plugin is a list of one.
  if (!config.find("plugins"))
    config = mapping_node({{"cniVersion", text_node(text_at(config, "cniVersion"))},
                           {"name", text_node(text_at(config, "name"))},
                           {"plugins", sequence_node({config})}});
  CniNetwork network{.name = text_at(config, "name"), .version = text_at(config, "cniVersion")};
  if (network.name.empty()) return fail(cat(file, ": the network has no name"));
  if (network.version.empty()) network.version = "0.1.0";  // as libcni has it
  for (const Node& plugin : items_at(config, "plugins")) network.plugins.push_back(TRY(parse_plugin(plugin, file)));
  if (network.plugins.empty()) return fail(cat(file, ": no plugins"));
  network.config = std::move(config);
  return network;
}

std::vector<ContainerPort> host_ports_of(const PodSpec& spec) {
  std::vector<ContainerPort> ports;
  for (const Container* container : all_containers(spec))
    for (const ContainerPort& port : container->ports)
      if (port.host_port != 0) ports.push_back(port);
  return ports;
}

std::string print_cni_request(const CniNetwork& network, const CniPlugin& plugin,
                              const std::vector<ContainerPort>& ports, const Node* previous) {
  std::vector<std::pair<std::string, Node>> members = {{"cniVersion", text_node(network.version)},
                                                       {"name", text_node(network.name)}};
  for (const Entry& entry : plugin.config.entries) {
    const std::string& key = entry.key.text;
    if (key != "cniVersion" && key != "name" && key != "capabilities") members.emplace_back(key, entry.value);
  }
  if (plugin.maps_ports && !ports.empty()) {
    std::vector<Node> mappings;
    for (const ContainerPort& port : ports) mappings.push_back(port_node(port));
    members.emplace_back("runtimeConfig", mapping_node({{"portMappings", sequence_node(std::move(mappings))}}));
  }
  if (previous) members.emplace_back("prevResult", *previous);
  return emit_compact_json(mapping_node(std::move(members)));
}

Result<CniResult> parse_cni_result(std::string_view text) {
  CniResult result;
  result.node = TRY(parse_object(text, "the plugin's result"));
  for (const Node& ip : items_at(result.node, "ips")) {
    std::string address = text_at(ip, "address");
    address.resize(std::min(address.find('/'), address.size()));
    // It becomes a line of /etc/hosts.
    if (!is_address(address)) return fail(cat("the plugin's result: ", quoted(address), " is no address"));
    result.addresses.push_back(std::move(address));
  }
  if (const Node* dns = result.node.find("dns")) result.resolver = resolver_text_of(*dns);
  return result;
}

std::string parse_cni_error(std::string_view text) {
  const Result<Node> node = parse_object(text, "the plugin's error");
  if (!node) return std::string(trimmed(visible(text.substr(0, 512))));
  const std::string message = text_at(*node, "msg"), details = text_at(*node, "details");
  return visible(details.empty() ? message : cat(message, "; ", details));
}

}  // namespace kube
