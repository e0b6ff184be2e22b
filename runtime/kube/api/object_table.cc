#include "runtime/kube/api/object_table.h"

#include "base/text.h"
#include "runtime/kube/api/align.h"

namespace kube {
namespace {

// The columns between NAME and AGE, and those of -o wide behind it.
struct Columns {
  Row names, wide;
};

Columns columns_of(const ConfigMap&) {
  return {{"DATA"}, {}};
}
Columns columns_of(const Secret&) {
  return {{"TYPE", "DATA"}, {}};
}
Columns columns_of(const ServiceAccount&) {
  return {{"SECRETS"}, {}};
}
Columns columns_of(const PersistentVolume&) {
  return {{"CAPACITY", "ACCESS MODES", "RECLAIM POLICY", "STATUS", "CLAIM", "STORAGECLASS", "VOLUMEATTRIBUTESCLASS",
           "REASON"},
          {"VOLUMEMODE"}};
}
Columns columns_of(const PersistentVolumeClaim&) {
  return {{"STATUS", "VOLUME", "CAPACITY", "ACCESS MODES", "STORAGECLASS", "VOLUMEATTRIBUTESCLASS"}, {"VOLUMEMODE"}};
}
Columns columns_of(const Namespace&) {
  return {{"STATUS"}, {}};
}
Columns columns_of(const LimitRange&) {
  return {};
}
Columns columns_of(const NodeObject&) {
  return {{"STATUS", "ROLES", "VERSION"}, {"INTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"}};
}
Columns columns_of(const Pod&) {
  return {};
}

Columns cells_of(const ConfigMap& map) {
  return {{cat(map.data.size() + map.binary_data.size())}, {}};
}
Columns cells_of(const Secret& secret) {
  return {{secret.type, cat(secret.data.size())}, {}};
}
Columns cells_of(const ServiceAccount& account) {
  return {{cat(account.secrets.size())}, {}};
}
// What is being deleted may stay for a while, and says so.
std::string phase_text(const ObjectMeta& metadata, const std::string& phase) {
  return metadata.deletion_time.is_set() ? "Terminating" : phase;
}
Columns cells_of(const PersistentVolume& volume) {
  const PersistentVolumeSpec& spec = volume.spec;
  const std::string claim = spec.claim_ref ? cat(spec.claim_ref->ns, "/", spec.claim_ref->name) : "";
  return {{storage_text(spec.capacity), access_modes_text(spec.access_modes), spec.reclaim_policy,
           phase_text(volume.metadata, volume.status.phase), claim, spec.storage_class_name, "<unset>",
           volume.status.reason},
          {spec.volume_mode}};
}
Columns cells_of(const PersistentVolumeClaim& claim) {
  return {{phase_text(claim.metadata, claim.status.phase), claim.spec.volume_name, storage_text(claim.status.capacity),
           access_modes_text(claim.status.access_modes), claim.spec.storage_class_name.value_or(""), "<unset>"},
          {claim.spec.volume_mode}};
}
Columns cells_of(const Namespace& ns) {
  return {{ns.status.phase}, {}};
}
Columns cells_of(const LimitRange&) {
  return {};
}
Columns cells_of(const NodeObject& node) {
  const NodeSystemInfo& info = node.status.info;
  std::string address;
  for (const NodeAddress& one : node.status.addresses)
    if (one.type == "InternalIP") address = one.address;
  return {{"Ready", "<none>", info.kubelet_version},
          {address, info.os_image, info.kernel_version, info.container_runtime_version}};
}
Columns cells_of(const Pod&) {
  return {};
}

Row row_of(Row front, Columns columns, std::string age, bool is_wide) {
  front.insert(front.end(), columns.names.begin(), columns.names.end());
  front.push_back(std::move(age));
  if (is_wide) front.insert(front.end(), columns.wide.begin(), columns.wide.end());
  return front;
}

}  // namespace

std::string storage_text(const ResourceList& list) {
  const auto storage = list.find("storage");
  return storage == list.end() ? std::string() : print_quantity(storage->second);
}

std::string access_modes_text(const std::vector<std::string>& modes) {
  static constexpr std::pair<std::string_view, const char*> known[] = {
      {"ReadWriteOnce", "RWO"}, {"ReadOnlyMany", "ROX"}, {"ReadWriteMany", "RWX"}, {"ReadWriteOncePod", "RWOP"}};
  std::vector<std::string> shorts;
  for (const auto& [mode, name] : known)
    for (const std::string& given : modes)
      if (given == mode) shorts.emplace_back(name);
  return join(shorts, ",");
}

std::string print_object_table(const std::vector<Object>& objects, Time at, const TableOptions& options, bool prefix) {
  std::vector<Row> rows;
  if (objects.empty()) return {};
  const KindNames& kind = kind_of(objects.front());
  const bool has_namespaces = options.namespaces && kind.has_namespace;
  if (options.headers) {
    Row front = has_namespaces ? Row{"NAMESPACE", "NAME"} : Row{"NAME"};
    const Columns columns = std::visit([](const auto& one) { return columns_of(one); }, objects.front());
    rows.push_back(row_of(std::move(front), columns, "AGE", options.wide));
  }
  for (const Object& object : objects) {
    const ObjectMeta& metadata = metadata_of(object);
    Row front;
    if (has_namespaces) front.push_back(metadata.ns);
    front.push_back(prefix ? cat(kind.singular, "/", metadata.name) : metadata.name);
    const Columns cells = std::visit([](const auto& one) { return cells_of(one); }, object);
    rows.push_back(row_of(std::move(front), cells,
                          metadata.creation_time.is_set() ? print_age(metadata.creation_time, at) : "<unknown>",
                          options.wide));
  }
  return print_table(rows);
}

}  // namespace kube
