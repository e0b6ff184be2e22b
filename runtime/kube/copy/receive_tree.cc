// The half of a copy that writes.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "runtime/kube/copy/tree_stream.h"

namespace kube {
namespace {

// A folder that is being filled.
struct OpenFolder {
  Fd fd;
  std::string shown;
  Record record;         // as it was sent
  bool is_made = false;  // by us: its mode is not anybody else's matter
};

struct Receiver {
  int pipe;
  const Destination& destination;
  const ReceiveRules& rules;
  const Warn& warn;
  std::vector<OpenFolder> folders = {};
  bool has_warned_of_link = false, has_warned_of_owner = false, has_warned_of_mode = false;

  bool is_top() const { return folders.empty(); }
  int dir() const { return is_top() ? destination.dir.get() : folders.back().fd.get(); }
  // The top has the name that was asked for, whatever it was called.
  std::string name_of(const Record& record, const std::string& sent) const {
    if (!is_top()) return sent;
    return record.kind == RecordKind::folder ? destination.folder_name : destination.file_name;
  }
  std::string shown(const std::string& name) const { return is_top() ? name : cat(folders.back().shown, "/", name); }
};

bool is_name(std::string_view text) {
  return !text.empty() && text != "." && text != ".." && text.find('/') == text.npos && text.find('\0') == text.npos;
}

// Of each trouble once: every file may have it.
void warn_once(const Receiver& receiver, bool& has_warned, const std::string& line) {
  if (!std::exchange(has_warned, true)) receiver.warn(cat("warning: ", line));
}

void warn_of_owner(Receiver& receiver, const std::string& shown, int err) {
  warn_once(receiver, receiver.has_warned_of_owner,
            cat(quoted(shown), ": ", fail_errno(err, "cannot keep its owner").error().text()));
}

// Owner, then mode: the former takes set-user-id bits away.
void keep_attributes(Receiver& receiver, int fd, const Record& record, const std::string& shown) {
  struct stat info{};
  if (receiver.rules.keeps_owner && fstat(fd, &info) == 0 && (info.st_uid != record.uid || info.st_gid != record.gid) &&
      fchown(fd, record.uid, record.gid) < 0)
    warn_of_owner(receiver, shown, errno);
  mode_t mode = record.mode;
  if (!receiver.rules.keeps_owner) {
    const mode_t mask = umask(0);
    umask(mask);
    mode &= 0777 & ~mask;
  }
  if (fchmod(fd, mode) < 0)
    warn_once(receiver, receiver.has_warned_of_mode,
              cat(quoted(shown), ": ", fail_errno(errno, "cannot keep its mode").error().text()));
}

// Away with what has the name, unless it is a folder.
Result<> make_way(int dir, const std::string& name, const std::string& shown) {
  if (unlinkat(dir, name.c_str(), 0) < 0 && errno != ENOENT) return fail_errno(errno, cat("replace ", quoted(shown)));
  return {};
}

Result<Fd> make_file(const Receiver& receiver, const std::string& name, const std::string& shown) {
  int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY;
  const bool is_asked_for = receiver.rules.is_local && receiver.is_top();
  if (!is_asked_for) TRY(make_way(receiver.dir(), name, shown));
  flags |= is_asked_for ? O_TRUNC : O_EXCL | O_NOFOLLOW;
  Fd file(openat(receiver.dir(), name.c_str(), flags, receiver.rules.is_local ? 0666 : 0600));
  if (!file.is_open()) return fail_errno(errno, cat("make ", quoted(shown)));
  return file;
}

Result<> receive_file(Receiver& receiver, const Record& record, const std::string& name) {
  const std::string shown = receiver.shown(name);
  const Fd file = TRY(make_file(receiver, name, shown));
  std::string bytes;
  while (true) {
    const Record next = TRY(read_record(receiver.pipe, bytes));
    if (next.kind == RecordKind::close) break;
    if (next.kind != RecordKind::data) return fail("the copy's stream is broken");
    TRY_IN(cat("write ", quoted(shown)), write_all(file.get(), bytes));
  }
  if (!receiver.rules.is_local) keep_attributes(receiver, file.get(), record, shown);
  return {};
}

Result<> receive_link(Receiver& receiver, const Record& record, const std::string& name, const std::string& target) {
  const std::string shown = receiver.shown(name);
  if (receiver.rules.is_local) {
    // It may lead anywhere, and what follows through it.
    warn_once(receiver, receiver.has_warned_of_link, cat("skipping symlink: ", quoted(shown), " -> ", quoted(target)));
    return {};
  }
  TRY(make_way(receiver.dir(), name, shown));
  if (symlinkat(target.c_str(), receiver.dir(), name.c_str()) < 0)
    return fail_errno(errno, cat("make ", quoted(shown)));
  if (receiver.rules.keeps_owner &&
      fchownat(receiver.dir(), name.c_str(), record.uid, record.gid, AT_SYMLINK_NOFOLLOW) < 0)
    warn_of_owner(receiver, shown, errno);
  return {};
}

// Closed to others until it is full.
Result<> enter_folder(Receiver& receiver, const Record& record, const std::string& name) {
  if (receiver.folders.size() > kDeepestFolder) return fail("the copy's stream is broken");
  OpenFolder folder{{}, receiver.shown(name), record};
  folder.is_made = mkdirat(receiver.dir(), name.c_str(), receiver.rules.is_local ? 0755 : 0700) == 0;
  if (!folder.is_made && errno != EEXIST) return fail_errno(errno, cat("make ", quoted(folder.shown)));
  const bool is_asked_for = receiver.rules.is_local && receiver.is_top();
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (is_asked_for ? 0 : O_NOFOLLOW);
  folder.fd.reset(openat(receiver.dir(), name.c_str(), flags));
  if (!folder.fd.is_open()) return fail_errno(errno, cat("open ", quoted(folder.shown)));
  receiver.folders.push_back(std::move(folder));
  return {};
}

Result<> leave_folder(Receiver& receiver) {
  if (receiver.is_top()) return fail("the copy's stream is broken");
  const OpenFolder folder = std::move(receiver.folders.back());
  receiver.folders.pop_back();
  if (folder.is_made && !receiver.rules.is_local)
    keep_attributes(receiver, folder.fd.get(), folder.record, folder.shown);
  return {};
}

}  // namespace

Result<> receive_tree(int pipe, const Destination& destination, const ReceiveRules& rules, const Warn& warn) {
  Receiver receiver{pipe, destination, rules, warn};
  std::string bytes;
  while (true) {
    const Record record = TRY(read_record(pipe, bytes));
    if (record.kind == RecordKind::done) return {};
    if (record.kind == RecordKind::leave) {
      TRY(leave_folder(receiver));
      continue;
    }
    std::string target;
    if (const size_t zero = bytes.find('\0'); record.kind == RecordKind::link && zero != bytes.npos) {
      target = bytes.substr(zero + 1);
      bytes.resize(zero);
    }
    const std::string name = receiver.name_of(record, bytes);
    if (!receiver.is_top() && !is_name(name)) return fail(cat("what is sent has the name ", quoted(name)));
    switch (record.kind) {
      case RecordKind::folder: TRY(enter_folder(receiver, record, name)); break;
      case RecordKind::file: TRY(receive_file(receiver, record, name)); break;
      case RecordKind::link: TRY(receive_link(receiver, record, name, target)); break;
      default: return fail("the copy's stream is broken");
    }
  }
}

}  // namespace kube
