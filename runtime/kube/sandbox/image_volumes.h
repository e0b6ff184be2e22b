// Volumes that show what is in an image.
#pragma once

#include <string>
#include <vector>

#include "runtime/kube/api/pod.h"
#include "runtime/kube/images/images.h"

namespace kube {

// Those that the container mounts.
std::vector<const Volume*> image_volumes_of(const PodSpec& spec, const Container& container);

// Mounts the image at <data_dir>/volumes/NAME, over the layers of the store; does nothing when it is there. The image
// cannot be removed until remove_image_volumes(). The containers' mounts are read-only.
Result<> make_image_volume(const images::Store& store, const std::string& data_dir, const std::string& name,
                           const images::Image& image, const images::RootfsView& view);

// Gives back all image volumes of the pod with this data folder.
Result<> remove_image_volumes(const images::Store& store, const std::string& data_dir);

}  // namespace kube
