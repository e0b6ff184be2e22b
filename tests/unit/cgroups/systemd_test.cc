// Scopes of a running systemd, as in the test machine with systemd as init; passed over elsewhere.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/path.h"
#include "base/text.h"
#include "cgroups/cgroups.h"

namespace {

using cgroups::Cgroup;
using cgroups::Driver;

bool can_run() {
  bool ready = geteuid() == 0 && path_exists("/run/systemd/system") && cgroups::read_hierarchy();
  if (!ready) MESSAGE("passed over: needs root and a running systemd");
  return ready;
}

// A process that waits, and does not outlive the test.
struct Sleeper {
  pid_t pid = fork();
  Sleeper() {
    if (pid != 0) return;
    signal(SIGTERM, SIG_DFL);
    pause();
    _exit(0);
  }
  ~Sleeper() { end(); }
  void end() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    pid = 0;
  }
};

cgroups::Location place(const char* name) {
  return *cgroups::locate(Driver::systemd, cat("nacelle-test.slice:nacelle:", name, "-", getpid()), "x");
}

std::string show(const cgroups::Location& location, const char* property) {
  std::string command = cat("systemctl show --value -p ", property, " ", location.scope);
  FILE* pipe = popen(command.c_str(), "re");
  char text[256] = "";
  (void)!fgets(text, sizeof text, pipe);
  pclose(pipe);
  return std::string(trimmed(text));
}

}  // namespace

TEST_CASE("systemd: a scope holds the process under its limits, on disk and in systemd, also after a daemon-reload") {
  if (!can_run()) return;
  auto hierarchy = *cgroups::read_hierarchy();
  cgroups::Resources resources;
  resources.memory = {.limit = 200 << 20};
  resources.cpu = {.shares = 512, .quota = 50000, .period = 100000};
  resources.pids_limit = 42;
  resources.devices = {{.allow = false}, {.allow = true, .type = 'c', .major = 1, .minor = 3}};
  auto plan = *cgroups::plan(hierarchy, resources);
  Sleeper sleeper;
  auto group = Cgroup::create(hierarchy, place("limits"), plan);
  REQUIRE(group);
  CHECK(group->directory() == -1);
  auto adopted = group->adopt(sleeper.pid);
  REQUIRE_MESSAGE(adopted, adopted.error().text());
  const cgroups::Location location = group->location();
  CHECK(location.path == place("limits").path);
  CHECK(*cgroups::read_path_of(sleeper.pid) == location.path);
  auto applied = group->apply(plan);
  REQUIRE_MESSAGE(applied, applied.error().text());
  auto check_limits = [&](const char* memory) {
    auto limits = *cgroups::read_limits(hierarchy, location.path);
    CHECK(cat(*limits.memory_max) == memory);
    CHECK(limits.cpu_quota == 50000u);
    CHECK(limits.cpu_weight == 59u);
    CHECK(limits.pids_max == 42u);
  };
  check_limits("209715200");
  CHECK(show(location, "MemoryMax") == "209715200");
  CHECK(show(location, "TasksMax") == "42");
  CHECK(show(location, "Slice") == "nacelle-test.slice");
  CHECK(show(location, "Delegate") == "yes");
  group->commit();

  cgroups::Resources more;
  more.memory.limit = 300 << 20;
  auto updated = cgroups::update(hierarchy, location, *cgroups::plan(hierarchy, more));
  REQUIRE_MESSAGE(updated, updated.error().text());
  CHECK(show(location, "MemoryMax") == "314572800");
  REQUIRE(system("systemctl daemon-reload") == 0);
  check_limits("314572800");

  REQUIRE(cgroups::kill(hierarchy, location.path));
  sleeper.end();
  REQUIRE(cgroups::wait_empty(hierarchy, location.path, 5000));
  auto removed = cgroups::remove(hierarchy, location);
  REQUIRE_MESSAGE(removed, removed.error().text());
  CHECK(!path_exists(hierarchy.mount + location.path));
  CHECK(show(location, "ActiveState") == "inactive");
  CHECK(cgroups::remove(hierarchy, location));
}

TEST_CASE("systemd: what is not committed leaves no process and no scope, and the name is free again at once") {
  if (!can_run()) return;
  auto hierarchy = *cgroups::read_hierarchy();
  for (int round = 0; round < 3; ++round) {
    Sleeper sleeper;
    auto group = Cgroup::create(hierarchy, place("undo"), {});
    REQUIRE(group);
    auto adopted = group->adopt(sleeper.pid);
    REQUIRE_MESSAGE(adopted, adopted.error().text());
    {
      auto moved = std::move(*group);
    }
    int status = 0;
    REQUIRE(waitpid(sleeper.pid, &status, 0) == sleeper.pid);
    CHECK(WTERMSIG(status) == SIGKILL);
    sleeper.pid = 0;
    CHECK(!path_exists(hierarchy.mount + place("undo").path));
  }
}

TEST_CASE("systemd: a living scope of the same name is left alone") {
  if (!can_run()) return;
  auto hierarchy = *cgroups::read_hierarchy();
  Sleeper first, second;
  auto group = Cgroup::create(hierarchy, place("same"), {});
  REQUIRE(group->adopt(first.pid));
  {
    auto other = Cgroup::create(hierarchy, place("same"), {});
    auto refused = other->adopt(second.pid);
    REQUIRE(!refused);
    CHECK(refused.error().err == EEXIST);
    CHECK(refused.error().message.starts_with(
        cat("systemd scope '", place("same").scope, "': StartTransientUnit: Unit ")));
  }
  CHECK(::kill(first.pid, 0) == 0);
  CHECK(*cgroups::is_populated(hierarchy, group->location().path));
}

TEST_CASE("systemd: a process that has gone cannot be adopted, and leaves nothing") {
  if (!can_run()) return;
  auto hierarchy = *cgroups::read_hierarchy();
  Sleeper gone;
  pid_t pid = gone.pid;
  gone.end();
  auto group = Cgroup::create(hierarchy, place("gone"), {});
  CHECK(!group->adopt(pid));
  CHECK(!path_exists(hierarchy.mount + place("gone").path));
  CHECK(show(place("gone"), "ActiveState") == "inactive");
}

TEST_CASE("systemd: where there is none, the error says what is needed") {
  if (path_exists("/run/systemd/private") || path_exists("/run/dbus/system_bus_socket") || geteuid() != 0) return;
  auto hierarchy = cgroups::read_hierarchy();
  if (!hierarchy) return;
  auto group = Cgroup::create(*hierarchy, place("none"), {});
  CHECK(group->adopt(getpid()).error().text() ==
        cat("systemd scope '", place("none").scope,
            "': connect to '/run/dbus/system_bus_socket': No such file or directory (hint: the systemd cgroup manager "
            "needs a running systemd; the other one is cgroupfs)"));
}
