#include "cgroups/tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/directory.h"
#include "base/file.h"
#include "base/text.h"

namespace cgroups {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr int kMakeAttempts = 8;  // others may take an empty parent away between our two mkdirs

// The host paths of the cgroup's ancestors and itself, outermost first, without the mount: "/m/a", "/m/a/b".
std::vector<std::string> levels(const Hierarchy& hierarchy, const std::string& path) {
  std::vector<std::string> out;
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    out.push_back(hierarchy.mount + path.substr(0, end));
    if (end == std::string::npos) return out;
  }
}

std::vector<std::string> child_names(int directory) {
  std::vector<std::string> names;
  const Directory stream = read_directory(Fd(openat(directory, ".", kDirectory)));
  while (const dirent* entry = stream ? readdir(stream.get()) : nullptr) {
    if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      names.emplace_back(entry->d_name);
  }
  return names;
}

Result<std::vector<std::string>> read_words(const std::string& path) {
  std::string text = TRY(read_file(path));
  if (trimmed(text).empty()) return std::vector<std::string>{};
  return split(trimmed(text), ' ');
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

// Depth first over the cgroups below `top`, with one descriptor for the place and ".." for the way back: recursion
// would need a descriptor a level, and a container can nest its cgroups deeper than we may have descriptors.
Result<> descend(const Fd& top, const std::function<Result<>(int)>& enter,
                 const std::function<Result<>(int parent, const std::string& name)>& leave) {
  Fd place(openat(top.get(), ".", kDirectory));
  if (!place.is_open()) return {};
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> left{child_names(place.get())};
  for (;;) {
    if (left.back().empty()) {
      left.pop_back();
      if (left.empty()) return {};
      place = Fd(openat(place.get(), "..", kDirectory));
      if (!place.is_open()) return {};  // removed under us by somebody else
      TRY(leave(place.get(), names.back()));
      names.pop_back();
      continue;
    }
    std::string name = std::move(left.back().back());
    left.back().pop_back();
    Fd child(openat(place.get(), name.c_str(), kDirectory));
    if (!child.is_open()) continue;
    place = std::move(child);
    TRY(enter(place.get()));
    left.push_back(child_names(place.get()));
    names.push_back(std::move(name));
  }
}

bool is_refusal(int err) {
  return err == EACCES || err == EPERM || err == EROFS;
}

Error explained(Error error, const std::string& parent) {
  if (error.err == EBUSY)
    error.hint = cat("processes live in ", quoted(parent), ", and such a cgroup hands no controllers down");
  else if (error.err == ENOENT)
    error.hint = "the controller is not handed down to that level";
  return error;
}

// One level hands the controllers to its children. All in one write first; when the kernel refuses, one by one, so that
// a wished one that cannot be had takes no needed one with it. Not so where processes live in the parent (EBUSY): there
// the kernel would still give out cpu and pids, but make the parent a threaded domain and its children unusable.
Result<> enable_at(const std::string& parent, const std::vector<std::string>& names,
                   const std::vector<NeededController>& needed) {
  std::string file = cat(parent, "/cgroup.subtree_control");
  auto all = write_kernel_file_at(AT_FDCWD, file, cat("+", join(names, " +")));
  if (all) return {};
  for (const std::string& name : names) {
    auto wanted = std::ranges::find(needed, name, &NeededController::name);
    bool stop = all.error().err == EBUSY || is_refusal(all.error().err);
    auto written = stop ? all : write_kernel_file_at(AT_FDCWD, file, cat("+", name));
    if (written || wanted == needed.end()) continue;
    return std::unexpected(within(wanted->field, explained(std::move(written).error(), parent)));
  }
  return {};
}

}  // namespace

Result<MadeCgroup> make_cgroup(const Hierarchy& hierarchy, const std::string& path) {
  MadeCgroup out;
  std::string leaf = hierarchy.mount + path;
  auto make = [&](const std::string& at) {
    if (mkdir(at.c_str(), 0755) < 0) return errno;
    out.made.push_back(at);
    return 0;
  };
  int err = make(leaf);
  for (int attempt = 0; err == ENOENT && attempt < kMakeAttempts; ++attempt) {
    out.made.clear();
    for (const std::string& level : levels(hierarchy, path)) err = make(level);
  }
  if (err != 0 && err != EEXIST) return fail_errno(err, cat("make cgroup ", quoted(leaf)));
  out.directory = Fd(open(leaf.c_str(), kDirectory));
  if (!out.directory.is_open()) return fail_errno(errno, cat("open cgroup ", quoted(leaf)));
  return out;
}

Result<> hand_down(const Hierarchy& hierarchy, const std::string& path, const std::vector<NeededController>& needed,
                   const std::vector<std::string>& wished) {
  std::vector<std::string> missing = wished;
  for (const NeededController& one : needed) {
    if (!has(missing, one.name)) missing.push_back(one.name);
  }
  std::string leaf = hierarchy.mount + path;
  std::vector<std::string> there = TRY(read_words(cat(leaf, "/cgroup.controllers")));
  std::erase_if(missing, [&](const std::string& name) { return has(there, name); });
  if (missing.empty()) return {};
  std::vector<std::string> available = TRY(read_controllers(hierarchy));
  std::erase_if(missing, [&](const std::string& name) { return !has(available, name); });
  if (missing.empty()) return {};
  // In a delegated subtree the levels above are others', and what they hand down is there already.
  Result<> outcome;
  auto enable = [&](const std::string& level) {
    auto enabled = enable_at(level, missing, needed);
    if (enabled) return true;
    bool is_foreign = is_refusal(enabled.error().err);
    if (outcome || !is_foreign) outcome = std::move(enabled);
    return is_foreign;
  };
  bool go_on = enable(hierarchy.mount);
  for (const std::string& level : levels(hierarchy, path)) go_on = go_on && (level == leaf || enable(level));
  if (outcome || !go_on) return outcome;
  there = TRY(read_words(cat(leaf, "/cgroup.controllers")));
  bool complete =
      std::ranges::all_of(needed, [&](const NeededController& controller) { return has(there, controller.name); });
  return complete ? Result<>{} : outcome;
}

Result<> walk(const Fd& top, const std::function<Result<>(int)>& visit) {
  TRY(visit(top.get()));
  return descend(top, visit, [](int, const std::string&) { return Result<>(); });
}

Result<> remove_children(const Fd& top) {
  return descend(
      top, [](int) { return Result<>(); },
      [](int parent, const std::string& name) -> Result<> {
        if (unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
        return fail_errno(errno, cat("remove sub-cgroup ", quoted(name)));
      });
}

}  // namespace cgroups
