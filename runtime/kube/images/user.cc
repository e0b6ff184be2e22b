#include "runtime/kube/images/user.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"

namespace images {

namespace {

constexpr uint32_t kLargestId = 4294967294;  // the one above means "no change" to the kernel

std::optional<uint32_t> parse_id(std::string_view text) {
  auto id = parse_number<uint32_t>(text);
  if (id && *id > kLargestId) id.reset();
  return id;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The lines of a file like /etc/passwd, each split at its colons; no file, no lines.
Result<std::vector<std::vector<std::string>>> read_lines(const std::string& rootfs, const std::string& path) {
  auto text = read_file_in_rootfs(rootfs, path);
  if (!text && text.error().err == ENOENT) return std::vector<std::vector<std::string>>{};
  std::vector<std::vector<std::string>> lines;
  for (const auto& line : split(TRY(std::move(text)), '\n')) {
    const std::string_view content = trimmed(line);
    if (!content.empty() && content.front() != '#') lines.push_back(split(content, ':'));
  }
  return lines;
}

// name:password:uid:gid:comment:home:shell. A line with bad numbers is none.
Result<bool> find_user(const std::string& rootfs, const std::string& wanted, User& out) {
  const auto wanted_id = parse_id(wanted);
  for (const auto& line : TRY(read_lines(rootfs, "/etc/passwd"))) {
    if (line.size() < 4) continue;
    const auto uid = parse_id(line[2]), gid = parse_id(line[3]);
    if (!uid || !gid || (line[0] != wanted && uid != wanted_id)) continue;
    out.uid = *uid;
    out.gid = *gid;
    out.name = line[0];
    if (line.size() > 5 && line[5].starts_with('/')) out.home = line[5];
    return true;
  }
  return false;
}

// name:password:gid:member,member
Result<std::optional<uint32_t>> find_group(const std::string& rootfs, const std::string& wanted) {
  for (const auto& line : TRY(read_lines(rootfs, "/etc/group")))
    if (line.size() >= 3 && line[0] == wanted)
      if (const auto gid = parse_id(line[2])) return gid;
  return std::nullopt;
}

Result<std::vector<uint32_t>> groups_of(const std::string& rootfs, const std::string& name) {
  std::vector<uint32_t> groups;
  if (name.empty()) return groups;
  for (const auto& line : TRY(read_lines(rootfs, "/etc/group"))) {
    if (line.size() < 4) continue;
    const auto gid = parse_id(line[2]);
    const auto members = split(line[3], ',');
    if (gid && std::find(members.begin(), members.end(), name) != members.end()) groups.push_back(*gid);
  }
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

Result<> apply_group(const std::string& rootfs, const std::string& group, User& out) {
  if (is_number(group)) {
    const auto gid = parse_id(group);
    if (!gid) return fail(cat("group id ", group, " is larger than ", kLargestId));
    out.gid = *gid;
    return {};
  }
  const auto gid = TRY(find_group(rootfs, group));
  if (!gid) return fail(cat("no group ", quoted(group), " in the image's /etc/group"));
  out.gid = *gid;
  return {};
}

}  // namespace

Result<User> resolve_user(const std::string& rootfs, const std::string& user) {
  const size_t colon = user.find(':');
  const std::string name = user.substr(0, colon);
  const std::string group = colon == std::string::npos ? "" : user.substr(colon + 1);
  User out;
  out.home = "/";
  const std::string wanted = name.empty() ? "0" : name;
  const bool is_known = TRY_IN(cat("user ", quoted(user)), find_user(rootfs, wanted, out));
  if (!is_known) {
    const auto uid = parse_id(wanted);
    if (!uid && is_number(wanted)) return fail(cat("user id ", wanted, " is larger than ", kLargestId));
    if (!uid) return fail(cat("user ", quoted(user), ": no user ", quoted(wanted), " in the image's /etc/passwd"));
    out.uid = *uid;
  }
  if (!group.empty())
    TRY_IN(cat("user ", quoted(user)), apply_group(rootfs, group, out));
  else
    out.groups = TRY_IN(cat("user ", quoted(user)), groups_of(rootfs, out.name));
  std::erase(out.groups, out.gid);
  return out;
}

Result<std::vector<uint32_t>> read_groups_of(const std::string& rootfs, uint32_t uid) {
  User user;
  if (!TRY(find_user(rootfs, cat(uid), user))) return std::vector<uint32_t>{};
  return groups_of(rootfs, user.name);
}

Result<std::string> read_file_in_rootfs(const std::string& rootfs, const std::string& path, size_t limit) {
  Fd root(open(rootfs.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open()) return fail_errno(errno, cat("open ", quoted(rootfs)));
  Fd file = TRY(open_in_root(root.get(), path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  struct stat what{};
  if (fstat(file.get(), &what) < 0) return fail_errno(errno, cat("stat ", quoted(path)));
  if (!S_ISREG(what.st_mode)) return fail(cat(quoted(path), " in the image is not a regular file"));
  return TRY_IN(quoted(path), read_all(file.get(), limit));
}

}  // namespace images
