// Of which pages a volume of huge pages is.
#include "runtime/kube/sandbox/huge_pages.h"

#include <doctest/doctest.h>

using namespace kube;

namespace {

Container asks_for(const std::vector<std::string>& resources) {
  Container container;
  for (const std::string& name : resources) container.resources.requests[name] = *parse_quantity("1Gi");
  return container;
}

std::string refusal_of_pages(const PodSpec& spec, const std::string& medium) {
  const Result<int64_t> size = huge_page_size(spec, medium);
  return size ? "" : size.error().text();
}

}  // namespace

TEST_CASE("huge pages: of the only size that is requested, by whichever container") {
  PodSpec spec;
  spec.containers = {asks_for({"cpu"}), asks_for({"cpu", "hugepages-2Mi"})};
  CHECK(huge_page_size(spec, "HugePages") == 2 << 20);
  spec.init_containers = {asks_for({"hugepages-2Mi"})};
  CHECK(huge_page_size(spec, "HugePages") == 2 << 20);
  spec.init_containers = {asks_for({"hugepages-1Gi"})};
  CHECK(refusal_of_pages(spec, "HugePages") ==
        "medium: HugePages can't be used if container requests multiple huge page sizes");
}

TEST_CASE("huge pages: a volume may name one size of several, if somebody requests it") {
  PodSpec spec;
  spec.containers = {asks_for({"hugepages-2Mi", "hugepages-1Gi"})};
  CHECK(huge_page_size(spec, "HugePages-2Mi") == 2 << 20);
  CHECK(huge_page_size(spec, "HugePages-1024Mi") == 1 << 30);
  CHECK(refusal_of_pages(spec, "HugePages-64Ki") ==
        "medium HugePages-64Ki: hugePages storage requested, but there is no resource request for huge pages");
}

TEST_CASE("huge pages: what the pod requests as a whole counts, too") {
  PodSpec spec;
  spec.containers = {asks_for({"cpu"})};
  CHECK(refusal_of_pages(spec, "HugePages") ==
        "medium HugePages: hugePages storage requested, but there is no resource request for huge pages");
  spec.resources = asks_for({"hugepages-1Gi"}).resources;
  CHECK(huge_page_size(spec, "HugePages") == 1 << 30);
}
