#include "runtime/kube/sandbox/huge_pages.h"

#include <sys/mount.h>

#include <cerrno>
#include <set>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/volume_source.h"

namespace kube {
namespace {

constexpr std::string_view kRequest = "hugepages-";

void add_sizes(const ResourceList& requests, std::set<int64_t>& sizes) {
  for (const auto& [name, amount] : requests)
    if (name.starts_with(kRequest))
      if (const auto size = parse_quantity(name.substr(kRequest.size()))) sizes.insert(whole_value(*size));
}

std::set<int64_t> requested_sizes(const PodSpec& spec) {
  std::set<int64_t> sizes;
  if (spec.resources) add_sizes(spec.resources->requests, sizes);
  for (const Container* container : all_containers(spec)) add_sizes(container->resources.requests, sizes);
  return sizes;
}

}  // namespace

Result<int64_t> huge_page_size(const PodSpec& spec, const std::string& medium) {
  std::set<int64_t> sizes = requested_sizes(spec);
  if (medium != kHugePages) {
    const int64_t own = whole_value(TRY(parse_quantity(medium.substr(kHugePagesOfSize.size()))));
    std::erase_if(sizes, [&](int64_t size) { return size != own; });
  }
  if (sizes.empty())
    return fail(
        cat("medium ", medium, ": hugePages storage requested, but there is no resource request for huge pages"));
  if (sizes.size() > 1)
    return fail(cat("medium: ", medium, " can't be used if container requests multiple huge page sizes"));
  return *sizes.begin();
}

Result<> mount_huge_pages(const std::string& path, int64_t page_size) {
  const std::string options = cat("mode=0777,pagesize=", page_size);
  if (mount("nodev", path.c_str(), "hugetlbfs", 0, options.c_str()) < 0)
    return fail_errno(errno, cat("mount a hugetlbfs on ", quoted(path)));
  return {};
}

}  // namespace kube
