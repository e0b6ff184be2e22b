#include "cgroups/plan.h"

#include <doctest/doctest.h>

#include <functional>

#include "base/text.h"

namespace {

using cgroups::Resources;
using Rule = cgroups::Write::Rule;

// The plan as lines "file=value", with what is special about a write behind it.
std::string shown(const Resources& resources) {
  auto made = cgroups::plan(resources);
  if (!made) return made.error().text();
  std::string out;
  for (const cgroups::Write& write : made->writes) {
    const char* mark = write.rule == Rule::if_present   ? " ?"
                       : write.rule == Rule::keep_quota ? " keep"
                       : write.rule == Rule::or_next    ? " |"
                                                        : "";
    out += cat(out.empty() ? "" : "; ", write.file, "=", write.value, mark);
  }
  return out;
}

std::string shown(const std::function<void(Resources&)>& set) {
  Resources resources;
  set(resources);
  return shown(resources);
}

constexpr int64_t kMiB = 1 << 20;

}  // namespace

TEST_CASE("plan: nothing asked, nothing done") {
  auto made = cgroups::plan(Resources{});
  REQUIRE(made);
  CHECK(made->writes.empty());
  CHECK(made->controllers.empty());
  CHECK(!made->device_program);
}

TEST_CASE("plan: memory") {
  CHECK(shown([](Resources& r) { r.memory.limit = 200 * kMiB; }) == "memory.max=209715200");
  CHECK(shown([](Resources& r) { r.memory.reservation = 64 * kMiB; }) == "memory.low=67108864");
  CHECK(shown([](Resources& r) { r.memory.reservation = -1; }) == "memory.low=0");
  CHECK(shown([](Resources& r) { r.memory = {.limit = 0, .reservation = 0, .swap = 0}; }) == "");
}

TEST_CASE("plan: swap is what is left of memory + swap, and is written first") {
  CHECK(shown([](Resources& r) { r.memory = {.limit = 100, .swap = 250}; }) == "memory.swap.max=150; memory.max=100");
  CHECK(shown([](Resources& r) { r.memory = {.limit = 100, .swap = 100}; }) == "memory.swap.max=0 ?; memory.max=100");
  CHECK(shown([](Resources& r) { r.memory = {.limit = 100, .swap = -1}; }) == "memory.swap.max=max ?; memory.max=100");
  CHECK(shown([](Resources& r) { r.memory = {.limit = -1}; }) == "memory.swap.max=max ?; memory.max=max");
  CHECK(shown([](Resources& r) { r.memory.swap = -1; }) == "memory.swap.max=max ?");
  CHECK(shown([](Resources& r) { r.memory.swap = 100; }) ==
        "linux.resources.memory.swap: a limit of memory + swap needs memory.limit");
  CHECK(shown([](Resources& r) { r.memory = {.limit = 100, .swap = 99}; }) ==
        "linux.resources.memory.swap: 99 is below memory.limit 100, but counts memory + swap");
}

TEST_CASE("plan: a limit that is to be checked against the usage is noted") {
  Resources resources;
  resources.memory = {.limit = 1000, .check_before_update = true};
  CHECK(cgroups::plan(resources)->refuse_usage_above == 1000u);
  resources.memory.limit = -1;
  CHECK(!cgroups::plan(resources)->refuse_usage_above);
}

TEST_CASE("plan: quota and period go in one write") {
  CHECK(shown([](Resources& r) { r.cpu = {.quota = 50000, .period = 200000}; }) == "cpu.max=50000 200000");
  CHECK(shown([](Resources& r) { r.cpu = {.quota = -1, .period = 200000}; }) == "cpu.max=max 200000");
  CHECK(shown([](Resources& r) { r.cpu = {.quota = 50000}; }) == "cpu.max=50000");
  CHECK(shown([](Resources& r) { r.cpu = {.period = 200000}; }) == "cpu.max=200000 keep");
  CHECK(shown([](Resources& r) { r.cpu = {.quota = 999}; }) ==
        "linux.resources.cpu.quota: 999 is below 1000 microseconds");
  for (uint64_t period : {999ul, 1000001ul})
    CHECK(shown([&](Resources& r) { r.cpu = {.period = period}; }) ==
          cat("linux.resources.cpu.period: ", period, " is not within 1000 to 1000000 microseconds"));
}

TEST_CASE("plan: burst is cleared before the quota changes and set behind it") {
  CHECK(shown([](Resources& r) { r.cpu = {.quota = 50000, .period = 100000, .burst = 20000}; }) ==
        "cpu.max.burst=0; cpu.max=50000 100000; cpu.max.burst=20000");
  CHECK(shown([](Resources& r) { r.cpu = {.quota = 50000, .burst = 0}; }) == "cpu.max.burst=0; cpu.max=50000");
  CHECK(shown([](Resources& r) { r.cpu = {.burst = 20000}; }) == "cpu.max.burst=20000");
  CHECK(shown([](Resources& r) { r.cpu = {.quota = 50000, .burst = 50001}; }) ==
        "linux.resources.cpu.burst: 50001 is above cpu.quota 50000");
}

TEST_CASE("plan: shares, idle and cpusets") {
  CHECK(shown([](Resources& r) { r.cpu.shares = 1024; }) == "cpu.weight=100");
  CHECK(shown([](Resources& r) { r.cpu.shares = 0; }) == "");
  CHECK(shown([](Resources& r) { r.cpu = {.shares = 512, .idle = 0}; }) == "cpu.idle=0; cpu.weight=59");
  CHECK(shown([](Resources& r) { r.cpu = {.shares = 512, .idle = 1}; }) == "cpu.idle=1");
  CHECK(shown([](Resources& r) { r.cpu = {.idle = 2}; }) == "linux.resources.cpu.idle: 2 is neither 0 nor 1");
  CHECK(shown([](Resources& r) { r.cpu = {.cpus = "0-3,7", .mems = "0"}; }) == "cpuset.cpus=0-3,7; cpuset.mems=0");
  for (const char* bad : {"a", "3-1", "1-2-3", "1,,2", "-1", "1 2", "0-3,", "8192"})
    CHECK(shown([&](Resources& r) { r.cpu.cpus = bad; }) ==
          cat("linux.resources.cpu.cpus: '", bad, "' is not a list as '0-3,7'"));
}

TEST_CASE("plan: pids") {
  CHECK(shown([](Resources& r) { r.pids_limit = 100; }) == "pids.max=100");
  CHECK(shown([](Resources& r) { r.pids_limit = -1; }) == "pids.max=max");
  CHECK(shown([](Resources& r) { r.pids_limit = 0; }) == "pids.max=1");
}

TEST_CASE("plan: a device has one line of io.max") {
  CHECK(shown([](Resources& r) {
          r.io.read_bps = {{8, 0, 1048576}, {8, 16, 2097152}};
          r.io.write_iops = {{8, 0, 120}};
          r.io.write_bps = {{8, 16, 0}};
        }) == "io.max=8:0 rbps=1048576 wiops=120; io.max=8:16 rbps=2097152 wbps=max");
  CHECK(shown([](Resources& r) { r.io.read_bps = {{-1, 0, 5}}; }) ==
        "linux.resources.blockIO.throttleReadBpsDevice[0]: invalid device number -1:0");
}

TEST_CASE("plan: io weights, for BFQ as they are, else on the scale of io.weight") {
  CHECK(shown([](Resources& r) { r.io.weight = 10; }) == "io.bfq.weight=10 |; io.weight=1");
  CHECK(shown([](Resources& r) { r.io.weight = 100; }) == "io.bfq.weight=100 |; io.weight=910");
  CHECK(shown([](Resources& r) { r.io.weight = 1000; }) == "io.bfq.weight=1000 |; io.weight=10000");
  CHECK(shown([](Resources& r) { r.io.weight = 0; }) == "");
  CHECK(shown([](Resources& r) { r.io.weight_device = {{8, 0, 500}}; }) ==
        "io.bfq.weight=8:0 500 |; io.weight=8:0 4950");
  CHECK(shown([](Resources& r) { r.io.weight = 9; }) == "linux.resources.blockIO.weight: 9 is not within 10 to 1000");
}

TEST_CASE("plan: huge pages are limited in use and in reservation") {
  CHECK(shown([](Resources& r) { r.hugepages = {{"2MB", 4194304}}; }) ==
        "hugetlb.2MB.max=4194304; hugetlb.2MB.rsvd.max=4194304 ?");
  for (const char* bad : {"", "2", "MB", "2M", "02MB", "2TB", "../2MB", "-2MB"})
    CHECK(shown([&](Resources& r) { r.hugepages = {{bad, 1}}; }) ==
          cat("linux.resources.hugepageLimits[0].pageSize: '", bad, "' is not a size as '2MB'"));
}

TEST_CASE("plan: rdma, a line a device") {
  CHECK(shown([](Resources& r) { r.rdma = {{"mlx5_0", {3, 10000}}, {"rxe3", {std::nullopt, 7}}}; }) ==
        "rdma.max=mlx5_0 hca_handle=3 hca_object=10000; rdma.max=rxe3 hca_object=7");
  CHECK(shown([](Resources& r) { r.rdma = {{"mlx5_0", {}}}; }) ==
        "linux.resources.rdma['mlx5_0']: neither hcaHandles nor hcaObjects");
  for (const char* bad : {"", "a b", "a\nb"})
    CHECK(shown([&](Resources& r) { r.rdma = {{bad, {1, 1}}}; }) ==
          cat("linux.resources.rdma[", quoted(bad), "]: not the name of a device"));
}

TEST_CASE("plan: unified files come last, unknown ones too, several lines as several writes") {
  CHECK(shown([](Resources& r) {
          r.memory.limit = 100;
          r.unified = {{"memory.high", "90\n"}, {"io.max", "8:0 rbps=1\n8:16 rbps=2"}, {"future.file", "x"}};
        }) == "memory.max=100; future.file=x; io.max=8:0 rbps=1; io.max=8:16 rbps=2; memory.high=90");
  for (const char* bad : {"memory", "../memory.max", ".hidden", "a/b.c"})
    CHECK(shown([&](Resources& r) { r.unified = {{bad, "1"}}; }) ==
          cat("linux.resources.unified['", bad, "']: not the name of a cgroup file as 'memory.high'"));
}

TEST_CASE("plan: the controllers that are needed, each with the first field that needs it") {
  Resources resources;
  resources.memory = {.limit = 100, .swap = 200};
  resources.cpu = {.quota = 50000, .cpus = "0"};
  resources.unified = {{"cgroup.max.depth", "3"}, {"memory.high", "5"}};
  using Needed = cgroups::NeededController;
  CHECK(cgroups::plan(resources)->controllers == std::vector<Needed>{{"memory", "linux.resources.memory.swap"},
                                                                     {"cpu", "linux.resources.cpu.quota"},
                                                                     {"cpuset", "linux.resources.cpu.cpus"}});
}

TEST_CASE("plan: device numbers out of range are refused, -1 is any") {
  Resources resources;
  resources.devices = {{.allow = true, .type = 'c', .major = 4294967296}};
  CHECK(shown(resources) == "linux.resources.devices[0].major: 4294967296 is not a device number");
  resources.devices = {{.allow = true, .type = 'c', .major = 1, .minor = -2}};
  CHECK(shown(resources) == "linux.resources.devices[0].minor: -2 is not a device number");
  resources.devices = {{.allow = true, .major = -1, .minor = -1}};
  CHECK(cgroups::plan(resources)->device_program->empty());
}
