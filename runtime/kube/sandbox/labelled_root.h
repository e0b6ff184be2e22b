// What an image holds, as a tree that a container may see.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/kube/images/images.h"

namespace kube {

// images::prepare_rootfs(), with the view's label (SELinux) on every file: a mount has it as a whole; a copy, which is
// made where overlayfs cannot be mounted, is given it file by file.
Result<images::Rootfs> prepare_labelled_root(const images::Store& store, const images::Image& image,
                                             const std::string& dir, const images::RootfsView& view);

}  // namespace kube
