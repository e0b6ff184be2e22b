#include <algorithm>
#include <cctype>
#include <ctime>

#include "base/text.h"
#include "runtime/kube/images/archive.h"
#include "runtime/kube/images/images.h"
#include "runtime/kube/images/index.h"
#include "runtime/kube/images/reference.h"
#include "sandbox/images/work.h"

namespace images {

namespace {

constexpr const char* kNameHint = "name it: nacelle kube image import FILE NAME";

// "latest", "1.36", "v3": what tools write as the name of an image in a layout of its own.
bool is_bare_tag(std::string_view name) {
  if (name.find_first_of(":/@") != std::string_view::npos) return false;
  const std::string_view digits = name.starts_with('v') ? name.substr(1) : name;
  return name == "latest" || (!digits.empty() && is_digit(digits.front()));
}

Result<std::string> full_name(const std::string& name) {
  if (is_bare_tag(name)) return fail(cat("the archive has only the tag ", quoted(name), " as a name"), kNameHint);
  const Reference reference = TRY(parse_reference(name));
  if (reference.tag.empty() || !reference.digest.empty())
    return fail(cat("image name ", quoted(name), ": an image cannot be given a name with a digest"));
  return reference.name();
}

Result<std::vector<std::string>> full_names(const FoundImage& image) {
  if (image.names.empty()) return fail(cat("image ", image.id, ": the archive has no name for it"), kNameHint);
  std::vector<std::string> names;
  for (const auto& name : image.names) names.push_back(TRY(full_name(name)));
  return names;
}

Result<> add_layers(const Store& store, const Source& source, const FoundImage& image) {
  for (const auto& layer : image.layers) {
    if (has_layer(store, layer.diff_id)) continue;
    Fd blob = TRY_IN("layer", source.open_member(layer.member));
    TRY(add_layer(store, blob.get(), layer.blob, layer.diff_id));
  }
  return add_config(store, image.id, image.config);
}

Result<Image> record_of(const Store& store, const FoundImage& found) {
  Image image;
  image.id = found.id;
  image.manifest_digest = found.manifest_digest;
  image.created = found.created;
  image.imported = time(nullptr);
  for (const auto& layer : found.layers) {
    image.layers.push_back(layer.diff_id);
    image.size += TRY(layer_size(store, layer.diff_id));
  }
  return image;
}

// Gives the image the names, taking them from whoever had them.
Image& enter(std::vector<Image>& index, Image image, const std::vector<std::string>& names) {
  for (auto& other : index)
    std::erase_if(other.names,
                  [&](const auto& name) { return std::find(names.begin(), names.end(), name) != names.end(); });
  auto known = std::find_if(index.begin(), index.end(), [&](const Image& other) { return other.id == image.id; });
  if (known == index.end()) {
    index.push_back(std::move(image));
    known = index.end() - 1;
  } else if (!image.manifest_digest.empty()) {
    known->manifest_digest = image.manifest_digest;
  }
  known->names.insert(known->names.end(), names.begin(), names.end());
  std::sort(known->names.begin(), known->names.end());
  return *known;
}

Result<std::vector<Image>> import_all(const Store& store, const Source& source, const std::string& name) {
  std::vector<FoundImage> found = TRY(find_images(source));
  if (!name.empty() && found.size() > 1)
    return fail(cat("it holds ", found.size(), " images, which cannot all be called ", quoted(name)));
  if (!name.empty()) found[0].names = {name};
  std::vector<std::vector<std::string>> names;
  for (const auto& image : found) names.push_back(TRY(full_names(image)));

  std::vector<Image> index = TRY(read_index(store)), imported;
  for (size_t i = 0; i < found.size(); i++) {
    TRY(add_layers(store, source, found[i]));
    imported.push_back(enter(index, TRY(record_of(store, found[i])), names[i]));
  }
  TRY(write_to_disk(store));
  TRY(write_index(store, index));
  for (auto& image : imported) TRY(read_config_of(store, image));
  return imported;
}

}  // namespace

Result<std::vector<Image>> import_image(const Store& store, const std::string& path, const std::string& name) {
  TRY(make_store(store));
  Fd lock = TRY(lock_store(store));
  // What a killed import, or a power cut in one, has left: it may not be whole.
  TRY(remove_unused(store));
  Result<std::vector<Image>> imported;
  {
    WorkFolder work = TRY(make_work_folder(store));
    imported = import_all(store, TRY_IN("import", Source::open(path, work.path())), name);
  }
  // Also after a failure: the layers that were added before it belong to nobody.
  auto removed = remove_unused(store);
  if (!imported) return std::unexpected<Error>(within(cat("import ", quoted(path)), std::move(imported).error()));
  TRY(std::move(removed));
  return imported;
}

}  // namespace images
