// The limits as the kernel takes them: where the hierarchy has the controllers, as in the test machine; passed over
// elsewhere.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/path.h"
#include "base/text.h"
#include "cgroups/cgroups.h"

namespace {

using cgroups::Cgroup;
using cgroups::Driver;
using cgroups::Location;
using cgroups::Resources;

struct Container {
  cgroups::Hierarchy hierarchy;
  Cgroup group;
  std::string path;

  std::string value(const char* file) const {
    auto text = cgroups::read_value(hierarchy, path, file);
    return text ? *text : text.error().text();
  }
  Result<> update(const Resources& resources) const {
    return cgroups::update(hierarchy, group.location(), TRY(cgroups::plan(hierarchy, resources)));
  }
};

// A cgroup two levels down with the limits; nothing where the machine lacks the controllers.
std::optional<Container> make(const Resources& resources) {
  auto hierarchy = cgroups::read_hierarchy();
  using Needed = cgroups::NeededController;
  std::vector<Needed> needed{{"memory", ""}, {"cpu", ""}, {"cpuset", ""}, {"pids", ""}, {"io", ""}};
  if (geteuid() != 0 || !hierarchy || !cgroups::check_controllers(*hierarchy, needed)) {
    MESSAGE("passed over: needs root and all controllers");
    return std::nullopt;
  }
  Location location{Driver::cgroupfs, cat("/nacelle-test-", getpid(), "/limits"), "", "", 0};
  auto planned = cgroups::plan(*hierarchy, resources);
  REQUIRE_MESSAGE(planned, planned.error().text());
  auto group = Cgroup::create(*hierarchy, location, *planned);
  REQUIRE_MESSAGE(group, group.error().text());
  auto applied = group->apply(*planned);
  REQUIRE_MESSAGE(applied, applied.error().text());
  return Container{*hierarchy, *std::move(group), location.path};
}

}  // namespace

TEST_CASE("limits: what was asked for is what the kernel has") {
  Resources resources;
  resources.memory = {.limit = 200 << 20, .reservation = 64 << 20, .swap = 300 << 20};
  resources.cpu = {.shares = 512, .quota = 50000, .period = 200000, .burst = 10000, .cpus = "0", .mems = "0"};
  resources.pids_limit = 42;
  resources.unified = {{"memory.high", "104857600"}, {"memory.oom.group", "1"}};
  auto container = make(resources);
  if (!container) return;
  CHECK(container->value("memory.max") == "209715200");
  CHECK(container->value("memory.swap.max") == "104857600");
  CHECK(container->value("memory.low") == "67108864");
  CHECK(container->value("memory.high") == "104857600");
  CHECK(container->value("memory.oom.group") == "1");
  CHECK(container->value("cpu.weight") == "59");
  CHECK(container->value("cpu.max") == "50000 200000");
  CHECK(container->value("cpu.max.burst") == "10000");
  CHECK(container->value("cpuset.cpus") == "0");
  CHECK(container->value("pids.max") == "42");
  auto limits = cgroups::read_limits(container->hierarchy, container->path);
  REQUIRE(limits);
  CHECK(limits->memory_max == 209715200u);
  CHECK(limits->cpu_quota == 50000u);
  CHECK(limits->cpu_period == 200000u);
  CHECK(limits->pids_max == 42u);
}

TEST_CASE("limits: without any, the accounting is there") {
  auto container = make({});
  if (!container) return;
  CHECK(container->value("memory.max") == "max");
  CHECK(container->value("pids.current") == "0");
  CHECK(cgroups::read_stat(container->hierarchy, container->path)->memory_current);
  CHECK(!path_exists(container->hierarchy.mount + container->path + "/cpuset.cpus"));
}

TEST_CASE("limits: an update changes what it names, and nothing else") {
  Resources resources;
  resources.memory.limit = 64 << 20;
  resources.cpu = {.quota = 50000, .burst = 40000};
  auto container = make(resources);
  if (!container) return;
  REQUIRE(container->update({.cpu = {.period = 50000}}));
  CHECK(container->value("cpu.max") == "50000 50000");
  CHECK(container->value("memory.max") == "67108864");
  REQUIRE(container->update({.cpu = {.quota = 20000, .burst = 10000}}));
  CHECK(container->value("cpu.max") == "20000 50000");
  CHECK(container->value("cpu.max.burst") == "10000");
  auto refused = container->update({.cpu = {.quota = 5000}});
  REQUIRE(!refused);
  CHECK(refused.error().text() ==
        "linux.resources.cpu.quota: write '5000 50000' to 'cpu.max': Invalid argument (hint: cpu.max.burst may be "
        "above the "
        "quota)");
  REQUIRE(container->update({.cpu = {.cpus = "0"}}));  // a controller that nobody needed so far
  CHECK(container->value("cpuset.cpus") == "0");
  REQUIRE(container->update({.memory = {.limit = -1}}));
  CHECK(container->value("memory.max") == "max");
}

TEST_CASE("limits: CPUs that the machine does not have are refused") {
  auto container = make({});
  if (!container) return;
  auto refused = container->update({.cpu = {.cpus = "0-900"}});
  REQUIRE(!refused);
  CHECK(refused.error().message == "linux.resources.cpu.cpus: write '0-900' to 'cpuset.cpus'");
  CHECK(refused.error().hint == "the machine, or the parent cgroup, does not have them all");
}

TEST_CASE("limits: CPUs that the parent does not have are refused, although the kernel takes them") {
  if (sysconf(_SC_NPROCESSORS_ONLN) < 2) return;
  auto container = make({.cpu = {.cpus = "0"}});
  if (!container) return;
  Resources resources{.cpu = {.cpus = "1"}};
  Location below{Driver::cgroupfs, container->path + "/below", "", "", 0};
  auto plan = *cgroups::plan(container->hierarchy, resources);
  auto group = Cgroup::create(container->hierarchy, below, plan);
  REQUIRE_MESSAGE(group, group.error().text());
  CHECK(group->apply(plan).error().text() ==
        "linux.resources.cpu.cpus: '1': the parent cgroup has none of them, only '0'");
}

TEST_CASE("limits: huge pages, in use and in reservation") {
  auto hierarchy = cgroups::read_hierarchy();
  Resources resources;
  resources.hugepages = {{"2MB", 4194304}};
  if (geteuid() != 0 || !hierarchy) return;
  auto plan = cgroups::plan(*hierarchy, resources);
  if (!plan) {
    MESSAGE("passed over: ", plan.error().text());
    return;
  }
  Location location{Driver::cgroupfs, cat("/nacelle-test-", getpid(), "-huge"), "", "", 0};
  auto group = Cgroup::create(*hierarchy, location, *plan);
  REQUIRE_MESSAGE(group, group.error().text());
  auto applied = group->apply(*plan);
  REQUIRE_MESSAGE(applied, applied.error().text());
  CHECK(*cgroups::read_value(*hierarchy, location.path, "hugetlb.2MB.max") == "4194304");
  CHECK(*cgroups::read_value(*hierarchy, location.path, "hugetlb.2MB.rsvd.max") == "4194304");
  resources.hugepages = {{"3MB", 1}};
  CHECK(cgroups::plan(*hierarchy, resources).error().text() ==
        "linux.resources.hugepageLimits[0].pageSize: the kernel has no huge pages of '3MB'");
}

TEST_CASE("limits: a block device that there is not is named") {
  auto container = make({});
  if (!container) return;
  auto refused = container->update({.io = {.read_bps = {{250, 77, 1024}}}});
  REQUIRE(!refused);
  CHECK(refused.error().text() ==
        "linux.resources.blockIO.throttleReadBpsDevice[0]: write '250:77 rbps=1024' to 'io.max': No such device "
        "(hint: there is no such block device)");
}

TEST_CASE("limits: a process over its memory is killed, and that is counted") {
  Resources resources;
  resources.memory = {.limit = 16 << 20, .swap = 16 << 20};
  auto container = make(resources);
  if (!container) return;
  pid_t pid = fork();
  if (pid == 0) {
    if (!cgroups::attach(container->hierarchy, container->path, getpid())) _exit(99);
    constexpr size_t kSize = 64 << 20;
    void* memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, kSize);
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
  auto events = cgroups::read_memory_events(container->hierarchy, container->path);
  REQUIRE(events);
  CHECK(events->oom_kill == 1);
}

TEST_CASE("limits: a level that processes live in hands no controllers down, and the error says so") {
  auto container = make({});
  if (!container) return;
  pid_t pid = fork();
  if (pid == 0) {
    pause();
    _exit(0);
  }
  REQUIRE(cgroups::attach(container->hierarchy, container->path, pid));
  Resources resources;
  resources.memory.limit = 1 << 20;
  Location below{Driver::cgroupfs, container->path + "/below", "", "", 0};
  auto plan = cgroups::plan(container->hierarchy, resources);
  auto refused = Cgroup::create(container->hierarchy, below, *plan);
  REQUIRE(!refused);
  std::string parent = container->hierarchy.mount + container->path;
  CHECK(refused.error().text() == cat("linux.resources.memory.limit: write '+cpu +io +memory +pids' to '", parent,
                                      "/cgroup.subtree_control': Device or resource busy (hint: processes live in '",
                                      parent, "', and such a cgroup hands no controllers down)"));
  CHECK(!path_exists(parent + "/below"));
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}
