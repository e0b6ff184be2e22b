// Starting another program (posix_spawn(3)), which need not know how we use signals.
#pragma once

#include <spawn.h>

#include <string>
#include <vector>

#include "base/pidfd.h"

// What the program begins with. Every signal is at its default and none is blocked; `actions` are for the caller to add
// to.
struct Spawn {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  Spawn();
  Spawn(const Spawn&) = delete;
  ~Spawn();

  // Starts the program at the path. "cannot be executed", with the reason.
  Result<Pidfd> run(const std::string& path, const std::vector<std::string>& arguments,
                    const std::vector<std::string>& environment) const;
};

// Where another program of ours is: beside the one that runs, in `folder`, or in PATH. Error: where it was looked for.
Result<std::string> find_sibling(const std::string& name, const std::string& folder);
