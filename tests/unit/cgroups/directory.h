// A directory of plain files that stands in for a cgroup's.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>

#include <cstdlib>
#include <string>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/path.h"
#include "base/text.h"

struct Directory {
  std::string path;
  Fd fd;

  explicit Directory(std::initializer_list<const char*> files) {
    char name[] = "/tmp/nacelle-unit-XXXXXX";
    path = mkdtemp(name);
    fd.reset(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (const char* file : files) write(file, "");
  }
  ~Directory() { (void)remove_tree(path); }

  void write(const char* file, const char* text) const { REQUIRE(replace_file(cat(path, "/", file), text)); }
  std::string text(const char* file) const { return read_file(cat(path, "/", file)).value_or("(none)"); }
};
