#include "runtime/kube/state/user_ids.h"

#include <unistd.h>

#include <cerrno>
#include <functional>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/state/folder.h"

namespace kube {
namespace {

// In units of a range: what systemd, too, keeps for containers (UIDS-GIDS.md, 0x00080000 to 0x6FFFFFFF).
constexpr uint32_t kFirst = 0x8, kLast = 0x6fff, kCount = kLast - kFirst + 1;

std::string ids_dir(const Place& place) {
  return cat(place.root, "/user-ids");
}

std::string owner_of(const std::string& path) {
  char owner[256];
  const ssize_t size = readlink(path.c_str(), owner, sizeof owner);
  return size < 0 ? "" : std::string(owner, static_cast<size_t>(size));
}

}  // namespace

bool is_given_away(const std::string& subordinate_ids, uint32_t first) {
  for (const std::string& line : split(subordinate_ids, '\n')) {
    const auto words = split(line, ':');
    if (words.size() != 3) continue;
    const auto begin = parse_number<uint64_t>(words[1]), count = parse_number<uint64_t>(words[2]);
    if (begin && count && *begin < uint64_t{first} + kIdsOfPod && *begin + *count > first) return true;
  }
  return false;
}

Result<uint32_t> take_user_ids(const Place& place, const std::string& pod_uid) {
  const std::string dir = ids_dir(place);
  TRY(make_directories(dir, 0700));
  for (const std::string& name : TRY(list_names(dir)))
    if (owner_of(cat(dir, "/", name)) == pod_uid)
      if (const auto first = parse_number<uint32_t>(name)) return *first;
  const std::string given = cat(read_file("/etc/subuid").value_or(""), "\n", read_file("/etc/subgid").value_or(""));
  const auto start = static_cast<uint32_t>(std::hash<std::string>()(pod_uid) % kCount);
  for (uint32_t i = 0; i < kCount; i++) {
    const uint32_t first = (kFirst + (start + i) % kCount) * kIdsOfPod;
    if (is_given_away(given, first)) continue;
    if (symlink(pod_uid.c_str(), cat(dir, "/", first).c_str()) == 0) return first;
    if (errno != EEXIST) return fail_errno(errno, cat("record the user ids from ", first));
  }
  return fail("no user ids are left for a user namespace");
}

Result<> give_back_user_ids(const Place& place, const std::string& pod_uid) {
  const std::string dir = ids_dir(place);
  for (const std::string& name : TRY(list_names(dir))) {
    const std::string path = cat(dir, "/", name);
    if (owner_of(path) == pod_uid && unlink(path.c_str()) < 0 && errno != ENOENT)
      return fail_errno(errno, cat("give back the user ids from ", name));
  }
  return {};
}

}  // namespace kube
