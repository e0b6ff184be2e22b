#include "sandbox/images/extract.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/path.h"
#include "base/text.h"
#include "sandbox/images/metadata.h"

namespace images {

namespace {

constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";
constexpr std::string_view kBookkeeping = ".wh..wh.";  // aufs's own files, no part of the image
// Whoever copies or removes the tree later holds a few descriptors open for each level.
constexpr size_t kDeepest = 200;

// Modes of an archive are taken as they are. The process is single-threaded wherever layers are unpacked.
class NoUmask {
 public:
  NoUmask() : old_(umask(0)) {}
  ~NoUmask() { umask(old_); }
  NoUmask(const NoUmask&) = delete;
  NoUmask& operator=(const NoUmask&) = delete;

 private:
  mode_t old_;
};

struct Name {
  std::string folder;  // "" is the layer's root
  std::string last;    // empty: the entry is the root itself
};

// "./a//b/" -> {"a", "b"}. Names that climb out are refused, not clamped: no honest archive has them.
Result<Name> parse_name(const char* path) {
  if (path == nullptr) return fail("entry without a name");
  Name name;
  size_t depth = 0;
  for (auto& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") return fail(cat("entry ", quoted(path), ": '..' in the name"));
    if (++depth > kDeepest) return fail(cat("an entry is more than ", kDeepest, " folders deep"));
    if (!name.last.empty()) {
      if (name.last.starts_with(kWhiteout)) return fail(cat("entry ", quoted(path), ": below a whiteout"));
      if (!name.folder.empty()) name.folder += '/';
      name.folder += name.last;
    }
    name.last = std::move(part);
  }
  return name;
}

class Extraction {
 public:
  Extraction(Tar& tar, int root) : tar_(tar), root_(root) {}

  Result<> run() {
    while (archive_entry* entry = TRY(tar_.next())) {
      Name name = TRY(parse_name(archive_entry_pathname(entry)));
      TRY_IN(cat("entry ", quoted(archive_entry_pathname(entry))), make(entry, name));
    }
    return apply_folder_times();
  }

  Extracted take_result() { return std::move(result_); }

 private:
  struct FolderTime {
    std::string path;
    timespec time;
  };

  Result<> make(archive_entry* entry, const Name& name);
  Result<> make_folder(archive_entry* entry, const Name& name);
  Result<> make_file(archive_entry* entry, const Name& name);
  Result<> make_special(archive_entry* entry, const Name& name, mode_t kind);
  Result<> make_symlink(archive_entry* entry, const Name& name);
  Result<> make_hard_link(const char* target, const Name& name);
  Result<> make_whiteout(const Name& name);
  Result<> mark_opaque(int folder);
  Result<int> open_folder(const std::string& path);
  Result<bool> clear(const Name& name, bool for_folder);
  Result<> write_data(int file);
  Result<> apply_folder_times();

  Tar& tar_;
  int root_;
  Extracted result_;
  std::string open_path_;  // the folder that open_ is, since archives list a folder's files one after another
  Fd open_;
  std::vector<FolderTime> times_;
};

// The folder, made (0755, root's) where the archive has not listed it. Valid until the next call.
Result<int> Extraction::open_folder(const std::string& path) {
  if (open_.is_open() && open_path_ == path) return open_.get();
  auto found = open_beneath(root_, path.empty() ? "." : path, O_PATH | O_DIRECTORY);
  if (!found && found.error().err == ENOENT) {
    const size_t slash = path.find_last_of('/');
    const int parent = TRY(open_folder(slash == std::string::npos ? "" : path.substr(0, slash)));
    if (mkdirat(parent, path.c_str() + (slash == std::string::npos ? 0 : slash + 1), 0755) < 0)
      return fail_errno(errno, cat("make directory ", quoted(path)));
    result_.implied.insert(path);
    found = open_beneath(root_, path, O_PATH | O_DIRECTORY);
  }
  if (!found && found.error().err == ELOOP) return fail(cat(quoted(path), " leads through a symbolic link"));
  open_ = TRY(std::move(found));
  open_path_ = path;
  return open_.get();
}

// Makes place for an entry: what an earlier entry made under this name goes, except a folder for a folder. True when
// that was a whiteout.
Result<bool> Extraction::clear(const Name& name, bool for_folder) {
  const int folder = TRY(open_folder(name.folder));
  struct stat old{};
  if (fstatat(folder, name.last.c_str(), &old, AT_SYMLINK_NOFOLLOW) < 0) {
    if (errno == ENOENT) return false;
    return fail_errno(errno, "stat");
  }
  if (S_ISDIR(old.st_mode) && for_folder) return false;
  TRY(remove_tree_at(folder, name.last));
  const bool was_whiteout = S_ISCHR(old.st_mode) && old.st_rdev == 0;
  open_.reset();  // it may have led through what is gone now
  return was_whiteout;
}

Result<> Extraction::make(archive_entry* entry, const Name& name) {
  if (name.last.starts_with(kWhiteout)) return make_whiteout(name);
  if (const char* target = archive_entry_hardlink(entry)) return make_hard_link(target, name);
  const mode_t kind = archive_entry_filetype(entry);
  if (name.last.empty() && kind != AE_IFDIR) return fail("the root of a layer must be a directory");
  switch (kind) {
    case AE_IFDIR: return make_folder(entry, name);
    case AE_IFREG: return make_file(entry, name);
    case AE_IFLNK: return make_symlink(entry, name);
    case AE_IFIFO: return make_special(entry, name, S_IFIFO);
    case AE_IFCHR: return make_special(entry, name, S_IFCHR);
    case AE_IFBLK: return make_special(entry, name, S_IFBLK);
    default: return fail(cat("file type ", octal(kind), " is not supported"));
  }
}

Result<> Extraction::make_folder(archive_entry* entry, const Name& name) {
  const bool hides_lower = !name.last.empty() && TRY(clear(name, true));
  const int parent = TRY(open_folder(name.folder));
  if (!name.last.empty() && mkdirat(parent, name.last.c_str(), 0700) < 0 && errno != EEXIST)
    return fail_errno(errno, "make directory");
  const char* last = name.last.empty() ? "." : name.last.c_str();
  Fd folder(openat(parent, last, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.is_open()) return fail_errno(errno, "open directory");
  if (hides_lower) TRY(mark_opaque(folder.get()));
  TRY(apply_metadata(entry, folder.get()));
  std::string path = name.folder.empty() ? name.last : cat(name.folder, "/", name.last);
  result_.implied.erase(path);
  times_.push_back({std::move(path), modified(entry)});
  return {};
}

Result<> Extraction::make_file(archive_entry* entry, const Name& name) {
  TRY(clear(name, false));
  const int parent = TRY(open_folder(name.folder));
  Fd file(openat(parent, name.last.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) return fail_errno(errno, "create");
  TRY(write_data(file.get()));
  if (ftruncate(file.get(), archive_entry_size(entry)) < 0) return fail_errno(errno, "set size");
  TRY(apply_metadata(entry, file.get()));
  return apply_time(file.get(), modified(entry));
}

Result<> Extraction::write_data(int file) {
  Tar::Piece piece;
  while (TRY(tar_.read(piece))) {
    const char* data = static_cast<const char*>(piece.data);
    for (size_t done = 0; done < piece.size;) {
      const ssize_t count = pwrite(file, data + done, piece.size - done, piece.offset + static_cast<off_t>(done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail_errno(errno, "write");
      done += static_cast<size_t>(count);
    }
    result_.bytes += piece.size;
  }
  return {};
}

Result<> Extraction::make_special(archive_entry* entry, const Name& name, mode_t kind) {
  TRY(clear(name, false));
  const int parent = TRY(open_folder(name.folder));
  const mode_t mode = kind | (archive_entry_perm(entry) & 07777);
  if (mknodat(parent, name.last.c_str(), mode, archive_entry_rdev(entry)) < 0) return fail_errno(errno, "make device");
  return apply_owner_at(entry, parent, name.last);
}

Result<> Extraction::make_symlink(archive_entry* entry, const Name& name) {
  TRY(clear(name, false));
  const int parent = TRY(open_folder(name.folder));
  const char* target = archive_entry_symlink(entry);
  if (target == nullptr || *target == '\0') return fail("symbolic link to nothing");
  if (symlinkat(target, parent, name.last.c_str()) < 0) return fail_errno(errno, "make symbolic link");
  return apply_owner_at(entry, parent, name.last);
}

Result<> Extraction::make_hard_link(const char* target, const Name& name) {
  const Name source = TRY(parse_name(target));
  if (source.last.empty() || name.last.empty()) return fail("hard link to a directory");
  if (source.folder == name.folder && source.last == name.last) return {};
  TRY(clear(name, false));
  auto folder = open_beneath(root_, source.folder.empty() ? "." : source.folder, O_PATH | O_DIRECTORY);
  const int parent = TRY(open_folder(name.folder));
  // linkat without AT_SYMLINK_FOLLOW links a symbolic link itself.
  if (folder && linkat(folder->get(), source.last.c_str(), parent, name.last.c_str(), 0) == 0) return {};
  const int err = folder ? errno : folder.error().err;
  if (err == ENOENT) return fail(cat("hard link to ", quoted(target), ", which the layer does not hold before it"));
  return fail_errno(err, cat("hard link to ", quoted(target)));
}

// A whiteout hides what lower layers hold, never what its own layer does (layer.md, "Whiteouts").
Result<> Extraction::make_whiteout(const Name& name) {
  const int parent = TRY(open_folder(name.folder));
  if (name.last == kOpaque) return mark_opaque(parent);
  if (name.last.starts_with(kBookkeeping)) return {};
  const std::string hidden = name.last.substr(kWhiteout.size());
  if (hidden.empty() || hidden == "." || hidden == "..") return fail("a whiteout of nothing");
  if (mknodat(parent, hidden.c_str(), S_IFCHR, makedev(0, 0)) == 0) return {};
  if (errno != EEXIST) return fail_errno(errno, "make whiteout");
  Fd own(openat(parent, hidden.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return own.is_open() ? mark_opaque(own.get()) : Result<>();
}

Result<> Extraction::mark_opaque(int folder) {
  Fd writable(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!writable.is_open()) return fail_errno(errno, "open directory");
  if (fsetxattr(writable.get(), "trusted.overlay.opaque", "y", 1, 0) == 0) return {};
  return fail_errno(errno, "set trusted.overlay.opaque", "the store must be on a file system with extended attributes");
}

// Last, and the innermost first: making files in a folder changes its time.
Result<> Extraction::apply_folder_times() {
  for (auto folder = times_.rbegin(); folder != times_.rend(); ++folder) {
    auto opened = open_beneath(root_, folder->path.empty() ? "." : folder->path, O_RDONLY | O_DIRECTORY);
    if (opened) TRY(apply_time(opened->get(), folder->time));
  }
  return {};
}

}  // namespace

Result<Extracted> extract_layer(Tar& tar, int root) {
  NoUmask no_umask;
  Extraction extraction(tar, root);
  TRY(extraction.run());
  return extraction.take_result();
}

}  // namespace images
