// subPath and subPathExpr: a place within a volume instead of the whole of it.
#pragma once

#include <string>
#include <vector>

#include "runtime/kube/sandbox/container_spec.h"

namespace kube {

bool has_sub_path(const VolumeMount& mount);

// The path of such a mount, $(VAR) expanded with the container's expanded env. Errors in the kubelet's words: a
// variable that is missing or empty, an absolute path, "..".
Result<std::string> sub_path_of(const VolumeMount& mount, const std::vector<EnvVar>& env);

// Where the sub path of the container's mount of this number is shown, below the container's folder.
std::string sub_path_place(const ContainerContext& context, size_t index);

// The container's sub paths, bound at their places: to be kept until the container has its own copies of the mounts.
class SubPaths {
 public:
  SubPaths() = default;
  SubPaths(SubPaths&& other) noexcept = default;
  SubPaths& operator=(SubPaths&&) = delete;
  ~SubPaths();

  void add(std::string place) { places_.push_back(std::move(place)); }

 private:
  std::vector<std::string> places_;
};

// Binds them. What is missing is made as directories, except in images. Errors: CreateContainerConfigError.
Result<SubPaths> make_sub_paths(const ContainerContext& context);

}  // namespace kube
