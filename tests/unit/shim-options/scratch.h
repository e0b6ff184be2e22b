// A folder for one test.
#pragma once

#include <cstdlib>
#include <string>

#include "base/file.h"
#include "base/path.h"

struct Scratch {
  std::string path;
  Scratch() {
    char name[] = "/tmp/nacelle-unit-XXXXXX";
    path = mkdtemp(name);
  }
  ~Scratch() { (void)remove_tree(path); }
  Scratch(const Scratch&) = delete;

  // Writes a file in it and gives its path.
  std::string file(const std::string& name, std::string_view bytes) const {
    const std::string at = path + "/" + name;
    (void)replace_file(at, bytes);
    return at;
  }
};
