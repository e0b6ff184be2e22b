#include <doctest/doctest.h>
#include <unistd.h>

#include "base/text.h"
#include "cgroups/hierarchy.h"

namespace {

using cgroups::Driver;

std::string placed(Driver driver, const std::string& path) {
  auto location = cgroups::locate(driver, path, "web");
  return location ? location->path : location.error().text();
}

}  // namespace

TEST_CASE("location: cgroupfs") {
  CHECK(placed(Driver::cgroupfs, "/a/b") == "/a/b");
  CHECK(placed(Driver::cgroupfs, "//a/./b/") == "/a/b");
  CHECK(placed(Driver::cgroupfs, "/kubepods/podx:y/z") == "/kubepods/podx:y/z");
  CHECK(placed(Driver::cgroupfs, "/..") == "linux.cgroupsPath: '/..': '..' in a cgroup path");
  CHECK(placed(Driver::cgroupfs, "a/../b") == "linux.cgroupsPath: 'a/../b': '..' in a cgroup path");
  CHECK(placed(Driver::cgroupfs, "/") == "linux.cgroupsPath: '/': a container cannot have the top of the hierarchy");
  CHECK(placed(Driver::cgroupfs, "/a\nb") == "linux.cgroupsPath: '/a\\x0ab': a control character in a cgroup path");
  CHECK(placed(Driver::cgroupfs, "system.slice:x:y") ==
        "linux.cgroupsPath: 'system.slice:x:y': a 'slice:prefix:name' for the cgroupfs manager "
        "(hint: give --systemd-cgroup)");
  if (geteuid() != 0) return;
  CHECK(placed(Driver::cgroupfs, "a/b") == "/a/b");
  CHECK(placed(Driver::cgroupfs, "") == "/nacelle-web");
}

TEST_CASE("location: systemd") {
  CHECK(placed(Driver::systemd, "machine.slice:libpod:1234") == "/machine.slice/libpod-1234.scope");
  CHECK(placed(Driver::systemd, "kubepods-besteffort-pod1_2.slice:cri-containerd:9") ==
        "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1_2.slice/cri-containerd-9.scope");
  CHECK(placed(Driver::systemd, "-.slice::x") == "/x.scope");
  for (const char* bad : {"a", "a-.slice", "-a.slice", "a--b.slice", "a/b.slice", ".slice", "a.scope"})
    CHECK(placed(Driver::systemd, cat(bad, ":x:y")) ==
          cat("linux.cgroupsPath: '", bad, ":x:y': invalid slice name '", bad, "'"));
  CHECK(placed(Driver::systemd, "s.slice:x:a+b") ==
        "linux.cgroupsPath: 's.slice:x:a+b': invalid scope name 'x-a+b.scope'");
  CHECK(placed(Driver::systemd, "s.slice:x:") == "linux.cgroupsPath: 's.slice:x:': invalid scope name 'x-.scope'");
  CHECK(placed(Driver::systemd, "/a/b") ==
        "linux.cgroupsPath: '/a/b': not a 'slice:prefix:name', which the systemd manager needs "
        "(hint: leave out --systemd-cgroup for a plain path)");
  if (geteuid() != 0) return;
  CHECK(placed(Driver::systemd, "") == "/system.slice/nacelle-web.scope");
}

TEST_CASE("location: disabled has no place") {
  CHECK(placed(Driver::disabled, "/a").empty());
}

TEST_CASE("location: the path of a process, and of none") {
  CHECK(*cgroups::read_path_of(getpid()) == *cgroups::read_path_of(0));
  CHECK(!cgroups::read_path_of(-1));
}
