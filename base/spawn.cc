#include "base/spawn.h"

#include <linux/limits.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/path.h"
#include "base/text.h"

namespace {

std::vector<char*> pointers(const std::vector<std::string>& list) {
  std::vector<char*> out;
  out.reserve(list.size() + 1);
  for (const auto& item : list) out.push_back(const_cast<char*>(item.c_str()));
  out.push_back(nullptr);
  return out;
}

}  // namespace

Spawn::Spawn() {
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  sigset_t set;
  sigfillset(&set);
  posix_spawnattr_setsigdefault(&attributes, &set);
  sigemptyset(&set);
  posix_spawnattr_setsigmask(&attributes, &set);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

Spawn::~Spawn() {
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
}

Result<Pidfd> Spawn::run(const std::string& path, const std::vector<std::string>& arguments,
                         const std::vector<std::string>& environment) const {
  auto words = pointers(arguments), variables = pointers(environment);
  pid_t pid = -1;
  const int err = posix_spawn(&pid, path.c_str(), &actions, &attributes, words.data(), variables.data());
  if (err != 0) return fail_errno(err, "cannot be executed");
  return open_child(pid);
}

Result<std::string> find_sibling(const std::string& name, const std::string& folder) {
  // Not by realpath(3): who has been replaced by a newer version since it was started is "/usr/bin/nacelle (deleted)".
  char own[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", own, sizeof own);
  if (size < 0) return fail_errno(errno, "read '/proc/self/exe'");
  const std::string_view self(own, static_cast<size_t>(size));
  const std::string beside(self.substr(0, self.rfind('/')));
  for (const std::string& place : {beside, folder})
    if (std::string path = join_path(place, name); path_exists(path)) return path;
  if (std::string path = find_program(name); !path.empty()) return path;
  return fail_errno(ENOENT, cat("run ", quoted(name)), cat("it is looked for in ", beside, ", ", folder, " and PATH"));
}
