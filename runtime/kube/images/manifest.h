// The documents that describe images in an archive: image-spec image-index.md, manifest.md, config.md, and the
// manifest.json of `docker save`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/kube/images/images.h"

namespace images {

struct Platform {
  std::string os, architecture;
};

struct Descriptor {
  std::string media_type, digest;
  uint64_t size = 0;
  std::optional<Platform> platform;
  std::map<std::string, std::string> annotations;

  bool is_index() const;
  // What builders attach beside the images: signatures, provenance.
  bool is_attestation() const;
};

// index.json, or a nested index: its manifests. `document` begins every error.
Result<std::vector<Descriptor>> parse_index(const std::string& document, std::string_view text);

struct Manifest {
  Descriptor config;
  std::vector<Descriptor> layers;  // lowest first
};
// Refuses layers of unknown or encrypted kinds.
Result<Manifest> parse_manifest(const std::string& document, std::string_view text);

// One item of a docker-archive's manifest.json; `config` and `layers` are members of the archive.
struct DockerImage {
  std::string config;
  std::vector<std::string> names, layers;
};
Result<std::vector<DockerImage>> parse_docker_manifest(const std::string& document, std::string_view text);

// The config of an image.
struct ConfigDocument {
  Platform platform;                  // empty strings when it does not say
  std::vector<std::string> diff_ids;  // lowest first, each a digest
  std::string created;
  ImageConfig config;
};
Result<ConfigDocument> parse_config(const std::string& document, std::string_view text);

}  // namespace images
