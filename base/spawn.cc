#include "base/spawn.h"

#include <csignal>

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
  return open_pidfd(pid);
}
