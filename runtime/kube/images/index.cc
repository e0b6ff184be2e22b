#include "runtime/kube/images/index.h"

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "runtime/kube/images/manifest.h"
#include "runtime/oci/json_writer.h"
#include "runtime/oci/reader.h"
#include "sandbox/images/digest.h"

namespace images {

namespace {

constexpr uint32_t kVersion = 1;

std::string index_path(const Store& store) {
  return store.root + "/index.json";
}

// The digests become paths, so they are checked even in our own file.
Result<> read_digests(oci::Reader in, std::vector<std::string>& out) {
  TRY(read(in, out));
  for (const auto& digest : out)
    if (!is_digest(digest)) return in.fail(cat(quoted(digest), " is not a sha256 digest"));
  return {};
}

Result<> read_id(oci::Reader in, std::string& out) {
  out = TRY(in.string());
  if (!is_digest(out)) return in.fail(cat(quoted(out), " is not a sha256 digest"));
  return {};
}

}  // namespace

// Found by the reader of lists, hence not in the unnamed namespace.
static Result<> read(oci::Reader in, Image& out) {
  using oci::field, oci::required;
  return read_object(in, {required<read_id>("id", out.id), field("names", out.names),
                          field("manifestDigest", out.manifest_digest), required<read_digests>("layers", out.layers),
                          field("size", out.size), field("created", out.created), field("imported", out.imported)});
}

Result<std::vector<Image>> read_index(const Store& store) {
  auto text = read_file(index_path(store));
  if (!text && text.error().err == ENOENT) return std::vector<Image>{};
  auto document = TRY(oci::parse_document(index_path(store), TRY(std::move(text))));
  uint32_t version = 0;
  std::vector<Image> images;
  TRY(read_object(document.top(), {oci::required("version", version), oci::required("images", images)}));
  if (version != kVersion) return document.top().field("version").fail(cat("version ", version, " is not known"));
  return images;
}

Result<> write_index(const Store& store, const std::vector<Image>& images) {
  oci::JsonWriter json(2);
  json.open_object();
  json.member("version", kVersion);
  json.open_array("images");
  for (const auto& image : images) {
    json.open_object();
    json.member("id", image.id);
    json.member("names", image.names);
    json.member("manifestDigest", image.manifest_digest);
    json.member("layers", image.layers);
    json.member("size", image.size);
    json.member("created", image.created);
    json.member("imported", image.imported);
    json.close_object();
  }
  json.close_array();
  json.close_object();
  return replace_file(index_path(store), json.text());
}

Result<> remove_unused(const Store& store) {
  std::set<std::string> used;
  for (const auto& use : TRY(list_uses(store))) used.insert(use.image_id);
  std::vector<Image> images = TRY(read_index(store));
  const size_t forgotten =
      std::erase_if(images, [&](const Image& image) { return image.names.empty() && !used.contains(image.id); });
  if (forgotten > 0) TRY(write_index(store, images));
  std::vector<std::string> layers, configs;
  for (const auto& image : images) {
    layers.insert(layers.end(), image.layers.begin(), image.layers.end());
    configs.push_back(image.id);
  }
  return remove_others(store, layers, configs);
}

Result<> read_config_of(const Store& store, Image& image) {
  const std::string text = TRY_IN(cat("image ", image.id), read_config(store, image.id));
  image.config = TRY(parse_config(cat("image ", image.id), text)).config;
  return {};
}

}  // namespace images
