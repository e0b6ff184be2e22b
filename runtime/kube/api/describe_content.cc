#include "runtime/kube/api/describe_content.h"

#include "base/text.h"

namespace kube {
namespace {

std::string true_false(std::optional<bool> value) {
  return value.value_or(false) ? "true" : "false";
}

std::string shown_key(std::string_view kind, const KeySelector& source) {
  return cat("<set to the key '", source.key, "' ", kind, " '", source.name,
             "'>  Optional: ", true_false(source.optional));
}

void add_downward(Page& page, const std::vector<DownwardFile>& items) {
  page.add_title(2, "Items");
  for (const DownwardFile& item : items)
    page.add_text(3, cat(item.field ? item.field->path : item.resource->resource, " -> ", item.path));
}

void add_object(Page& page, std::string_view name, const ObjectProjection& object) {
  page.add(2, name, object.name);
  page.add(2, "Optional", true_false(object.optional));
}

void add_projected(Page& page, const ProjectedSource& source) {
  page.add(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
  for (const Projection& part : source.sources) {
    if (part.secret) add_object(page, "SecretName", *part.secret);
    if (part.downward) page.add(2, "DownwardAPI", "true");
    if (part.config_map) add_object(page, "ConfigMapName", *part.config_map);
    if (part.token) page.add(2, "TokenExpirationSeconds", cat(part.token->expiration_seconds.value_or(kTokenLife)));
  }
}

}  // namespace

void add_env_sources(Page& page, const std::vector<EnvFrom>& sources) {
  if (sources.empty()) return;
  page.add_title(2, "Environment Variables from");
  for (const EnvFrom& source : sources) {
    const EnvFromObject& object = source.config_map ? *source.config_map : *source.secret;
    page.add_row({cat("      ", object.name),
                  cat(source.config_map ? "ConfigMap" : "Secret",
                      source.prefix.empty() ? "" : cat(" with prefix '", source.prefix, "'")),
                  cat("Optional: ", true_false(object.optional))});
  }
}

std::string shown_value(const EnvVar& variable) {
  if (!variable.value_from) return variable.value;
  const EnvSource& source = *variable.value_from;
  if (source.field) return cat(" (", source.field->api_version, ":", source.field->path, ")");
  if (source.resource) return cat(" (", source.resource->resource, ")");
  return source.secret ? shown_key("in secret", *source.secret) : shown_key("of config map", *source.config_map);
}

void add_content_volume(Page& page, const Volume& volume) {
  if (volume.config_map) {
    page.add(2, "Type", "ConfigMap (a volume populated by a ConfigMap)");
    page.add(2, "Name", volume.config_map->name);
    page.add(2, "Optional", true_false(volume.config_map->optional));
  }
  if (volume.secret) {
    page.add(2, "Type", "Secret (a volume populated by a Secret)");
    page.add(2, "SecretName", volume.secret->secret_name);
    page.add(2, "Optional", true_false(volume.secret->optional));
  }
  if (volume.downward) {
    page.add(2, "Type", "DownwardAPI (a volume populated by information about the pod)");
    add_downward(page, volume.downward->items);
  }
  if (volume.projected) add_projected(page, *volume.projected);
}

}  // namespace kube
