#include "sandbox/images/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "sandbox/images/tar.h"

namespace images {

namespace {

constexpr int kMostLinks = 8;

// "./a/b", "/a/b", "x/../a/b" -> "a/b". Lexical: members have no file system to climb out of.
std::string normalised(std::string_view name) {
  std::vector<std::string> kept;
  for (auto& part : split(name, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..")
      kept.push_back(std::move(part));
    else if (!kept.empty())
      kept.pop_back();
  }
  return join(kept, "/");
}

// The member that a symbolic link means: docker-archive has "ID/layer.tar" -> "../OTHER/layer.tar".
std::string target_of(const std::string& link, std::string_view target) {
  if (target.starts_with('/')) return normalised(target);
  return normalised(cat(link.substr(0, link.find_last_of('/') + 1), target));
}

Result<> copy_data(Tar& tar, int file) {
  Tar::Piece piece;
  while (TRY(tar.read(piece))) {
    if (lseek(file, piece.offset, SEEK_SET) < 0) return fail_errno(errno, "seek");
    TRY(write_all(file, {static_cast<const char*>(piece.data), piece.size}));
  }
  return {};
}

}  // namespace

Result<Source> Source::open(const std::string& path, const std::string& work) {
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  struct stat what{};
  if (fstat(file.get(), &what) < 0) return fail_errno(errno, cat("stat ", quoted(path)));
  Source source;
  if (S_ISDIR(what.st_mode)) {
    source.folder_ = std::move(file);
    return source;
  }
  if (!S_ISREG(what.st_mode)) return fail(cat(quoted(path), " is neither a file nor a directory"));
  source.is_tar_ = true;
  source.folder_ = Fd(::open(work.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!source.folder_.is_open()) return fail_errno(errno, cat("open ", quoted(work)));
  TRY_IN(quoted(path), source.spool(file.get()));
  return source;
}

Result<> Source::spool(int archive) {
  auto tar = TRY(Tar::open(archive));
  while (archive_entry* entry = TRY(tar->next())) {
    const char* path = archive_entry_pathname(entry);
    if (path == nullptr) continue;
    const std::string member = normalised(path);
    const char* link = archive_entry_hardlink(entry);
    if (link != nullptr) {
      links_[member] = normalised(link);
    } else if (archive_entry_filetype(entry) == AE_IFLNK) {
      const char* target = archive_entry_symlink(entry);
      links_[member] = target_of(member, target != nullptr ? target : "");
    } else if (archive_entry_filetype(entry) == AE_IFREG) {
      const std::string name = cat(files_.size(), ".member");
      if (!files_.emplace(member, name).second) return fail(cat("member ", quoted(member), " is there twice"));
      Fd file(openat(folder_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
      if (!file.is_open()) return fail_errno(errno, "create spool file");
      TRY_IN(cat("member ", quoted(member)), copy_data(*tar, file.get()));
    }
  }
  return {};
}

bool Source::has(const std::string& member) const {
  return open_member(member).has_value();
}

Result<Fd> Source::open_member(const std::string& member) const {
  std::string name = normalised(member);
  if (is_tar_) {
    for (int i = 0; i < kMostLinks && links_.contains(name); i++) name = links_.at(name);
    auto found = files_.find(name);
    if (found == files_.end()) return fail_errno(ENOENT, quoted(member));
    Fd file(openat(folder_.get(), found->second.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!file.is_open()) return fail_errno(errno, quoted(member));
    return file;
  }
  Fd file = TRY(open_in_root(folder_.get(), name, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  struct stat what{};
  if (fstat(file.get(), &what) < 0) return fail_errno(errno, quoted(member));
  if (!S_ISREG(what.st_mode)) return fail(cat(quoted(member), " is not a regular file"));
  return file;
}

Result<std::string> Source::read(const std::string& member, size_t limit) const {
  Fd file = TRY(open_member(member));
  return TRY_IN(quoted(member), read_all(file.get(), limit));
}

}  // namespace images
