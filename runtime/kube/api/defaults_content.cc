#include "runtime/kube/api/defaults_content.h"

#include "base/text.h"

namespace kube {
namespace {

constexpr int64_t kMode = 0644;

void fill(std::optional<FieldSelector>& field) {
  if (field && field->api_version.empty()) field->api_version = "v1";
}

void fill(std::optional<ResourceSelector>& resource) {
  if (resource && !resource->divisor) resource->divisor = Quantity{};
}

void fill(std::vector<DownwardFile>& files) {
  for (DownwardFile& file : files) {
    fill(file.field);
    fill(file.resource);
  }
}

void fill(Projection& part) {
  if (part.downward) fill(part.downward->items);
  if (part.token && !part.token->expiration_seconds) part.token->expiration_seconds = kTokenLife;
}

}  // namespace

void set_content_defaults(Container& container) {
  for (EnvVar& variable : container.env) {
    if (!variable.value_from) continue;
    fill(variable.value_from->field);
    fill(variable.value_from->resource);
  }
}

void set_content_defaults(Volume& volume) {
  const auto fill_mode = [](auto& source) {
    if (source && !source->default_mode) source->default_mode = kMode;
  };
  fill_mode(volume.config_map);
  fill_mode(volume.secret);
  fill_mode(volume.downward);
  fill_mode(volume.projected);
  if (volume.downward) fill(volume.downward->items);
  if (volume.projected)
    for (Projection& part : volume.projected->sources) fill(part);
}

}  // namespace kube
