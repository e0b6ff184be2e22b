#include "runtime/kube/network/cni.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ranges>

#include "base/file.h"
#include "base/path.h"
#include "base/spawn.h"
#include "base/text.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/state/folder.h"
#include "runtime/lifecycle/lifecycle.h"

namespace kube {
namespace {

constexpr const char* kConfigurations = "/etc/cni/net.d";
constexpr const char* kPrograms[] = {"/usr/lib/cni", "/opt/cni/bin"};
constexpr const char* kInterface = "eth0";
constexpr int kPatience = 60'000;  // milliseconds that a plugin has
constexpr size_t kMostConfiguration = 1 << 20, kMostAnswer = 1 << 20;

// The sandbox that plugins are called for.
struct Attachment {
  std::string id;
  std::string network;  // path of its network namespace; empty: it is gone
};

// The first by name, as libcni's callers have it.
Result<std::optional<CniNetwork>> find_network() {
  for (const std::string& name : TRY(list_names(kConfigurations))) {
    if (!name.ends_with(".conflist") && !name.ends_with(".conf") && !name.ends_with(".json")) continue;
    const std::string path = cat(kConfigurations, "/", name);
    return TRY(parse_cni_network(TRY(read_file(path, kMostConfiguration)), path));
  }
  return std::nullopt;
}

Result<std::string> find_plugin(const CniPlugin& plugin) {
  for (const char* folder : kPrograms) {
    std::string path = cat(folder, "/", plugin.type);
    if (path_exists(path)) return path;
  }
  return fail(cat("failed to find plugin ", quoted(plugin.type), " in path [", kPrograms[0], " ", kPrograms[1], "]"));
}

std::vector<std::string> make_environment(const char* command, const Pod& pod, const Attachment& attachment) {
  const ObjectMeta& meta = pod.metadata;
  return {cat("CNI_COMMAND=", command),
          cat("CNI_CONTAINERID=", attachment.id),
          cat("CNI_NETNS=", attachment.network),
          cat("CNI_IFNAME=", kInterface),
          cat("CNI_PATH=", kPrograms[0], ":", kPrograms[1]),
          cat("CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=", meta.ns, ";K8S_POD_NAME=", meta.name,
              ";K8S_POD_INFRA_CONTAINER_ID=", attachment.id, ";K8S_POD_UID=", meta.uid),
          "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
}

// Both its input and its output are files in memory, so that neither side waits for the other.
Result<std::string> call_plugin(const CniPlugin& plugin, const std::string& request,
                                const std::vector<std::string>& environment) {
  const std::string program = TRY(find_plugin(plugin));
  const Fd input = TRY(memory_file("cni-request", request)), output = TRY(memory_file("cni-answer", ""));
  Spawn spawn;
  posix_spawn_file_actions_adddup2(&spawn.actions, input.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&spawn.actions, output.get(), STDOUT_FILENO);
  const Pidfd child = TRY(spawn.run(program, {program}, environment));
  const bool is_in_time = wait_end(child, kPatience);
  if (!is_in_time) (void)send_signal(child, SIGKILL);
  const int code = TRY(wait_exit(child));
  if (!is_in_time) return fail("gave no answer in a minute");
  lseek(output.get(), 0, SEEK_SET);
  std::string answer = TRY(read_all(output.get(), kMostAnswer));
  if (code == 0) return answer;
  const std::string said = parse_cni_error(answer);
  return fail(said.empty() ? cat("ended with code ", code) : said);
}

Result<std::string> call_plugin(const char* command, const Pod& pod, const CniNetwork& network, const CniPlugin& plugin,
                                const Attachment& attachment, const Node* previous) {
  const std::string request = print_cni_request(network, plugin, host_ports_of(pod.spec), previous);
  return TRY_IN(cat("plugin type=\"", plugin.type, "\" name=\"", network.name, "\" failed (",
                    command == std::string_view("ADD") ? "add" : "delete", ")"),
                call_plugin(plugin, request, make_environment(command, pod, attachment)));
}

std::string record_path(const Place& place, const Pod& pod) {
  return cat(pod_dir(place, pod.metadata.ns, pod.metadata.name), "/network");
}

Result<> write_record(const Place& place, const Pod& pod, const CniNetwork& network, const std::string& id,
                      const Node* result) {
  std::vector<std::pair<std::string, Node>> members = {{"id", text_node(id)}, {"network", network.config}};
  if (result) members.emplace_back("result", *result);
  return replace_file(record_path(place, pod), emit_compact_json(mapping_node(std::move(members))));
}

Result<> check_ports(const Pod& pod, const CniNetwork* network) {
  const std::vector<ContainerPort> ports = host_ports_of(pod.spec);
  if (ports.empty() || (network && std::ranges::any_of(network->plugins, &CniPlugin::maps_ports))) return {};
  return fail(cat("hostPort ", ports[0].host_port, ": no network maps ports"),
              cat("a network in ", kConfigurations, " with the plugin portmap, or hostNetwork"));
}

}  // namespace

Result<std::optional<PodNetwork>> join_network(const Place& place, const Pod& pod, const std::string& id,
                                               pid_t process) {
  const std::optional<CniNetwork> network = TRY(find_network());
  TRY(check_ports(pod, network ? &*network : nullptr));
  if (!network) return std::nullopt;
  // Before anything is done, so that it can be undone whenever we are killed: a plugin's DEL must do for a half ADD.
  TRY(write_record(place, pod, *network, id, nullptr));
  const Attachment attachment{id, cat("/proc/", process, "/ns/net")};
  std::optional<CniResult> result;
  for (const CniPlugin& plugin : network->plugins) {
    const std::string answer =
        TRY(call_plugin("ADD", pod, *network, plugin, attachment, result ? &result->node : nullptr));
    result = TRY(parse_cni_result(answer));
  }
  TRY(write_record(place, pod, *network, id, &result->node));
  return PodNetwork{std::move(result->addresses), std::move(result->resolver)};
}

Result<> leave_network(const Place& place, const Pod& pod) {
  const std::string path = record_path(place, pod);
  const Result<std::string> text = read_file(path);
  if (!text && text.error().err == ENOENT) return {};
  if (!text) return std::unexpected(text.error());
  const Parsed<Node> record = parse_json(*text);
  const Node* id = record ? record->find("id") : nullptr;
  const Node* config = record ? record->find("network") : nullptr;
  if (!id || !config) return fail(cat(path, ": not a record of a network"));
  const CniNetwork network = TRY(parse_cni_network(emit_compact_json(*config), path));
  Attachment attachment{id->text, ""};
  const std::string root = oci_root(pod_dir(place, pod.metadata.ns, pod.metadata.name));
  const auto sandbox = lifecycle::read_state(root, id->text);
  if (sandbox && sandbox->status != oci::Status::kStopped)
    attachment.network = cat("/proc/", sandbox->state.pid, "/ns/net");
  for (const CniPlugin& plugin : std::views::reverse(network.plugins))
    TRY(call_plugin("DEL", pod, network, plugin, attachment, record->find("result")));
  return remove_tree(path);
}

}  // namespace kube
