// What an image holds, as a tree that a container may see.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "runtime/kube/images/images.h"

namespace kube {

// images::prepare_rootfs(), with the view's label (SELinux) on every file: a mount has it as a whole; a copy, which is
// made where overlayfs cannot be mounted, is given it file by file.
Result<images::Rootfs> prepare_labelled_root(const images::Store& store, const images::Image& image,
                                             const std::string& dir, const images::RootfsView& view);

// Notes how much of the disk a new root in `dir` takes, unless it is an overlay.
Result<> note_copied_bytes(const std::string& dir, const std::string& rootfs);

// The bytes of the disk that a root in `dir` took when it was made: what it takes beside them a container has written.
// Nothing when it is no copy: that has written into `dir`/upper.
std::optional<uint64_t> read_copied_bytes(const std::string& dir);

}  // namespace kube
