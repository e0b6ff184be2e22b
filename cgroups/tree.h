// Directories of the hierarchy: made with their controllers, walked, removed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "cgroups/hierarchy.h"

namespace cgroups {

struct MadeCgroup {
  Fd directory;
  std::vector<std::string> made;  // host paths of the directories that were missing, outermost first
};

// Makes the directory and its missing parents. One that is there already is taken.
Result<MadeCgroup> make_cgroup(const Hierarchy& hierarchy, const std::string& path);

// Sees to it that the cgroup has its controllers, by writing cgroup.subtree_control of those above it. Failing to get a
// `needed` one is an error; those of `wished` come along where they can be had.
Result<> hand_down(const Hierarchy& hierarchy, const std::string& path, const std::vector<NeededController>& needed,
                   const std::vector<std::string>& wished);

// Calls `visit` with the directory of `top` and of every cgroup below it, parents first. One that vanishes meanwhile is
// passed over. Needs few descriptors, however deep a container nests its cgroups.
Result<> walk(const Fd& top, const std::function<Result<>(int directory)>& visit);

// Removes every cgroup below `top`, but not itself, as far as they are empty of processes.
Result<> remove_children(const Fd& top);

}  // namespace cgroups
