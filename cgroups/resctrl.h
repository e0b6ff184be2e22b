// Intel RDT through the resctrl file system (resctrl.rst): a group of processes, its share of caches and of memory
// bandwidth, and its monitoring. Named as in the OCI runtime-spec, linux.intelRdt.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cgroups {

struct Rdt {
  std::string clos_id;  // name of the group; "/": the default one; empty: the container's id
  std::string l3_cache_schema, mem_bw_schema;
  std::vector<std::string> schemata;  // lines: "L3:0=7f0;1=1f"
  bool monitoring = false;            // in a monitoring group named after the container
};

// What is to be done, worked out.
struct RdtPlan {
  std::string group;               // directory of the group
  std::string monitor;             // directory of the monitoring group; empty: none
  std::vector<std::string> lines;  // for the group's schemata
  bool makes_group = false;        // it is not there yet
};

// Where the resctrl file system is mounted, out of the text of /proc/self/mountinfo.
std::optional<std::string> find_resctrl_mount(std::string_view mountinfo);

// Works out the group for a container. `mount` is where resctrl is mounted, empty: nowhere. Errors name
// linux.intelRdt: no resctrl; a closID that is no file name; a group that is wanted as it is and is not there; a group
// that is there with other schemata than those asked for.
Result<RdtPlan> plan_rdt(const std::string& mount, const Rdt& rdt, const std::string& container);

// A group that a container got. What was made goes with the object, until commit().
class RdtGroup {
 public:
  // `make_directory` is mkdir(2), which on resctrl brings the files with it; a test brings its own.
  using MakeDirectory = int (*)(const char* path, mode_t mode);
  static Result<RdtGroup> create(const RdtPlan& plan, MakeDirectory make_directory);

  RdtGroup(RdtGroup&&) = default;
  RdtGroup& operator=(RdtGroup&&) = delete;
  ~RdtGroup();

  void commit() { made_.clear(); }

 private:
  RdtGroup() = default;
  std::vector<std::string> made_;
};

// Puts a process into the groups: its children are born there.
Result<> join_rdt(const std::string& group, const std::string& monitor, pid_t pid);

// Writes schemata of a group that is in use. Gives those that stood there before, to be written again when something
// else fails; a line that the kernel refuses leaves them so.
Result<std::vector<std::string>> change_schemata(const std::string& group, const std::vector<std::string>& lines);

// Removes a group that was made; what is not there any more is no error.
Result<> remove_rdt(const std::string& directory);

}  // namespace cgroups
