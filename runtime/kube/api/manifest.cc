#include "runtime/kube/api/manifest.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/defaults.h"
#include "runtime/kube/api/kustomization.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/api/validate.h"
#include "runtime/kube/api/validate_objects.h"

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

std::string known_kinds() {
  std::vector<std::string> names;
  for (const KindNames* kind : kinds()) names.emplace_back(kind->kind);
  return join(names, ", ");
}

Parsed<> check_type(const Node& object, const std::string& path) {
  TRY_PARSED(expect_kind(object, path, Kind::mapping, "an object"));
  std::string version = scalar_at(object, "apiVersion"), kind = scalar_at(object, "kind");
  std::string before = path.empty() ? "" : path + ".";
  for (const char* key : {"apiVersion", "kind"})
    if (scalar_at(object, key).empty()) return fail_at(locate(object, key), cat(before, key, ": Required value"));
  if (version == "v1" && (find_kind(kind) || (kind == "List" && path.empty()))) return {};
  return fail_at(locate(object, "kind"),
                 cat(before, "kind: \"", kind, "\" in version \"", version, "\" is not supported yet by this version"),
                 cat("of version v1: ", known_kinds(), ", and List of them"));
}

// The namespace must be the one that the caller asked for.
std::optional<Problem> check_namespace(const ObjectMeta& metadata, const ManifestOptions& options) {
  if (options.ns.empty() || metadata.ns == options.ns) return {};
  return Problem{"metadata.namespace", cat("the namespace \"", metadata.ns, "\" does not match the namespace \"",
                                           options.ns, "\" that was asked for")};
}

std::optional<Problem> complete(Pod& pod, const ManifestOptions& options) {
  if (pod.spec.node_name.empty()) pod.spec.node_name = options.node_name;
  set_defaults(pod);
  if (auto problem = validate_pod(pod)) return problem;
  if (!options.node_name.empty() && pod.spec.node_name != options.node_name)
    return Problem{"spec.nodeName",
                   cat("Invalid value: \"", pod.spec.node_name, "\": this node is \"", options.node_name, '"')};
  return {};
}

std::optional<Problem> complete(NodeObject& node, const ManifestOptions& options) {
  if (!options.node_name.empty() && node.metadata.name != options.node_name)
    return Problem{"metadata.name",
                   cat("Invalid value: \"", node.metadata.name, "\": this node is \"", options.node_name, '"')};
  return validate(node);
}

template <class T>
std::optional<Problem> complete(T& object, const ManifestOptions&) {
  set_defaults(object);
  return validate(object);
}

template <class T>
Parsed<Object> read_object(Node object, const std::string& path, const ManifestOptions& options) {
  // As in the API server: a new object's status is not the writer's to set.
  // What a node has is said there, and by nobody else.
  if constexpr (!std::is_same_v<T, NodeObject>)
    std::erase_if(object.entries, [](const Entry& entry) { return entry.key.text == "status"; });
  rename_references(object, options.config_maps, options.secrets);
  T read;
  TRY_PARSED(decode_value(object, path, read));
  read.metadata.uid.clear();
  read.metadata.creation_time = read.metadata.deletion_time = {};
  read.metadata.deletion_grace_period.reset();
  read.metadata.generation = 0;
  const bool has_namespace = KindOf<T>::names.has_namespace;
  if (has_namespace && read.metadata.ns.empty()) read.metadata.ns = options.ns;
  auto problem = complete(read, options);
  if (!problem && has_namespace) problem = check_namespace(read.metadata, options);
  if (!problem) return read;
  return fail_at(locate(object, problem->path),
                 cat(path, path.empty() ? "" : ".", problem->path, ": ", problem->message));
}

Parsed<> append_object(Node object, const std::string& path, const ManifestOptions& options,
                       std::vector<Object>& objects) {
  TRY_PARSED(check_type(object, path));
  const KindNames& kind = *find_kind(scalar_at(object, "kind"));
  objects.push_back(
      TRY_PARSED(with_kind(kind, [&]<class T>(const T&) { return read_object<T>(std::move(object), path, options); })));
  return {};
}

Parsed<> read_document(Node document, const ManifestOptions& options, std::vector<Object>& objects) {
  if (document.kind == Kind::null) return {};
  if (scalar_at(document, "kind") != "List") return append_object(std::move(document), "", options, objects);
  TRY_PARSED(check_type(document, ""));
  for (Entry& entry : document.entries) {
    const std::string& key = entry.key.text;
    if (key == "apiVersion" || key == "kind" || key == "metadata") continue;
    if (key != "items") return fail_at(entry.key.mark, cat("strict decoding error: unknown field \"", key, '"'));
    TRY_PARSED(expect_kind(entry.value, "items", Kind::sequence, "a list"));
    for (size_t i = 0; i < entry.value.items.size(); ++i)
      TRY_PARSED(append_object(std::move(entry.value.items[i]), cat("items[", i, ']'), options, objects));
  }
  return {};
}

Parsed<std::vector<Object>> read_documents(std::string_view text, const ManifestOptions& options) {
  std::vector<Object> objects;
  for (Node& document : TRY_PARSED(parse_text(text))) TRY_PARSED(read_document(std::move(document), options, objects));
  if (objects.empty()) return fail_at({}, "no objects in it");
  return objects;
}

}  // namespace

Result<std::vector<Object>> read_objects(std::string_view text, const ManifestOptions& options) {
  auto objects = read_documents(text, options);
  if (!objects) return std::unexpected(place_error(options.file, objects.error()));
  return *std::move(objects);
}

}  // namespace kube
