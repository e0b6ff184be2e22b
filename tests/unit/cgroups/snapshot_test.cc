// Files put back as they were, on a directory of plain files: the last write into one is what stands in it.
#include "cgroups/snapshot.h"

#include <doctest/doctest.h>

#include "cgroups/reclaim.h"
#include "tests/unit/cgroups/directory.h"

namespace {

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("snapshot: what changed is put back, and what did not is not written") {
  Directory directory({"memory.max", "pids.max"});
  directory.write("memory.max", "max\n");
  directory.write("pids.max", "12\n");
  const std::string files[] = {"memory.max", "pids.max", "memory.max", "nonesuch"};
  auto snapshot = cgroups::take_snapshot(directory.fd.get(), files);
  CHECK(snapshot.size() == 2);
  directory.write("memory.max", "5\n");
  CHECK(cgroups::put_back(directory.fd.get(), snapshot));
  CHECK(directory.text("memory.max") == "max");
  CHECK(directory.text("pids.max") == "12\n");
}

TEST_CASE("snapshot: a single value, an empty list, several lines") {
  CHECK(cgroups::writes_between({"cpu.max", "50000 100000\n"}, "max 100000\n") == Lines{"max 100000"});
  CHECK(cgroups::writes_between({"cpu.max", "max 100000\n"}, "max 100000\n").empty());
  CHECK(cgroups::writes_between({"cpuset.cpus", "0-1\n"}, "\n") == Lines{"\n"});
  CHECK(cgroups::writes_between({"cpuset.cpus", "\n"}, "0-1\n") == Lines{"0-1"});
  CHECK(cgroups::writes_between({"rdma.max", "a hca_handle=2 hca_object=max\nb hca_handle=max hca_object=max\n"},
                                "a hca_handle=max hca_object=max\nb hca_handle=max hca_object=max\n") ==
        Lines{"a hca_handle=max hca_object=max"});
}

TEST_CASE("snapshot: a device that was not listed loses its limits") {
  CHECK(cgroups::writes_between({"io.max", "8:0 rbps=5 wbps=max riops=max wiops=max\n"}, "") ==
        Lines{"8:0 rbps=max wbps=max riops=max wiops=max"});
  CHECK(cgroups::writes_between({"io.max", "8:0 rbps=5 wbps=max riops=max wiops=max\n"},
                                "8:0 rbps=9 wbps=max riops=max wiops=max\n") ==
        Lines{"8:0 rbps=9 wbps=max riops=max wiops=max"});
  CHECK(cgroups::writes_between({"io.weight", "default 910\n8:0 20\n"}, "default 100\n") ==
        Lines{"8:0 default", "default 100"});
}

TEST_CASE("reclaim: nothing is asked of the kernel when the usage is below the limit, and it ends when nothing helps") {
  Directory directory({"memory.reclaim"});
  directory.write("memory.current", "4096\n");
  CHECK(*cgroups::reclaim_down_to(directory.fd.get(), 4096) == 4096);
  CHECK(directory.text("memory.reclaim").empty());
  CHECK(*cgroups::reclaim_down_to(directory.fd.get(), 4000) == 4096);
  CHECK(directory.text("memory.reclaim") == "96");
}

TEST_CASE("reclaim: without memory.reclaim by memory.high, which is put back") {
  Directory directory({});
  directory.write("memory.current", "4096\n");
  directory.write("memory.high", "9000\n");
  CHECK(*cgroups::reclaim_down_to(directory.fd.get(), 1000) == 4096);
  CHECK(directory.text("memory.high").starts_with("9000"));
}
