#include "runtime/kube/images/manifest.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "runtime/oci/reader.h"
#include "sandbox/images/digest.h"

namespace images {

namespace {

using oci::field;
using oci::Reader;
using oci::required;

constexpr std::array<std::string_view, 2> kIndexTypes = {"application/vnd.oci.image.index.v1+json",
                                                         "application/vnd.docker.distribution.manifest.list.v2+json"};
constexpr std::array<std::string_view, 2> kConfigTypes = {"application/vnd.oci.image.config.v1+json",
                                                          "application/vnd.docker.container.image.v1+json"};
constexpr std::array<std::string_view, 6> kLayerTypes = {"application/vnd.oci.image.layer.v1.tar",
                                                         "application/vnd.oci.image.layer.nondistributable.v1.tar",
                                                         "application/vnd.docker.image.rootfs.diff.tar",
                                                         "application/vnd.docker.image.rootfs.diff.tar.gzip",
                                                         "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
                                                         "application/vnd.docker.image.rootfs.diff.tar.zstd"};

template <size_t count>
bool is_one_of(const std::array<std::string_view, count>& known, std::string_view text) {
  return std::find(known.begin(), known.end(), text) != known.end();
}

bool is_layer_type(std::string_view type) {
  for (std::string_view packed : {"+gzip", "+zstd"})
    if (type.ends_with(packed)) type.remove_suffix(packed.size());
  return is_one_of(kLayerTypes, type);
}

Result<> read_digest(Reader in, std::string& out) {
  out = TRY(in.string());
  if (!is_digest(out)) return in.fail(cat(quoted(out), " is not a sha256 digest"));
  return {};
}

}  // namespace

// Found by the reader of lists, hence not in the unnamed namespace.
static Result<> read(Reader in, Platform& out) {
  return read_object(in, {required("os", out.os), required("architecture", out.architecture)});
}

static Result<> read(Reader in, Descriptor& out) {
  return read_object(
      in, {field("mediaType", out.media_type), required<read_digest>("digest", out.digest), required("size", out.size),
           field("platform", out.platform), field("annotations", out.annotations)});
}

static Result<> read(Reader in, DockerImage& out) {
  return read_object(in,
                     {required("Config", out.config), field("RepoTags", out.names), required("Layers", out.layers)});
}

bool Descriptor::is_index() const {
  return is_one_of(kIndexTypes, media_type);
}

bool Descriptor::is_attestation() const {
  return annotations.contains("vnd.docker.reference.type") || (platform && platform->os == "unknown");
}

Result<std::vector<Descriptor>> parse_index(const std::string& document, std::string_view text) {
  auto parsed = TRY(oci::parse_document(document, text));
  std::vector<Descriptor> manifests;
  TRY(read_object(parsed.top(), {required("manifests", manifests)}));
  return manifests;
}

Result<Manifest> parse_manifest(const std::string& document, std::string_view text) {
  auto parsed = TRY(oci::parse_document(document, text));
  Manifest manifest;
  TRY(read_object(parsed.top(), {required("config", manifest.config), required("layers", manifest.layers)}));
  const Reader config = parsed.top().field("config");
  if (!is_one_of(kConfigTypes, manifest.config.media_type))
    return config.field("mediaType").fail(cat(quoted(manifest.config.media_type), " is not the config of an image"));
  for (const Reader layer : parsed.top().field("layers").items()) {
    const std::string type = TRY(layer.field("mediaType").string());
    if (!is_layer_type(type)) return layer.field("mediaType").fail(cat(quoted(type), " is not supported as a layer"));
  }
  return manifest;
}

Result<std::vector<DockerImage>> parse_docker_manifest(const std::string& document, std::string_view text) {
  auto parsed = TRY(oci::parse_document(document, text));
  std::vector<DockerImage> found;
  TRY(read(parsed.top(), found));
  return found;
}

}  // namespace images
