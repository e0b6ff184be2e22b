#include "runtime/kube/api/kustomization.h"

#include <array>

#include "base/text.h"
#include "runtime/kube/api/schema.h"

namespace kube {

template <>
const std::span<const Field> Table<GeneratorOptions>::fields;
template <>
const std::span<const Field> Table<Generator>::fields;
template <>
const std::span<const Field> Table<Kustomization>::fields;

namespace {

constexpr std::array kGeneratorOptions{
    field<&GeneratorOptions::labels>("labels"),
    field<&GeneratorOptions::annotations>("annotations"),
    field<&GeneratorOptions::disable_name_suffix_hash>("disableNameSuffixHash"),
    field<&GeneratorOptions::immutable>("immutable"),
};

constexpr std::array kGenerator{
    field<&Generator::name>("name"),
    field<&Generator::ns>("namespace"),
    field<&Generator::behavior>("behavior").one_of("create|merge|replace").only("create"),
    field<&Generator::files>("files"),
    field<&Generator::envs>("envs"),
    field<&Generator::env>("env"),
    field<&Generator::literals>("literals"),
    field<&Generator::options>("options"),
    field<&Generator::type>("type"),
};

constexpr std::array kKustomization{
    field<&Kustomization::api_version>("apiVersion"),
    field<&Kustomization::kind>("kind"),
    dropped("metadata"),
    field<&Kustomization::ns>("namespace"),
    field<&Kustomization::resources>("resources"),
    field<&Kustomization::config_maps>("configMapGenerator"),
    field<&Kustomization::secrets>("secretGenerator"),
    field<&Kustomization::options>("generatorOptions"),
    refused("bases"),
    refused("buildMetadata"),
    refused("commonAnnotations"),
    refused("commonLabels"),
    refused("components"),
    refused("configurations"),
    refused("crds"),
    refused("generators"),
    refused("helmChartInflationGenerator"),
    refused("helmCharts"),
    refused("helmGlobals"),
    refused("images"),
    refused("labels"),
    refused("namePrefix"),
    refused("nameSuffix"),
    refused("openapi"),
    refused("patches"),
    refused("patchesJson6902"),
    refused("patchesStrategicMerge"),
    refused("replacements"),
    refused("replicas"),
    refused("sortOptions"),
    refused("transformers"),
    refused("validators"),
    refused("vars"),
};

Parsed<Kustomization> read_kustomization_text(std::string_view text) {
  std::vector<Node> documents = TRY_PARSED(parse_yaml(text));
  std::erase_if(documents, [](const Node& document) { return document.kind == Node::Kind::null; });
  if (documents.size() != 1) return std::unexpected(ParseError{{}, "expected one document", ""});
  Kustomization read;
  TRY_PARSED(decode_value(documents[0], "", read));
  if (!read.kind.empty() && read.kind != "Kustomization")
    return std::unexpected(
        ParseError{locate(documents[0], "kind"), cat("kind: \"", read.kind, "\" is no Kustomization"), ""});
  return read;
}

// The fields by which objects name others, by the field that holds them.
struct Reference {
  std::string_view holder, field;
  bool is_secret;
};
constexpr Reference kReferences[] = {
    {"configMap", "name", false},   {"configMapRef", "name", false},    {"configMapKeyRef", "name", false},
    {"secret", "secretName", true}, {"secret", "name", true},           {"secretRef", "name", true},
    {"secretKeyRef", "name", true}, {"imagePullSecrets", "name", true},
};

// `holder`: the key under which the node stands, or the list that it is in.
void rename_below(Node& node, std::string_view holder, const StringMap& config_maps, const StringMap& secrets) {
  for (Node& item : node.items) rename_below(item, holder, config_maps, secrets);
  for (Entry& entry : node.entries) {
    for (const Reference& reference : kReferences) {
      if (holder != reference.holder || entry.key.text != reference.field) continue;
      const StringMap& names = reference.is_secret ? secrets : config_maps;
      if (const auto found = names.find(entry.value.text); found != names.end()) {
        entry.value.text = found->second;
        break;  // the new name may be an old one, too
      }
    }
    rename_below(entry.value, entry.key.text, config_maps, secrets);
  }
}

}  // namespace

template <>
const std::span<const Field> Table<GeneratorOptions>::fields = kGeneratorOptions;
template <>
const std::span<const Field> Table<Generator>::fields = kGenerator;
template <>
const std::span<const Field> Table<Kustomization>::fields = kKustomization;

Result<Kustomization> parse_kustomization(std::string_view text, std::string_view file) {
  auto read = read_kustomization_text(text);
  if (!read) return std::unexpected(place_error(file, read.error()));
  return *std::move(read);
}

void rename_references(Node& manifest, const StringMap& config_maps, const StringMap& secrets) {
  if (!config_maps.empty() || !secrets.empty()) rename_below(manifest, "", config_maps, secrets);
}

GeneratorOptions merge_options(const std::optional<GeneratorOptions>& all, const std::optional<GeneratorOptions>& own) {
  if (!all || !own) return own ? *own : all.value_or(GeneratorOptions());
  GeneratorOptions merged = *own;
  merged.labels.insert(all->labels.begin(), all->labels.end());
  merged.annotations.insert(all->annotations.begin(), all->annotations.end());
  merged.disable_name_suffix_hash = merged.disable_name_suffix_hash || all->disable_name_suffix_hash;
  if (!merged.immutable) merged.immutable = all->immutable;
  return merged;
}

}  // namespace kube
