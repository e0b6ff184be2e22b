// The folder that holds unpacked images. It knows layers, configs and uses by their digests; which names an image has
// is known above (runtime/kube/images).
//
//   <root>/lock            flock, held by whoever changes anything but uses/
//   <root>/index.json      names and images (written by runtime/kube/images)
//   <root>/configs/HEX     config of an image, as it came
//   <root>/layers/HEX/     one unpacked layer, HEX being its diff id: root/ in overlayfs form, size (bytes),
//                          implied (names of folders, each with a NUL)
//   <root>/uses/HEX        one container's use of an image: id, newline, the container's folder
//   <root>/work/           what is being made; renamed into its place when it is whole, removed when found left over
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/descriptor.h"

namespace images {

struct Store {
  std::string root = "/var/lib/nacelle/images";
};

// Makes the folders of the store where they are missing, mode 0700.
Result<> make_store(const Store& store);

// Waits for the lock of those who change the store; it is held until the descriptor is closed. Readers need none: all
// files are replaced at once.
Result<Fd> lock_store(const Store& store);

// The root of an unpacked layer, by its diff id.
std::string layer_path(const Store& store, const std::string& diff_id);
bool has_layer(const Store& store, const std::string& diff_id);
// The bytes of its files' data.
Result<uint64_t> layer_size(const Store& store, const std::string& diff_id);
// Folders that its archive did not list but put something into: their owner and mode are those of a layer below.
Result<std::set<std::string>> implied_folders(const Store& store, const std::string& diff_id);

// Unpacks a layer and puts it in its place at once; does nothing when it is there. `blob` is the layer's tar, plain,
// gzip or zstd, from where it stands; `digest` and `size` are those of the blob and empty for none known; the unpacked
// tar must have the diff id. The store must be locked.
struct Blob {
  std::string digest;            // "sha256:…" or empty
  std::optional<uint64_t> size;  // bytes
};
Result<> add_layer(const Store& store, int blob_fd, const Blob& blob, const std::string& diff_id);

// Waits until all that was added is on the disk. An index that names a layer must not get there before the layer.
Result<> write_to_disk(const Store& store);

// Writes and reads a config by its digest. A config is at most 4 MiB, as registries have it for manifests.
constexpr size_t kDocumentLimit = 4 << 20;
Result<> add_config(const Store& store, const std::string& digest, const std::string& bytes);
Result<std::string> read_config(const Store& store, const std::string& digest);

// Removes layers and configs whose digests are not in the lists, and what a killed import left in work/. The store must
// be locked.
Result<> remove_others(const Store& store, const std::vector<std::string>& layers,
                       const std::vector<std::string>& configs);

// Notes that the container whose folder is `dir` uses the image, until drop_use. Whoever looks at uses drops those
// whose folder is gone.
Result<> add_use(const Store& store, const std::string& image_id, const std::string& dir);
Result<> drop_use(const Store& store, const std::string& dir);
struct Use {
  std::string image_id, dir;
};
Result<std::vector<Use>> list_uses(const Store& store);

}  // namespace images
