#include "runtime/kube/sandbox/volume_labels.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/text.h"
#include "sandbox/volumes/walk.h"

namespace kube {
namespace {

constexpr const char* kLabel = "security.selinux";

bool has_label(const char* path, const std::string& label) {
  char now[4096];
  const ssize_t size = lgetxattr(path, kLabel, now, sizeof now);
  return size > 0 && std::string_view(now, strnlen(now, static_cast<size_t>(size))) == label;
}

// What is right already is not written again: that would cost a write to the disk for each file.
Result<> set_label(int folder, const std::string& name, const std::string& label) {
  // The last part is a name, so nothing but the entry itself is meant, whatever it has become.
  const std::string path = cat("/proc/self/fd/", folder, "/", name);
  if (has_label(path.c_str(), label)) return {};
  if (lsetxattr(path.c_str(), kLabel, label.c_str(), label.size() + 1, 0) == 0) return {};
  if (errno == ENOTSUP || errno == ENOENT) return {};
  return fail_errno(errno, cat("label ", quoted(name), " ", label));
}

}  // namespace

Result<> label_tree(const std::string& path, const std::string& label) {
  if (label.empty()) return {};
  const size_t slash = path.rfind('/');
  Fd parent(open(path.substr(0, slash + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.is_open()) return fail_errno(errno, cat("open the folder of ", quoted(path)));
  const std::string name = path.substr(slash + 1);
  TRY(set_label(parent.get(), name, label));
  const Fd root(openat(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!root.is_open()) return {};  // a file
  TRY_IN(quoted(path), volumes::walk_tree(root.get(), [&](const volumes::Entry& entry) {
           return set_label(entry.dir, entry.name, label);
         }));
  return {};
}

}  // namespace kube
