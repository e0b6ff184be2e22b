// Volumes of huge pages: an emptyDir of medium HugePages or HugePages-SIZE.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// The size of the pages of a volume of this medium: its own, or else the only one of which containers of the pod
// request pages (kubelet, emptyDir). Pure.
Result<int64_t> huge_page_size(const PodSpec& spec, const std::string& medium);

// Mounts a hugetlbfs of pages of that size. What its files take is charged to the container that first touches them.
Result<> mount_huge_pages(const std::string& path, int64_t page_size);

}  // namespace kube
