#include "runtime/kube/images/images.h"

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/text.h"
#include "runtime/kube/images/index.h"
#include "runtime/kube/images/reference.h"
#include "sandbox/images/digest.h"

namespace images {

namespace {

constexpr size_t kShortestId = 12;

bool has_name(const Image& image, const std::string& name) {
  return std::find(image.names.begin(), image.names.end(), name) != image.names.end();
}

bool has_repository(const Image& image, const std::string& repository) {
  return std::any_of(image.names.begin(), image.names.end(),
                     [&](const std::string& name) { return name.starts_with(repository + ":"); });
}

bool is_meant(const Image& image, const Reference& wanted) {
  if (wanted.digest.empty()) return has_name(image, wanted.name());
  if (wanted.digest != image.manifest_digest && wanted.digest != image.id) return false;
  return has_repository(image, wanted.repository);
}

struct Found {
  size_t index = 0;
  std::string name;  // by which it was found; empty: by its id or a digest
};

std::optional<Found> find_by_name(const std::vector<Image>& images, const Reference& wanted) {
  for (size_t i = 0; i < images.size(); i++)
    if (is_meant(images[i], wanted)) return Found{i, wanted.digest.empty() ? wanted.name() : ""};
  return std::nullopt;
}

// "sha256:…" or at least twelve of its digits; empty when the text cannot be an id.
std::string id_prefix(std::string_view text) {
  if (text.starts_with("sha256:")) text.remove_prefix(7);
  const bool is_hex = text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_hex && text.size() >= kShortestId ? cat("sha256:", text) : "";
}

Result<std::optional<Found>> find_by_id(const std::vector<Image>& images, const std::string& text) {
  std::optional<Found> found;
  const std::string prefix = id_prefix(text);
  for (size_t i = 0; i < images.size() && !prefix.empty(); i++) {
    if (!images[i].id.starts_with(prefix)) continue;
    if (found) return fail(cat("image ", quoted(text), ": several ids begin so"));
    found = Found{i, ""};
  }
  return found;
}

// By name, then as podman calls what it built itself, then by id.
Result<Found> find_in(const std::vector<Image>& images, const std::string& text) {
  const auto wanted = parse_reference(text);
  if (wanted) {
    if (auto found = find_by_name(images, *wanted)) return *found;
    if (!wanted->has_domain)
      if (auto found = find_by_name(images, TRY(parse_reference(cat("localhost/", text))))) return *found;
  }
  if (auto found = TRY(find_by_id(images, text))) return *found;
  if (!wanted && id_prefix(text).empty()) return std::unexpected<Error>(wanted.error());
  return fail_errno(ENOENT, cat("image ", quoted(text), ": not in the store"),
                    "nothing is pulled here; import it from a file: nacelle kube image import FILE");
}

}  // namespace

Result<std::vector<Image>> list_images(const Store& store) {
  std::vector<Image> images = TRY(read_index(store));
  for (auto& image : images) TRY(read_config_of(store, image));
  const auto first_name = [](const Image& image) { return image.names.empty() ? image.id : image.names[0]; };
  std::sort(images.begin(), images.end(),
            [&](const Image& left, const Image& right) { return first_name(left) < first_name(right); });
  return images;
}

Result<Image> find_image(const Store& store, const std::string& name) {
  const std::vector<Image> images = TRY(read_index(store));
  Image image = images[TRY(find_in(images, name)).index];
  TRY(read_config_of(store, image));
  return image;
}

Result<> remove_image(const Store& store, const std::string& name) {
  TRY(make_store(store));
  Fd lock = TRY(lock_store(store));
  const std::vector<Image> before = TRY(read_index(store));
  std::vector<Image> after = before;
  const Found found = TRY(find_in(before, name));
  Image& image = after[found.index];
  std::erase(image.names, found.name);
  const std::string id = image.id;
  const bool goes = found.name.empty() || image.names.empty();
  if (goes) after.erase(after.begin() + static_cast<ptrdiff_t>(found.index));
  // First out of the index, then a look at the uses: prepare_rootfs does it the other way round, so one of us sees.
  TRY(write_index(store, after));
  if (goes)
    for (const auto& use : TRY(list_uses(store)))
      if (use.image_id == id) {
        TRY(write_index(store, before));
        return fail_errno(EBUSY, cat("image ", quoted(name), ": a container in ", quoted(use.dir), " runs on it"));
      }
  return remove_unused(store);
}

Result<Rootfs> prepare_rootfs(const Store& store, const Image& image, const std::string& dir, const RootfsView& view) {
  TRY(add_use(store, image.id, dir));
  auto prepare = [&]() -> Result<Rootfs> {
    std::vector<Image> images = TRY(read_index(store));
    const auto same = [&](const Image& other) { return other.id == image.id; };
    if (std::none_of(images.begin(), images.end(), same))
      return fail_errno(ENOENT, cat("image ", image.id, ": no longer in the store"));
    return mount_layers(store, image.layers, dir, view);
  };
  auto rootfs = prepare();
  if (rootfs) return rootfs;
  // EEXIST: the folder has a root already, and that root uses the image.
  if (rootfs.error().err != EEXIST) (void)drop_use(store, dir);
  return std::unexpected<Error>(within("prepare the root file system", std::move(rootfs).error()));
}

std::string platform() {
#if defined(__x86_64__)
  return "linux/amd64";
#elif defined(__aarch64__)
  return "linux/arm64";
#else
#error "what do images call this machine?"
#endif
}

}  // namespace images
