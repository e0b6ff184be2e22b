#include "runtime/kube/api/volume_source.h"

#include <algorithm>

#include "runtime/kube/api/schema.h"

namespace kube {

std::vector<std::string_view> sources_of(const Volume& volume) {
  std::vector<std::string_view> names;
  for (const Field& field : Table<Volume>::fields) {
    Node value;
    if (field.name != "name" && field.encode != nullptr && field.encode(&volume, value)) names.push_back(field.name);
  }
  return names;
}

bool has_huge_pages(const EmptyDir& volume) {
  return volume.medium == kHugePages || volume.medium.starts_with(kHugePagesOfSize);
}

const Volume* find_volume(const PodSpec& spec, std::string_view name) {
  const auto found = std::ranges::find(spec.volumes, name, &Volume::name);
  return found == spec.volumes.end() ? nullptr : &*found;
}

}  // namespace kube
