// `describe` of the objects beside Pods.
#include "base/text.h"
#include "runtime/kube/api/describe_node.h"
#include "runtime/kube/api/object_table.h"
#include "runtime/kube/api/page.h"

namespace kube {
namespace {

void add_head(Page& page, const ObjectMeta& metadata, bool has_namespace) {
  page.add(0, "Name", metadata.name);
  if (has_namespace) page.add(0, "Namespace", metadata.ns);
  page.add_labels(metadata.labels);
  page.add_annotations(metadata.annotations);
}

std::string title_of(std::string_view name) {
  return cat("\n", name, "\n", std::string(name.size(), '='), "\n");
}

// Texts of several lines as they are, but no control byte that drives the reader's terminal (CVE-2021-25743).
std::string harmless(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_control = (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
    if (is_control)
      out += cat('^', c == 0x7F ? '?' : static_cast<char>(c + '@'));
    else
      out += c;
  }
  return out;
}

std::string describe(const ConfigMap& map) {
  Page page;
  add_head(page, map.metadata, true);
  std::string text = page.text() + title_of("Data");
  for (const auto& [key, value] : map.data)
    text += cat(key, ":\n----\n", harmless(value), value.ends_with('\n') ? "" : "\n");
  if (!map.binary_data.empty()) text += title_of("BinaryData");
  for (const auto& [key, value] : map.binary_data) text += cat(key, ": ", value.size(), " bytes\n");
  return text + "Events:  <none>\n";
}

std::string describe(const Secret& secret) {
  Page page, data;
  add_head(page, secret.metadata, true);
  // As kubectl: this kind is there to be read.
  const bool is_token = secret.type == "kubernetes.io/service-account-token";
  for (const auto& [key, value] : secret.data)
    data.add(0, key, is_token && key == "token" ? value : cat(value.size(), " bytes"));
  return cat(page.text(), "\nType:  ", secret.type, "\n", title_of("Data"), data.text());
}

std::vector<std::string> names_in(const std::vector<LocalObjectReference>& references) {
  std::vector<std::string> names;
  for (const LocalObjectReference& reference : references) names.push_back(reference.name);
  return names;
}

std::string describe(const ServiceAccount& account) {
  Page page;
  add_head(page, account.metadata, true);
  page.add_values("Image pull secrets", names_in(account.image_pull_secrets));
  page.add_values("Mountable secrets", names_in(account.secrets));
  page.add_values("Tokens", {});
  page.add_values("Events", {});
  return page.text();
}

void add_affinity(Page& page, const PersistentVolumeSpec& spec) {
  if (!spec.node_affinity || !spec.node_affinity->required) return page.add(0, "Node Affinity", "<none>");
  page.add_title(0, "Node Affinity");
  page.add_title(1, "Required Terms");
  const std::vector<NodeSelectorTerm>& terms = spec.node_affinity->required->terms;
  for (size_t i = 0; i < terms.size(); ++i)
    for (const NodeSelectorRequirement& one : terms[i].match_expressions)
      page.add(2, cat("Term ", i),
               cat(one.key, " ", one.op == "In" ? "in" : one.op, " [", join(one.values, ", "), "]"));
}

std::string describe(const PersistentVolume& volume) {
  const PersistentVolumeSpec& spec = volume.spec;
  Page page;
  add_head(page, volume.metadata, false);
  page.add(0, "StorageClass", spec.storage_class_name);
  page.add(0, "Status", volume.status.phase);
  page.add(0, "Claim", spec.claim_ref ? cat(spec.claim_ref->ns, "/", spec.claim_ref->name) : "");
  page.add(0, "Reclaim Policy", spec.reclaim_policy);
  page.add(0, "Access Modes", access_modes_text(spec.access_modes));
  page.add(0, "VolumeMode", spec.volume_mode);
  page.add(0, "Capacity", storage_text(spec.capacity));
  add_affinity(page, spec);
  page.add_title(0, "Source");
  page.add(2, "Type",
           spec.host_path ? "HostPath (bare host directory volume)"
                          : "LocalVolume (a persistent volume backed by local storage on a node)");
  if (spec.host_path) page.add(2, "Path", spec.host_path->path);
  if (spec.host_path) page.add(2, "HostPathType", spec.host_path->type);
  if (spec.local) page.add(2, "Path", spec.local->path);
  page.add(0, "Events", "<none>");
  return page.text();
}

std::string describe(const PersistentVolumeClaim& claim, const std::vector<std::string>& used_by) {
  Page page;
  page.add(0, "Name", claim.metadata.name);
  page.add(0, "Namespace", claim.metadata.ns);
  page.add(0, "StorageClass", claim.spec.storage_class_name.value_or(""));
  page.add(0, "Status", claim.status.phase);
  page.add(0, "Volume", claim.spec.volume_name);
  page.add_labels(claim.metadata.labels);
  page.add_annotations(claim.metadata.annotations);
  page.add(0, "Capacity", storage_text(claim.status.capacity));
  page.add(0, "Access Modes", access_modes_text(claim.status.access_modes));
  page.add(0, "VolumeMode", claim.spec.volume_mode);
  page.add_values("Used By", used_by);
  page.add_values("Events", {});
  return page.text();
}

std::string describe(const Namespace& ns) {
  Page page;
  add_head(page, ns.metadata, false);
  page.add(0, "Status", ns.status.phase);
  return page.text() + "\nNo resource quota.\n\nNo LimitRange resource.\n";
}

}  // namespace

std::string describe_object(const Object& object, const std::vector<std::string>& used_by) {
  return std::visit(
      [&]<class T>(const T& one) {
        if constexpr (std::is_same_v<T, Pod> || std::is_same_v<T, NodeObject>)
          return std::string();
        else if constexpr (std::is_same_v<T, LimitRange>)
          return describe_limit_range(one);
        else if constexpr (std::is_same_v<T, PersistentVolumeClaim>)
          return describe(one, used_by);
        else
          return describe(one);
      },
      object);
}

}  // namespace kube
