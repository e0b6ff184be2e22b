#include "runtime/kube/images/archive.h"

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "sandbox/images/digest.h"

namespace images {

namespace {

constexpr int kDeepestIndex = 3;
constexpr size_t kMostImages = 1000, kMostLayers = 500;  // overlayfs stacks no more than 500

std::string blob_member(const std::string& digest) {
  return "blobs/sha256/" + hex_of(digest);
}

std::string name_of(const Platform& platform) {
  return cat(platform.os, "/", platform.architecture);
}

Result<std::string> read_blob(const Source& source, const Descriptor& blob) {
  const std::string member = blob_member(blob.digest);
  std::string text = TRY(source.read(member, kDocumentLimit));
  if (text.size() != blob.size) return fail(cat(quoted(member), ": its size is ", text.size(), ", not ", blob.size));
  if (digest_of(text) != blob.digest) return fail(cat(quoted(member), ": its digest is ", digest_of(text)));
  return text;
}

// containerd and Docker write the full name in the first; the second may be a bare tag.
std::vector<std::string> names_of(const Descriptor& manifest) {
  for (const char* key : {"io.containerd.image.name", "org.opencontainers.image.ref.name"})
    if (auto found = manifest.annotations.find(key); found != manifest.annotations.end()) return {found->second};
  return {};
}

// Collects the images of an OCI layout.
class Layout {
 public:
  explicit Layout(const Source& source) : source_(source) {}

  Result<std::vector<FoundImage>> find() {
    TRY(collect(TRY(parse_index("index.json", TRY(source_.read("index.json", kDocumentLimit)))), {}, 0));
    if (!images_.empty()) return std::move(images_);
    std::sort(others_.begin(), others_.end());
    others_.erase(std::unique(others_.begin(), others_.end()), others_.end());
    return fail(cat("no image for ", platform(), " in it", others_.empty() ? "" : " but for ", join(others_, ", ")));
  }

 private:
  Result<> collect(const std::vector<Descriptor>& manifests, const std::vector<std::string>& names, int depth);
  Result<> add_image(const Descriptor& manifest, const std::vector<std::string>& names);
  void add(FoundImage image);

  const Source& source_;
  std::vector<FoundImage> images_;
  std::vector<std::string> others_;  // platforms that are not ours
};

Result<> Layout::collect(const std::vector<Descriptor>& manifests, const std::vector<std::string>& names, int depth) {
  if (depth > kDeepestIndex) return fail("index.json: indexes nested too deep");
  for (const auto& manifest : manifests) {
    if (manifest.is_attestation()) continue;
    std::vector<std::string> own = names_of(manifest);
    if (own.empty() || depth > 0) own = names;  // an image for several platforms is named by the outer index
    if (manifest.is_index()) {
      const std::string inner = TRY(read_blob(source_, manifest));
      TRY(collect(TRY(parse_index(blob_member(manifest.digest), inner)), own, depth + 1));
    } else if (manifest.platform && name_of(*manifest.platform) != platform()) {
      others_.push_back(name_of(*manifest.platform));
    } else {
      TRY(add_image(manifest, own));
    }
  }
  return {};
}

Result<> Layout::add_image(const Descriptor& descriptor, const std::vector<std::string>& names) {
  const std::string document = blob_member(descriptor.digest);
  const Manifest manifest = TRY(parse_manifest(document, TRY(read_blob(source_, descriptor))));
  FoundImage image;
  image.id = manifest.config.digest;
  image.manifest_digest = descriptor.digest;
  image.names = names;
  image.config = TRY(read_blob(source_, manifest.config));
  const ConfigDocument config = TRY(parse_config(blob_member(image.id), image.config));
  if (!config.platform.os.empty() && name_of(config.platform) != platform()) {
    others_.push_back(name_of(config.platform));
    return {};
  }
  if (config.diff_ids.size() != manifest.layers.size())
    return fail(cat(quoted(document), ": ", manifest.layers.size(), " layers, but the config has ",
                    config.diff_ids.size(), " diff ids"));
  for (size_t i = 0; i < manifest.layers.size(); i++) {
    const Descriptor& layer = manifest.layers[i];
    image.layers.push_back({blob_member(layer.digest), {layer.digest, layer.size}, config.diff_ids[i]});
  }
  image.created = config.created;
  add(std::move(image));
  return {};
}

// One image may be listed once for each of its names.
void Layout::add(FoundImage image) {
  for (auto& known : images_)
    if (known.id == image.id) {
      for (auto& name : image.names)
        if (std::find(known.names.begin(), known.names.end(), name) == known.names.end()) known.names.push_back(name);
      return;
    }
  images_.push_back(std::move(image));
}

Result<FoundImage> read_docker_image(const Source& source, const DockerImage& listed) {
  FoundImage image;
  image.names = listed.names;
  image.config = TRY(source.read(listed.config, kDocumentLimit));
  image.id = digest_of(image.config);
  // The config's file is called by its digest: "HEX.json", or "blobs/sha256/HEX".
  if (listed.config.find(hex_of(image.id)) == std::string::npos)
    return fail(cat(quoted(listed.config), ": its digest is ", image.id));
  const ConfigDocument config = TRY(parse_config(listed.config, image.config));
  if (!config.platform.os.empty() && name_of(config.platform) != platform())
    return fail(cat(quoted(listed.config), ": it is for ", name_of(config.platform), ", not ", platform()));
  if (config.diff_ids.size() != listed.layers.size())
    return fail(cat("manifest.json: ", listed.layers.size(), " layers, but the config has ", config.diff_ids.size(),
                    " diff ids"));
  for (size_t i = 0; i < listed.layers.size(); i++) image.layers.push_back({listed.layers[i], {}, config.diff_ids[i]});
  image.created = config.created;
  return image;
}

Result<std::vector<FoundImage>> find_docker_images(const Source& source) {
  const auto listed = TRY(parse_docker_manifest("manifest.json", TRY(source.read("manifest.json", kDocumentLimit))));
  if (listed.empty()) return fail("manifest.json: no image in it");
  std::vector<FoundImage> found;
  for (const auto& image : listed) found.push_back(TRY(read_docker_image(source, image)));
  return found;
}

}  // namespace

Result<std::vector<FoundImage>> find_images(const Source& source) {
  std::vector<FoundImage> found;
  if (source.has("oci-layout") && source.has("index.json"))
    found = TRY(Layout(source).find());
  else if (source.has("manifest.json"))
    found = TRY(find_docker_images(source));
  else
    return fail("neither an OCI layout (oci-layout, index.json) nor a docker-archive (manifest.json)");
  if (found.size() > kMostImages) return fail(cat("more than ", kMostImages, " images in it"));
  for (const auto& image : found)
    if (image.layers.size() > kMostLayers) return fail(cat("image ", image.id, ": more than ", kMostLayers, " layers"));
  return found;
}

}  // namespace images
