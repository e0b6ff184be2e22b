// The half of a copy that reads.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>

#include "base/directory.h"
#include "base/text.h"
#include "runtime/kube/copy/tree_stream.h"

namespace kube {
namespace {

struct Sender {
  int pipe;
  const Warn& warn;
  bool is_complete = true;
  std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(kRecordLimit);  // of the file under way
};

// An entry under way: what is read is what the descriptor is of, whatever has its name by now.
struct SourceEntry {
  Fd fd;  // O_PATH
  struct stat info;
  const std::string& name;
  const std::string& shown;

  Record record(RecordKind kind) const { return {kind, info.st_mode & 07777, info.st_uid, info.st_gid}; }
};

void pass_over(Sender& sender, const std::string& shown, int err) {
  sender.warn(cat("warning: ", quoted(shown), ": ", fail_errno(err, "cannot be read").error().text()));
  sender.is_complete = false;
}

// Opens it once more, to read. Not by its name, which may be a pipe's or a device's now.
Fd reopen(const SourceEntry& entry, int flags) {
  return Fd(open(cat("/proc/self/fd/", entry.fd.get()).c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | flags));
}

std::string_view kind_of(mode_t mode) {
  if (S_ISFIFO(mode)) return "pipe";
  return S_ISSOCK(mode) ? "socket" : "device";
}

// As long as it was when it was opened: one that is written to without end must not be copied without end.
Result<> send_file(Sender& sender, const SourceEntry& entry) {
  const Fd file = reopen(entry, 0);
  if (!file.is_open()) return pass_over(sender, entry.shown, errno), Result<>();
  TRY(write_record(sender.pipe, entry.record(RecordKind::file), entry.name));
  off_t left = entry.info.st_size;
  while (left > 0) {
    const ssize_t got = read(file.get(), sender.bytes.get(), std::min<size_t>(kRecordLimit, static_cast<size_t>(left)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) pass_over(sender, entry.shown, errno);
    if (got <= 0) break;
    TRY(write_record(sender.pipe, {RecordKind::data}, {sender.bytes.get(), static_cast<size_t>(got)}));
    left -= got;
  }
  struct stat now{};
  if (fstat(file.get(), &now) < 0 || now.st_size != entry.info.st_size ||
      now.st_mtim.tv_sec != entry.info.st_mtim.tv_sec || now.st_mtim.tv_nsec != entry.info.st_mtim.tv_nsec)
    sender.warn(cat("warning: ", quoted(entry.shown), ": file changed as we read it"));
  return write_record(sender.pipe, {RecordKind::close});
}

Result<> send_link(Sender& sender, const SourceEntry& entry) {
  char target[PATH_MAX];
  const ssize_t size = readlinkat(entry.fd.get(), "", target, sizeof target);
  if (size < 0) return pass_over(sender, entry.shown, errno), Result<>();
  return write_record(sender.pipe, entry.record(RecordKind::link),
                      cat(entry.name, '\0', std::string_view(target, static_cast<size_t>(size))));
}

Result<> send_entry(Sender& sender, Fd fd, const std::string& name, const std::string& shown, size_t depth);

// One name after the other: a folder may have more of them than there is memory for.
Result<> send_folder(Sender& sender, const SourceEntry& entry, size_t depth) {
  if (depth >= kDeepestFolder) return fail(cat(quoted(entry.shown), ": folders are nested too deep"));
  const Directory dir = read_directory(reopen(entry, O_DIRECTORY));
  if (!dir) return pass_over(sender, entry.shown, errno), Result<>();
  TRY(write_record(sender.pipe, entry.record(RecordKind::folder), entry.name));
  for (errno = 0; const dirent* found = readdir(dir.get()); errno = 0) {
    const std::string name = found->d_name;
    if (name == "." || name == "..") continue;
    const std::string shown = cat(entry.shown, "/", name);
    Fd next(openat(dirfd(dir.get()), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (next.is_open())
      TRY(send_entry(sender, std::move(next), name, shown, depth + 1));
    else
      pass_over(sender, shown, errno);
  }
  if (errno != 0) pass_over(sender, entry.shown, errno);  // readdir(3): else it was the last
  return write_record(sender.pipe, {RecordKind::leave});
}

Result<> send_entry(Sender& sender, Fd fd, const std::string& name, const std::string& shown, size_t depth) {
  SourceEntry entry{std::move(fd), {}, name, shown};
  if (fstat(entry.fd.get(), &entry.info) < 0) return pass_over(sender, shown, errno), Result<>();
  const mode_t mode = entry.info.st_mode;
  if (S_ISDIR(mode)) return send_folder(sender, entry, depth);
  if (S_ISREG(mode)) return send_file(sender, entry);
  if (S_ISLNK(mode)) return send_link(sender, entry);
  sender.warn(cat("warning: skipping ", kind_of(mode), ": ", quoted(shown)));
  return {};
}

}  // namespace

Result<bool> send_tree(int pipe, Fd entry, const std::string& name, const std::string& shown, const Warn& warn) {
  Sender sender{pipe, warn};
  TRY(send_entry(sender, std::move(entry), name, shown, 0));
  TRY(write_record(pipe, {RecordKind::done}));
  return sender.is_complete;
}

}  // namespace kube
