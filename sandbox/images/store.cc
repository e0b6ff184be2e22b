#include "sandbox/images/store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/text.h"
#include "sandbox/images/digest.h"
#include "sandbox/images/extract.h"
#include "sandbox/images/work.h"

namespace images {

namespace {

constexpr size_t kImpliedLimit = 64 << 20;

std::string layer_folder(const Store& store, const std::string& diff_id) {
  return cat(store.root, "/layers/", hex_of(diff_id));
}

std::string config_path(const Store& store, const std::string& digest) {
  return cat(store.root, "/configs/", hex_of(digest));
}

Result<> check_blob(const Tar::Totals& found, const Blob& told, const std::string& diff_id) {
  if (!told.digest.empty() && found.file_digest != told.digest)
    return fail(cat("its digest is ", found.file_digest, ", not ", told.digest));
  if (found.tar_digest != diff_id)
    return fail(cat("unpacked, its digest is ", found.tar_digest, ", not the diff id ", diff_id));
  return {};
}

// Before anything is unpacked: a wrong size is a wrong file.
Result<> check_size(int blob, const Blob& told) {
  struct stat what{};
  if (fstat(blob, &what) < 0) return fail_errno(errno, "stat");
  if (told.size && static_cast<uint64_t>(what.st_size) != *told.size)
    return fail(cat("its size is ", what.st_size, ", not ", *told.size));
  return {};
}

// Makes root/, implied and size in the empty folder.
Result<> fill_layer(const std::string& folder, int blob, const Blob& told, const std::string& diff_id) {
  const std::string path = folder + "/root";
  if (mkdir(path.c_str(), 0755) < 0 || chmod(path.c_str(), 0755) < 0)
    return fail_errno(errno, cat("make directory ", quoted(path)));
  Fd root(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  auto tar = TRY(Tar::open(blob));
  const Extracted extracted = TRY(extract_layer(*tar, root.get()));
  TRY(check_blob(TRY(tar->finish()), told, diff_id));
  std::string implied;
  for (const auto& name : extracted.implied) implied += name + '\0';
  TRY(replace_file(folder + "/implied", implied));
  return replace_file(folder + "/size", cat(extracted.bytes));
}

Result<> remove_unlisted(const std::string& folder, const std::vector<std::string>& digests) {
  for (const auto& name : TRY(list_folder(folder)))
    if (std::find(digests.begin(), digests.end(), "sha256:" + name) == digests.end())
      TRY(remove_tree(cat(folder, "/", name)));
  return {};
}

}  // namespace

Result<> make_store(const Store& store) {
  TRY(make_directories(store.root, 0700));
  for (const char* folder : {"/layers", "/configs", "/uses", "/work"}) TRY(make_directories(store.root + folder, 0700));
  return {};
}

Result<Fd> lock_store(const Store& store) {
  return lock_file(store.root + "/lock");
}

std::string layer_path(const Store& store, const std::string& diff_id) {
  return cat(layer_folder(store, diff_id), "/root");
}

bool has_layer(const Store& store, const std::string& diff_id) {
  return is_digest(diff_id) && path_exists(layer_folder(store, diff_id));
}

Result<uint64_t> layer_size(const Store& store, const std::string& diff_id) {
  const std::string path = layer_folder(store, diff_id) + "/size";
  const auto size = parse_number<uint64_t>(TRY(read_file(path, 32)));
  if (!size) return fail(cat(quoted(path), ": no size in it"));
  return *size;
}

Result<std::set<std::string>> implied_folders(const Store& store, const std::string& diff_id) {
  std::set<std::string> implied;
  for (auto& name : split(TRY(read_file(layer_folder(store, diff_id) + "/implied", kImpliedLimit)), '\0'))
    if (!name.empty()) implied.insert(std::move(name));
  return implied;
}

Result<> add_layer(const Store& store, int blob_fd, const Blob& blob, const std::string& diff_id) {
  TRY(check_digest("diff id", diff_id));
  if (has_layer(store, diff_id)) return {};
  const std::string context = cat("layer ", blob.digest.empty() ? diff_id : blob.digest);
  TRY_IN(context, check_size(blob_fd, blob));
  WorkFolder work = TRY(make_work_folder(store));
  TRY_IN(context, fill_layer(work.path(), blob_fd, blob, diff_id));
  const std::string place = layer_folder(store, diff_id);
  if (rename(work.path().c_str(), place.c_str()) < 0) return fail_errno(errno, cat("rename to ", quoted(place)));
  return {};
}

Result<> write_to_disk(const Store& store) {
  Fd root(open(store.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open() || syncfs(root.get()) < 0)
    return fail_errno(errno, cat("write ", quoted(store.root), " to disk"));
  return {};
}

Result<> add_config(const Store& store, const std::string& digest, const std::string& bytes) {
  TRY(check_digest("config", digest));
  if (digest_of(bytes) != digest) return fail(cat("config: its digest is ", digest_of(bytes), ", not ", digest));
  return replace_file(config_path(store, digest), bytes);
}

Result<std::string> read_config(const Store& store, const std::string& digest) {
  TRY(check_digest("config", digest));
  return read_file(config_path(store, digest), kDocumentLimit);
}

Result<> remove_others(const Store& store, const std::vector<std::string>& layers,
                       const std::vector<std::string>& configs) {
  TRY(remove_unlisted(store.root + "/layers", layers));
  TRY(remove_unlisted(store.root + "/configs", configs));
  // What a replace_file that was killed has left.
  for (const auto& name : TRY(list_folder(store.root)))
    if (name.ends_with(".new")) TRY(remove_tree(cat(store.root, "/", name)));
  return remove_unlisted(store.root + "/work", {});
}

}  // namespace images
