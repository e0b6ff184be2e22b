// On a real cgroup v2 hierarchy, as root; passed over where there is none. Only core files and the device program, so
// that no controller is needed.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>

#include "base/path.h"
#include "base/text.h"
#include "cgroups/bpf.h"
#include "cgroups/cgroups.h"
#include "cgroups/kill.h"

namespace {

using cgroups::Cgroup;
using cgroups::Driver;
using cgroups::Location;
using cgroups::Plan;

bool can_run(const Result<cgroups::Hierarchy>& hierarchy) {
  bool ready = geteuid() == 0 && hierarchy && access(hierarchy->mount.c_str(), W_OK) == 0;
  if (!ready) MESSAGE("passed over: needs root and a writable cgroup v2 hierarchy");
  return ready;
}

Location at(const std::string& name) {
  return {Driver::cgroupfs, cat("/nacelle-test-", getpid(), name), "", "", 0};
}

// A process in the cgroup; `body` runs in it, then it exits with what that gives.
template <class Body>
pid_t start_in(const cgroups::Hierarchy& hierarchy, const std::string& path, Body body) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  signal(SIGTERM, SIG_DFL);  // the test program catches it
  if (!cgroups::attach(hierarchy, path, getpid())) _exit(99);
  _exit(body());
}

int sleep_long() {
  sleep(60);
  return 0;
}

bool wait_for(const std::function<bool()>& condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    usleep(10000);
  }
  return false;
}

int exit_of(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("live: what is not committed is removed, with the parents made for it") {
  auto hierarchy = cgroups::read_hierarchy();
  if (!can_run(hierarchy)) return;
  Location location = at("/a/b");
  std::string top = hierarchy->mount + at("").path;
  {
    auto group = Cgroup::create(*hierarchy, location, {});
    REQUIRE(group);
    CHECK(group->directory() >= 0);
    CHECK(group->location().parents_made == 2);
    pid_t pid = start_in(*hierarchy, location.path, sleep_long);
    CHECK(wait_for([&] { return *cgroups::is_populated(*hierarchy, location.path); }));
    CHECK(Cgroup::create(*hierarchy, location, {}).error().text() ==
          cat("cgroup '", location.path, "' has processes already: Device or resource busy"));
    {
      auto moved = std::move(*group);
    }  // the new owner undoes it, the old one does nothing
    CHECK(exit_of(pid) == 128 + SIGKILL);
  }
  CHECK(!path_exists(top));
}

TEST_CASE("live: what is committed stays, until it is removed by its location, sub-cgroups and made parents too") {
  auto hierarchy = cgroups::read_hierarchy();
  if (!can_run(hierarchy)) return;
  Location location = at("/web");
  {
    auto group = Cgroup::create(*hierarchy, location, {});
    REQUIRE(group);
    location = group->location();
    group->commit();
  }
  REQUIRE(path_exists(hierarchy->mount + location.path));
  REQUIRE(make_directories(hierarchy->mount + location.path + "/x/y/z"));
  REQUIRE(make_directories(hierarchy->mount + location.path + "/x/w"));
  pid_t pid = start_in(*hierarchy, location.path + "/x/y/z", sleep_long);
  CHECK(wait_for([&] { return *cgroups::read_pids(*hierarchy, location.path) == std::vector{pid}; }));
  CHECK(*cgroups::read_path_of(pid) == location.path + "/x/y/z");
  CHECK(cgroups::kill(*hierarchy, location.path));
  CHECK(exit_of(pid) == 128 + SIGKILL);
  CHECK(*cgroups::wait_empty(*hierarchy, location.path, 5000));
  CHECK(cgroups::remove(*hierarchy, location));
  CHECK(!path_exists(hierarchy->mount + at("").path));
  CHECK(cgroups::remove(*hierarchy, location));  // again: nothing there is no error
  CHECK(cgroups::kill(*hierarchy, location.path));
  CHECK(cgroups::read_pids(*hierarchy, location.path)->empty());
}

TEST_CASE("live: a cgroup that is there and frozen is not taken") {
  auto hierarchy = cgroups::read_hierarchy();
  if (!can_run(hierarchy)) return;
  Location location = at("");
  auto first = Cgroup::create(*hierarchy, location, {});
  REQUIRE(first);
  CHECK(Cgroup::create(*hierarchy, location, {}));
  REQUIRE(cgroups::freeze(*hierarchy, location.path));
  CHECK(Cgroup::create(*hierarchy, location, {}).error().text() ==
        cat("cgroup '", location.path, "' is frozen: Device or resource busy"));
}

TEST_CASE("live: cgroups nested deeper than there are descriptors are removed") {
  auto hierarchy = cgroups::read_hierarchy();
  if (!can_run(hierarchy)) return;
  auto group = Cgroup::create(*hierarchy, at(""), {});
  REQUIRE(group);
  Fd place = *duplicate(group->directory());
  for (int depth = 0; depth < 300; ++depth) {
    REQUIRE(mkdirat(place.get(), "a-name-that-makes-the-path-long", 0755) == 0);
    place = Fd(openat(place.get(), "a-name-that-makes-the-path-long", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  place.reset();
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit few{64, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &few);
  CHECK(cgroups::read_pids(*hierarchy, group->location().path)->empty());
  CHECK(cgroups::remove(*hierarchy, group->location()));
  setrlimit(RLIMIT_NOFILE, &before);
  CHECK(!path_exists(hierarchy->mount + group->location().path));
}

TEST_CASE("live: a frozen process stands still, also when it is killed in that state") {
  auto hierarchy = cgroups::read_hierarchy();
  if (!can_run(hierarchy)) return;
  auto group = Cgroup::create(*hierarchy, at(""), {});
  REQUIRE(group);
  const std::string& path = group->location().path;
  int ready[2];
  REQUIRE(pipe2(ready, O_CLOEXEC) == 0);
  pid_t pid = start_in(*hierarchy, path, [&] {
    signal(SIGTERM, [](int) { _exit(7); });  // a handler, because what is fatal by default kills a frozen process too
    return write(ready[1], "x", 1) == 1 ? sleep_long() : 1;
  });
  char byte;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  close(ready[0]);
  close(ready[1]);
  CHECK(!*cgroups::is_frozen(*hierarchy, path));
  REQUIRE(cgroups::freeze(*hierarchy, path));
  CHECK(*cgroups::is_frozen(*hierarchy, path));
  REQUIRE(cgroups::send_signal(*hierarchy, path, SIGTERM));
  usleep(50000);
  CHECK(waitpid(pid, nullptr, WNOHANG) == 0);
  REQUIRE(cgroups::thaw(*hierarchy, path));
  CHECK(exit_of(pid) == 7);
  pid = start_in(*hierarchy, path, sleep_long);
  CHECK(wait_for([&] { return *cgroups::is_populated(*hierarchy, path); }));
  REQUIRE(cgroups::freeze(*hierarchy, path));
  CHECK(cgroups::kill(*hierarchy, path));
  CHECK(exit_of(pid) == 128 + SIGKILL);
}

TEST_CASE("live: without cgroup.kill, processes that fork all the time are killed, too") {
  auto hierarchy = cgroups::read_hierarchy();
  if (!can_run(hierarchy)) return;
  auto group = Cgroup::create(*hierarchy, at(""), {});
  REQUIRE(group);
  const std::string& path = group->location().path;
  pid_t pid = start_in(*hierarchy, path, [] {
    // Each process is soon replaced by its child: a list of them is old at once.
    for (int i = 0; i < 100000; ++i) {
      usleep(200);
      if (fork() != 0) _exit(0);
    }
    return 0;
  });
  CHECK(exit_of(pid) == 0);
  CHECK(*cgroups::is_populated(*hierarchy, path));
  REQUIRE(cgroups::kill_by_freezing(*hierarchy, path));
  CHECK(*cgroups::wait_empty(*hierarchy, path, 5000));
}

TEST_CASE("live: a delegated cgroup has its limits still owned by root") {
  auto hierarchy = cgroups::read_hierarchy();
  if (!can_run(hierarchy)) return;
  auto group = Cgroup::create(*hierarchy, at(""), {});
  REQUIRE(group);
  REQUIRE(group->delegate(12345));
  auto owner = [&](const char* file) {
    struct stat info{};
    REQUIRE(fstatat(group->directory(), file, &info, AT_EMPTY_PATH) == 0);
    return info.st_uid;
  };
  CHECK(owner("") == 12345);
  CHECK(owner("cgroup.procs") == 12345);
  CHECK(owner("cgroup.subtree_control") == 12345);
  CHECK(owner("cgroup.freeze") == 0);
  CHECK(owner("cgroup.max.depth") == 0);
}

TEST_CASE("live: a cgroup with a living process is not removed") {
  auto hierarchy = cgroups::read_hierarchy();
  if (!can_run(hierarchy)) return;
  auto group = Cgroup::create(*hierarchy, at(""), {});
  REQUIRE(group);
  const std::string& path = group->location().path;
  pid_t pid = start_in(*hierarchy, path, sleep_long);
  CHECK(wait_for([&] { return *cgroups::is_populated(*hierarchy, path); }));
  auto refused = cgroups::remove(*hierarchy, group->location());
  REQUIRE(!refused);
  CHECK(refused.error().text() ==
        cat("remove cgroup '", path, "': Device or resource busy (hint: processes live in it)"));
  CHECK(cgroups::kill(*hierarchy, path));
  exit_of(pid);
}

TEST_CASE("live: the kernel takes the device program and holds the container to it, before and after an update") {
  auto hierarchy = cgroups::read_hierarchy();
  if (!can_run(hierarchy)) return;
  cgroups::Resources resources;
  resources.devices = {{.allow = false}};
  for (const auto& rule : cgroups::default_device_rules()) resources.devices.push_back(rule);
  Plan plan = *cgroups::plan(*hierarchy, resources);
  auto loaded = cgroups::load_device_program(*plan.device_program);
  if (!loaded && (loaded.error().err == EPERM || loaded.error().err == ENOSYS)) {
    MESSAGE("passed over: no BPF here");
    return;
  }
  REQUIRE_MESSAGE(loaded, loaded.error().text());
  auto group = Cgroup::create(*hierarchy, at(""), plan);
  REQUIRE(group);
  REQUIRE(group->apply(plan));
  const std::string& path = group->location().path;
  auto opens = [&](const char* device) {
    return exit_of(start_in(*hierarchy, path, [device] { return open(device, O_RDONLY) < 0 ? errno : 0; }));
  };
  std::string disk = cat("/tmp/nacelle-test-", getpid());  // a node for a device that nobody has
  REQUIRE(mknod(disk.c_str(), S_IFBLK | 0600, makedev(259, 1048575)) == 0);
  CHECK(opens("/dev/null") == 0);
  CHECK(opens(disk.c_str()) == EPERM);

  resources.devices.push_back({.type = 'c', .major = 1, .minor = 3});
  REQUIRE(cgroups::update(*hierarchy, group->location(), *cgroups::plan(*hierarchy, resources)));
  CHECK(opens("/dev/null") == EPERM);
  CHECK(opens("/dev/zero") == 0);

  REQUIRE(cgroups::update(*hierarchy, group->location(), Plan{}));  // speaks of no devices: they stay as they are
  CHECK(opens("/dev/null") == EPERM);

  resources.devices = {{.allow = true}};
  REQUIRE(cgroups::update(*hierarchy, group->location(), *cgroups::plan(*hierarchy, resources)));
  CHECK(opens("/dev/null") == 0);
  CHECK(opens(disk.c_str()) != EPERM);
  unlink(disk.c_str());
}

TEST_CASE("live: a controller of v1 is named as such") {
  auto hierarchy = cgroups::read_hierarchy();
  if (!can_run(hierarchy)) return;
  auto controllers = *cgroups::read_controllers(*hierarchy);
  if (hierarchy->unified || std::ranges::find(controllers, "memory") != controllers.end()) return;
  cgroups::Resources resources;
  resources.memory.limit = 1 << 20;
  CHECK(cgroups::plan(*hierarchy, resources).error().text() ==
        cat("linux.resources.memory.limit: the memory controller is not in the cgroup v2 hierarchy at ",
            hierarchy->mount,
            " (hint: it is bound to cgroup v1, which is not supported; boot with "
            "cgroup_no_v1=memory)"));
}

TEST_CASE("live: disabled makes nothing, and refuses limits") {
  Location nowhere{Driver::disabled, "", "", "", 0};
  auto group = Cgroup::create({"/nowhere", true}, nowhere, {});
  REQUIRE(group);
  CHECK(group->directory() == -1);
  CHECK(group->adopt(getpid()));
  CHECK(group->apply({}));
  cgroups::Resources resources;
  resources.pids_limit = 5;
  CHECK(Cgroup::create({"/nowhere", true}, nowhere, *cgroups::plan(resources)).error().text() ==
        "linux.resources.pids.limit: asked for, but cgroups are disabled");
}
