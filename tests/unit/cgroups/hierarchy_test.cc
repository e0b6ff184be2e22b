#include "cgroups/hierarchy.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "cgroups/mountinfo.h"

namespace {

// A directory that says it has these controllers.
struct Mount {
  cgroups::Hierarchy hierarchy;
  explicit Mount(const char* controllers) {
    char name[] = "/tmp/nacelle-unit-XXXXXX";
    hierarchy.mount = mkdtemp(name);
    REQUIRE(replace_file(hierarchy.mount + "/cgroup.controllers", cat(controllers, "\n")));
  }
  ~Mount() { (void)remove_tree(hierarchy.mount); }
};

}  // namespace

TEST_CASE("hierarchy: cgroup2 is found among other mounts, wherever it is") {
  CHECK(
      cgroups::find_cgroup2_mount("24 30 0:22 / /sys rw,nosuid - sysfs sysfs rw\n"
                                  "33 32 0:28 / /sys/fs/cgroup/unified rw shared:10 master:2 - cgroup2 cgroup2 rw\n") ==
      "/sys/fs/cgroup/unified");
  CHECK(cgroups::find_cgroup2_mount("34 25 0:29 / /mnt/a\\040b\\134c rw - cgroup2 none rw") == "/mnt/a b\\c");
  CHECK(!cgroups::find_cgroup2_mount("34 25 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"));
  CHECK(!cgroups::find_cgroup2_mount(""));
}

TEST_CASE("hierarchy: a controller that is not there is named with the field that needs it and the mount") {
  Mount mount("cpuset cpu hugetlb");
  CHECK(*cgroups::read_controllers(mount.hierarchy) == std::vector<std::string>{"cpuset", "cpu", "hugetlb"});
  CHECK(cgroups::check_controllers(mount.hierarchy, {{"cpu", "linux.resources.cpu.quota"}}));
  auto refused = cgroups::check_controllers(
      mount.hierarchy, {{"cpu", "linux.resources.cpu.quota"}, {"memory", "linux.resources.memory.limit"}});
  REQUIRE(!refused);
  CHECK(refused.error().message ==
        cat("linux.resources.memory.limit: the memory controller is not in the cgroup v2 hierarchy at ",
            mount.hierarchy.mount));
}

TEST_CASE("hierarchy: no controllers at all is an empty list, and nothing needed reads nothing") {
  Mount mount("");
  CHECK(cgroups::read_controllers(mount.hierarchy)->empty());
  CHECK(cgroups::check_controllers({"/nowhere", true}, {}));
}

TEST_CASE("hierarchy: drivers have the names of the command line") {
  for (auto driver : {cgroups::Driver::cgroupfs, cgroups::Driver::systemd, cgroups::Driver::disabled})
    CHECK(cgroups::driver_named(cgroups::name_of(driver)) == driver);
  CHECK(!cgroups::driver_named("Systemd"));
}
