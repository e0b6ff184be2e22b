// A folder of a test's own, removed when it ends.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"

struct Scratch {
  std::string path;
  Fd fd;

  Scratch() {
    char name[] = "/var/tmp/nacelle-volume-XXXXXX";
    path = mkdtemp(name);
    fd.reset(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(fd.is_open());
  }
  Scratch(const Scratch&) = delete;
  ~Scratch() { (void)remove_tree(path); }

  std::string at(const std::string& name) const { return cat(path, "/", name); }
  void folder(const std::string& name, mode_t mode = 0755) const {
    REQUIRE(make_directories(at(name)));
    REQUIRE(chmod(at(name).c_str(), mode) == 0);
  }
  void file(const std::string& name, mode_t mode = 0644) const {
    REQUIRE(replace_file(at(name), "x"));
    REQUIRE(chmod(at(name).c_str(), mode) == 0);
  }
  void link(const std::string& name, const std::string& target) const {
    REQUIRE(symlink(target.c_str(), at(name).c_str()) == 0);
  }
  struct stat status(const std::string& name) const {
    struct stat status;
    REQUIRE(lstat(at(name).c_str(), &status) == 0);
    return status;
  }
  mode_t mode(const std::string& name) const { return status(name).st_mode & 07777; }
};
