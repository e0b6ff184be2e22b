// Folders for what is not whole yet.
#pragma once

#include <string>
#include <vector>

#include "sandbox/images/store.h"

namespace images {

// Owns a folder below <root>/work and removes it with all that is in it.
class WorkFolder {
 public:
  explicit WorkFolder(std::string path) : path_(std::move(path)) {}
  WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder();

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A new empty one, mode 0700.
Result<WorkFolder> make_work_folder(const Store& store);

// The names in a folder, sorted, without "." and "..".
Result<std::vector<std::string>> list_folder(const std::string& path);

}  // namespace images
