// Intel RDT groups on a folder that behaves as resctrl does: whoever makes a directory finds the kernel's files in it.
#include "cgroups/resctrl.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"

using namespace cgroups;

namespace {

int make_group(const char* path, mode_t mode) {
  if (mkdir(path, mode) < 0) return -1;
  (void)mkdir(cat(path, "/mon_groups").c_str(), mode);
  for (const char* file : {"schemata", "tasks"})
    close(open(cat(path, "/", file).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  return 0;
}

struct Tree {
  std::string root;
  Tree() {
    char name[] = "/tmp/nacelle-resctrl-XXXXXX";
    root = mkdtemp(name);
    rmdir(name);
    make_group(name, 0755);
    make_group(cat(root, "/gold").c_str(), 0755);
    write("gold/schemata", "    MB:0=100;1=100\n    L3:0=00ff;1=0fff\n");
  }
  Tree(const Tree&) = delete;
  ~Tree() { (void)remove_tree(root); }
  void write(const std::string& file, const std::string& text) const {
    REQUIRE(replace_file(cat(root, "/", file), text));
  }
  std::string read(const std::string& file) const { return *read_file(cat(root, "/", file)); }
  std::string error(const Rdt& rdt) const {
    auto plan = plan_rdt(root, rdt, "web");
    return plan ? "no error" : plan.error().message;
  }
};

}  // namespace

TEST_CASE("resctrl: where it is mounted, and a host without it") {
  CHECK(find_resctrl_mount(
            "9 8 0:1 / /sys rw - sysfs sysfs rw\n9 8 0:2 / /sys/fs/res\\040ctrl rw - resctrl resctrl rw\n") ==
        "/sys/fs/res ctrl");
  CHECK(!find_resctrl_mount("9 8 0:1 / /sys rw - sysfs resctrl rw\n"));
  auto refused = plan_rdt("", {}, "web");
  REQUIRE(!refused);
  CHECK(refused.error().message == "linux.intelRdt: no resctrl file system is mounted here");
}

TEST_CASE(
    "resctrl: a group of the container's own is made with its schemata, joined, and removed when it is not kept") {
  Tree tree;
  Rdt rdt{.clos_id = "",
          .l3_cache_schema = "L3:0=ff\nMB:0=10",
          .mem_bw_schema = "MB:0=20",
          .schemata = {"L2:0=f"},
          .monitoring = true};
  auto plan = plan_rdt(tree.root, rdt, "web");
  REQUIRE(plan);
  CHECK(plan->group == tree.root + "/web");
  CHECK(plan->makes_group);
  CHECK(plan->lines == std::vector<std::string>{"L3:0=ff", "MB:0=20", "L2:0=f"});
  auto group = RdtGroup::create(*plan, make_group);
  REQUIRE(group);
  CHECK(
      tree.read("web/schemata").starts_with("L2:0=f\n"));  // a file of the kernel's takes each line; this one the last
  REQUIRE(join_rdt(plan->group, plan->monitor, 4711));
  CHECK(tree.read("web/tasks") == "4711");
  CHECK(tree.read("web/mon_groups/web/tasks") == "4711");
  group->commit();
  CHECK(path_exists(plan->monitor));
  CHECK(remove_rdt(tree.root + "/gone"));
}

TEST_CASE("resctrl: a group that is named is joined when it says what is asked, and is not taken for ours") {
  Tree tree;
  auto joined = plan_rdt(tree.root, {.clos_id = "gold"}, "web");
  REQUIRE(joined);
  CHECK(!joined->makes_group);
  CHECK(joined->group == tree.root + "/gold");
  CHECK(tree.error({.clos_id = "gold", .l3_cache_schema = "L3:0=ff", .mem_bw_schema = "MB:1=100"}) == "no error");
  CHECK(tree.error({.clos_id = "gold", .l3_cache_schema = "L3:0=f"}).ends_with("other schemata than 'L3:0=f'"));
  CHECK(tree.error({.clos_id = "gold", .schemata = {"L3:7=ff"}}).ends_with("other schemata than 'L3:7=ff'"));
  CHECK(tree.error({.clos_id = "lead"}) ==
        "linux.intelRdt.closID: there is no group 'lead', and no schemata to make one of");
  CHECK(tree.error({.clos_id = "lead", .schemata = {"L3:0=1"}}) == "no error");
  CHECK(tree.error({.clos_id = "../gold"}) == "linux.intelRdt.closID: '../gold' is not the name of a group");
  CHECK(plan_rdt(tree.root, {.clos_id = "/", .monitoring = true}, "web")->monitor == tree.root + "/mon_groups/web");
  CHECK(!plan_rdt(tree.root, {}, "gold"));
  {
    auto group = RdtGroup::create(*joined, make_group);
    REQUIRE(group);
  }
  CHECK(path_exists(tree.root + "/gold"));
}

TEST_CASE("resctrl: schemata of a group are changed, and what stood there before comes back") {
  Tree tree;
  auto before = change_schemata(tree.root + "/gold", {"L3:0=0f;1=0fff"});
  REQUIRE(before);
  CHECK(*before == std::vector<std::string>{"MB:0=100;1=100", "L3:0=00ff;1=0fff"});
  CHECK(tree.read("gold/schemata").starts_with("L3:0=0f;1=0fff\n"));
  CHECK(!change_schemata(tree.root + "/lead", {"L3:0=1"}));
}

TEST_CASE("resctrl: a group that cannot be made whole is not left behind") {
  Tree tree;
  auto plan = plan_rdt(tree.root, {.clos_id = "lead", .schemata = {"L3:0=1"}}, "web");
  REQUIRE(plan);
  auto refused = RdtGroup::create(*plan, mkdir);  // no schemata file appears: the write fails
  REQUIRE(!refused);
  CHECK(refused.error().message.starts_with("linux.intelRdt: schemata 'L3:0=1': "));
  CHECK(!path_exists(plan->group));
}
