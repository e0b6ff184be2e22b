// kustomization.yaml, as far as it makes ConfigMaps and Secrets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/node.h"
#include "runtime/kube/api/pod.h"

namespace kube {

struct GeneratorOptions {
  StringMap labels, annotations;
  bool disable_name_suffix_hash = false;
  std::optional<bool> immutable;
};

struct Generator {
  std::string name, ns, behavior;
  std::vector<std::string> files, envs, literals;  // as of `create`, below the folder
  std::string env;                                 // one more of envs
  std::string type;                                // of a Secret
  std::optional<GeneratorOptions> options;
};

struct Kustomization {
  std::string api_version, kind;
  std::string ns;                      // of all objects
  std::vector<std::string> resources;  // manifests, and folders with a kustomization of their own
  std::vector<Generator> config_maps, secrets;
  std::optional<GeneratorOptions> options;  // of all generators
};

// Decoded strictly, as manifests are: what is not covered is an error that says so. `file` is how errors call the text.
Result<Kustomization> parse_kustomization(std::string_view text, std::string_view file);

// Gives the ConfigMaps and Secrets that a manifest refers to, in volumes, environment and pull secrets, other names.
void rename_references(Node& manifest, const StringMap& config_maps, const StringMap& secrets);

// A generator's own options over those of all.
GeneratorOptions merge_options(const std::optional<GeneratorOptions>& all, const std::optional<GeneratorOptions>& own);

}  // namespace kube
