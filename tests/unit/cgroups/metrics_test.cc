// The kernel's counts, on a directory of plain files with texts as a kernel gave them.
#include "cgroups/metrics.h"

#include "tests/unit/cgroups/directory.h"

TEST_CASE("metrics: pressure") {
  auto pressure = cgroups::parse_pressure(
      "some avg10=1.50 avg60=0.00 avg300=12.25 total=123456789\nfull avg10=0.00 avg60=0.07 avg300=100.00 total=5\n");
  CHECK(pressure.some.avg10 == 1.5);
  CHECK(pressure.some.avg300 == 12.25);
  CHECK(pressure.some.total_usec == 123456789);
  CHECK(pressure.full.avg60 == 0.07);
  CHECK(pressure.full.avg300 == 100);
  CHECK(pressure.full.total_usec == 5);
  CHECK(cgroups::parse_pressure("nonsense").some.total_usec == 0);
}

TEST_CASE("metrics: io.stat, also lines of devices that have not been used and of what nobody knows") {
  auto devices = cgroups::parse_io_stat(
      "254:1 rbytes=6901432320 wbytes=14245535744 rios=263278 wios=248603 dbytes=7 dios=2\n"
      "254:0 \n8:16\n8:0 rbytes=1 future=5\nmajor:minor rbytes=3\n");
  REQUIRE(devices.size() == 2);
  CHECK(devices[0].major == 254);
  CHECK(devices[0].minor == 1);
  CHECK(devices[0].write_bytes == 14245535744);
  CHECK(devices[0].reads == 263278);
  CHECK(devices[0].discards == 2);
  CHECK(devices[1].read_bytes == 1);
  CHECK(devices[1].writes == 0);
}

TEST_CASE("metrics: everything of a cgroup; without a file it is 0, max is no limit") {
  Directory directory({});
  directory.write("cpu.stat", "usage_usec 500\nuser_usec 300\nsystem_usec 200\nnr_periods 9\nnr_throttled 4\n");
  directory.write("cpuset.cpus.effective", "0-3\n");
  directory.write("memory.current", "4096\n");
  directory.write("memory.max", "max\n");
  directory.write("memory.swap.max", "0\n");
  directory.write("memory.stat", "anon 5\nfile 6\n");
  directory.write("memory.events", "low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\n");
  directory.write("pids.current", "2\n");
  directory.write("hugetlb.2MB.current", "0\n");
  directory.write("hugetlb.2MB.rsvd.current", "2097152\n");
  directory.write("hugetlb.2MB.max", "4194304\n");
  directory.write("hugetlb.2MB.events", "max 8\n");
  directory.write("rdma.current", "mlx5_0 hca_handle=2 hca_object=20 \nrxe1 hca_handle=0 hca_object=0 \n");
  directory.write("rdma.max", "rxe1 hca_handle=max hca_object=7 \nmlx5_0 hca_handle=3 hca_object=max \n");
  auto metrics = cgroups::read_metrics({directory.path, true}, "");
  REQUIRE_MESSAGE(metrics, metrics.error().text());
  CHECK(metrics->cpu_usage == 500);
  CHECK(metrics->cpu_system == 200);
  CHECK(metrics->throttled_periods == 4);
  CHECK(metrics->cpus == "0-3");
  CHECK(metrics->memory_current == 4096);
  CHECK(metrics->memory_max == cgroups::kNoLimit);
  CHECK(metrics->swap_max == 0);
  CHECK(metrics->memory_peak == 0);
  CHECK(metrics->memory_stat.at("file") == 6);
  CHECK(metrics->memory_events.max == 3);
  CHECK(metrics->pids_current == 2);
  CHECK(metrics->pids_max == 0);
  REQUIRE(metrics->hugepages.size() == 1);
  CHECK(metrics->hugepages[0].page_size == "2MB");
  CHECK(metrics->hugepages[0].reserved == 2097152);
  CHECK(metrics->hugepages[0].failures == 8);
  REQUIRE(metrics->rdma.size() == 2);
  CHECK(metrics->rdma[0].device == "mlx5_0");
  CHECK(metrics->rdma[0].objects == 20);
  CHECK(metrics->rdma[0].max_handles == 3);
  CHECK(metrics->rdma[0].max_objects == cgroups::kNoLimit);
  CHECK(metrics->rdma[1].max_objects == 7);
  CHECK(!metrics->cpu_pressure);
}
