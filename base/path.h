// Paths inside a root that somebody hostile may be changing: resolved by the kernel, held by descriptors.
#pragma once

#include <fcntl.h>
#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"

// Opens `path` as a process with its root at `root` would see it: ".." and absolute symlinks stay inside, magic links
// of procfs are refused (openat2, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS). EXDEV-free; retries EAGAIN races.
Result<Fd> open_in_root(int root, const std::string& path, int flags, mode_t mode = 0);

// Opens `path` below `dir`, following no symlink at all and never leaving it (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS).
Result<Fd> open_beneath(int dir, const std::string& path, int flags, mode_t mode = 0);

// Opens `path` below `dir`: symlinks and ".." may lead around inside, EXDEV when they lead out (RESOLVE_BENEATH |
// RESOLVE_NO_MAGICLINKS).
Result<Fd> open_within(int dir, const std::string& path, int flags);

// Makes the directory and its parents where they are missing, inside the root as open_in_root sees it, each by
// descriptor (CVE-2024-45310: a path that is checked and then used makes files on the host). Gives the last one,
// O_PATH.
Result<Fd> make_directories_in_root(int root, const std::string& path, mode_t mode = 0755);

// Makes the host's directory and its parents, as `mkdir -p` does.
Result<> make_directories(const std::string& path, mode_t mode = 0755);

// The names in the open directory (O_PATH will do), sorted, without "." and "..".
Result<std::vector<std::string>> list_directory(int dir);

// Removes the tree below `dir`/`name`, following no symlink and crossing no mount point (EBUSY for those).
// Nothing there is no error.
Result<> remove_tree_at(int dir, const std::string& name);
Result<> remove_tree(const std::string& path);

// Absolute, without symlinks or dots; fails when it does not exist.
Result<std::string> real_path(const std::string& path);

// Lexical: joins with one '/', an absolute right side wins.
std::string join_path(const std::string& left, const std::string& right);

// Lexical: an absolute path without empty parts, "." and "..": "/a//b/./c/../d" is "/a/b/d"; "/.." is "/".
std::string clean_path(std::string_view path);

// Where execvp(3) would find the program, in absolute directories of $PATH alone; empty when it is nowhere.
std::string find_program(std::string_view name);

// True when a file of that name can be seen (whatever its kind).
bool path_exists(const std::string& path);
