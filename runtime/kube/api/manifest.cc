#include "runtime/kube/api/manifest.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/defaults.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/api/validate.h"

namespace kube {
namespace {

using Kind = Node::Kind;

// kubectl tells the two apart by the first character. What is not JSON after all may still be YAML in flow style.
Parsed<std::vector<Node>> parse_text(std::string_view text) {
  std::string_view start = trimmed(text);
  if (!start.starts_with('{')) return parse_yaml(text);
  auto json = parse_json(text);
  if (json) return std::vector<Node>{*std::move(json)};
  auto yaml = parse_yaml(text);
  if (yaml || !trimmed(start.substr(1)).starts_with('"')) return yaml;
  return std::unexpected(std::move(json).error());
}

std::string scalar_at(const Node& object, std::string_view key) {
  const Node* node = object.find(key);
  return node != nullptr && node->is_scalar() ? node->text : std::string();
}

std::unexpected<ParseError> fail_at(Mark mark, std::string message, std::string hint = {}) {
  return std::unexpected(ParseError{mark, std::move(message), std::move(hint)});
}

Parsed<> check_type(const Node& object, const std::string& path) {
  TRY_PARSED(expect_kind(object, path, Kind::mapping, "an object"));
  std::string version = scalar_at(object, "apiVersion"), kind = scalar_at(object, "kind");
  std::string before = path.empty() ? "" : path + ".";
  for (const char* key : {"apiVersion", "kind"})
    if (scalar_at(object, key).empty()) return fail_at(locate(object, key), cat(before, key, ": Required value"));
  bool known = version == "v1" && (kind == "Pod" || (kind == "List" && path.empty()));
  if (known) return {};
  return fail_at(locate(object, "kind"),
                 cat(before, "kind: \"", kind, "\" in version \"", version, "\" is not supported yet by this version"),
                 "only kind Pod of version v1, and kind List of them");
}

// The namespace and the node must be the ones that the caller asked for.
std::optional<Problem> check_place(const Pod& pod, const ManifestOptions& options) {
  if (!options.ns.empty() && pod.metadata.ns != options.ns)
    return Problem{"metadata.namespace", cat("the namespace \"", pod.metadata.ns, "\" does not match the namespace \"",
                                             options.ns, "\" that was asked for")};
  if (!options.node_name.empty() && pod.spec.node_name != options.node_name)
    return Problem{"spec.nodeName",
                   cat("Invalid value: \"", pod.spec.node_name, "\": this node is \"", options.node_name, '"')};
  return {};
}

Parsed<Pod> read_pod(Node object, const std::string& path, const ManifestOptions& options) {
  // As in the API server: a new object's status is not the writer's to set.
  std::erase_if(object.entries, [](const Entry& entry) { return entry.key.text == "status"; });
  Pod pod;
  TRY_PARSED(decode_value(object, path, pod));
  pod.metadata.uid.clear();
  pod.metadata.creation_time = pod.metadata.deletion_time = {};
  pod.metadata.deletion_grace_period.reset();
  if (pod.metadata.ns.empty()) pod.metadata.ns = options.ns;
  if (pod.spec.node_name.empty()) pod.spec.node_name = options.node_name;
  set_defaults(pod);
  auto problem = validate_pod(pod);
  if (!problem) problem = check_place(pod, options);
  if (!problem) return pod;
  return fail_at(locate(object, problem->path),
                 cat(path, path.empty() ? "" : ".", problem->path, ": ", problem->message));
}

Parsed<> read_document(Node document, const ManifestOptions& options, std::vector<Pod>& pods) {
  if (document.kind == Kind::null) return {};
  TRY_PARSED(check_type(document, ""));
  if (scalar_at(document, "kind") == "Pod") {
    pods.push_back(TRY_PARSED(read_pod(std::move(document), "", options)));
    return {};
  }
  for (Entry& entry : document.entries) {
    const std::string& key = entry.key.text;
    if (key == "apiVersion" || key == "kind" || key == "metadata") continue;
    if (key != "items") return fail_at(entry.key.mark, cat("strict decoding error: unknown field \"", key, '"'));
    TRY_PARSED(expect_kind(entry.value, "items", Kind::sequence, "a list"));
    for (size_t i = 0; i < entry.value.items.size(); ++i) {
      std::string path = cat("items[", i, ']');
      TRY_PARSED(check_type(entry.value.items[i], path));
      pods.push_back(TRY_PARSED(read_pod(std::move(entry.value.items[i]), path, options)));
    }
  }
  return {};
}

Parsed<std::vector<Pod>> read_documents(std::string_view text, const ManifestOptions& options) {
  std::vector<Pod> pods;
  for (Node& document : TRY_PARSED(parse_text(text))) TRY_PARSED(read_document(std::move(document), options, pods));
  if (pods.empty()) return fail_at({}, "no objects in it");
  return pods;
}

}  // namespace

Result<std::vector<Pod>> read_manifest(std::string_view text, const ManifestOptions& options) {
  auto pods = read_documents(text, options);
  if (!pods) return std::unexpected(place_error(options.file, pods.error()));
  return *std::move(pods);
}

}  // namespace kube
