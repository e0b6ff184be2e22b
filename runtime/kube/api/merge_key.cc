#include "runtime/kube/api/merge_key.h"

namespace kube {
namespace {

// Of the kinds that are here; `ports` are those of containers.
constexpr std::pair<std::string_view, std::string_view> kKeys[] = {
    {"containers", "name"},     {"initContainers", "name"},    {"env", "name"},
    {"volumes", "name"},        {"imagePullSecrets", "name"},  {"secrets", "name"},
    {"ports", "containerPort"}, {"volumeMounts", "mountPath"}, {"volumeDevices", "devicePath"},
    {"hostAliases", "ip"},      {"conditions", "type"},        {"containerStatuses", "name"},
    {"addresses", "type"},
};

}  // namespace

std::string_view merge_key_of(std::string_view field) {
  for (const auto& [name, key] : kKeys)
    if (name == field) return key;
  return {};
}

bool has_keys(const Node& list, std::string_view key) {
  if (list.kind != Node::Kind::sequence || key.empty()) return false;
  for (const Node& item : list.items)
    if (find_item(list, key, item) != &item) return false;
  return true;
}

const Node* find_item(const Node& list, std::string_view key, const Node& like) {
  const Node* wanted = like.find(key);
  if (!wanted) return nullptr;
  for (const Node& item : list.items)
    if (const Node* value = item.find(key); value && value->text == wanted->text) return &item;
  return nullptr;
}

}  // namespace kube
