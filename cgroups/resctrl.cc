#include "cgroups/resctrl.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "cgroups/mountinfo.h"

namespace cgroups {
namespace {

// A directory of resctrl that is rmdir'ed with its files in it, as the kernel lets it be.
int remove_directory(const std::string& path) {
  return rmdir(path.c_str());
}

bool is_name(std::string_view name) {
  return name != "." && name != ".." && name.find('/') == std::string_view::npos && name.find('\n') == name.npos;
}

// config-linux.md, IntelRdt: a line for MB within l3CacheSchema gives way to memBwSchema; schemata come last.
std::vector<std::string> lines_of(const Rdt& rdt) {
  std::vector<std::string> lines;
  for (const auto& line : split(rdt.l3_cache_schema, '\n'))
    if (!trimmed(line).empty() && (rdt.mem_bw_schema.empty() || !trimmed(line).starts_with("MB:")))
      lines.emplace_back(trimmed(line));
  if (!rdt.mem_bw_schema.empty()) lines.push_back(rdt.mem_bw_schema);
  lines.insert(lines.end(), rdt.schemata.begin(), rdt.schemata.end());
  return lines;
}

// "L3:0=07f;1=1f" as {"L3", {"0": "7f", "1": "1f"}}: the kernel pads its masks.
struct Schema {
  std::string resource;
  std::map<std::string, std::string> domains;
};

Schema parse_schema(std::string_view line) {
  Schema schema;
  size_t colon = line.find(':');
  schema.resource = trimmed(line.substr(0, colon));
  if (colon == std::string_view::npos) return schema;
  for (const auto& part : split(line.substr(colon + 1), ';')) {
    size_t equals = part.find('=');
    if (equals == std::string::npos) continue;
    std::string value(trimmed(std::string_view(part).substr(equals + 1)));
    size_t digit = value.find_first_not_of('0');
    schema.domains[std::string(trimmed(std::string_view(part).substr(0, equals)))] =
        digit == std::string::npos ? "0" : value.substr(digit);
  }
  return schema;
}

// What is asked for stands in the group's file: of each resource, each domain that is named.
bool has_schema(std::string_view file, std::string_view asked) {
  const Schema wanted = parse_schema(asked);
  for (const auto& line : split(file, '\n')) {
    Schema there = parse_schema(line);
    if (there.resource != wanted.resource) continue;
    return std::ranges::all_of(wanted.domains, [&](const auto& domain) {
      auto found = there.domains.find(domain.first);
      return found != there.domains.end() && found->second == domain.second;
    });
  }
  return false;
}

Result<> check_schemata(const RdtPlan& plan) {
  if (plan.lines.empty()) return {};
  std::string there = TRY_IN("linux.intelRdt.closID", read_file(plan.group + "/schemata"));
  for (const auto& line : plan.lines)
    if (!has_schema(there, line))
      return fail(
          cat("linux.intelRdt: the group ", quoted(plan.group), " is there with other schemata than ", quoted(line)));
  return {};
}

Result<> write_schemata(const std::string& group, const std::vector<std::string>& lines) {
  for (const auto& line : lines)
    TRY_IN(cat("linux.intelRdt: schemata ", quoted(line)),
           write_kernel_file_at(AT_FDCWD, group + "/schemata", line + "\n"));
  return {};
}

}  // namespace

std::optional<std::string> find_resctrl_mount(std::string_view mountinfo) {
  return find_mount(mountinfo, "resctrl");
}

Result<RdtPlan> plan_rdt(const std::string& mount, const Rdt& rdt, const std::string& container) {
  if (mount.empty())
    return fail("linux.intelRdt: no resctrl file system is mounted here",
                "it needs a CPU with Resource Director Technology: mount -t resctrl resctrl /sys/fs/resctrl");
  if (rdt.clos_id != "/" && !is_name(rdt.clos_id))
    return fail(cat("linux.intelRdt.closID: ", quoted(rdt.clos_id), " is not the name of a group"));
  RdtPlan plan;
  bool is_named = !rdt.clos_id.empty();
  plan.group = rdt.clos_id == "/" ? mount : cat(mount, "/", is_named ? rdt.clos_id : container);
  plan.lines = lines_of(rdt);
  if (rdt.monitoring) plan.monitor = cat(plan.group, "/mon_groups/", container);
  bool is_there = path_exists(plan.group);
  if (is_named && plan.lines.empty() && !is_there)
    return fail(
        cat("linux.intelRdt.closID: there is no group ", quoted(rdt.clos_id), ", and no schemata to make one of"));
  if (!is_named && is_there)
    return fail(
        cat("linux.intelRdt: there is a group ", quoted(plan.group), " already", ", which is not the container's"));
  plan.makes_group = !is_there;
  if (is_there) TRY(check_schemata(plan));
  return plan;
}

Result<RdtGroup> RdtGroup::create(const RdtPlan& plan, MakeDirectory make_directory) {
  RdtGroup group;
  auto make = [&](const std::string& path) -> Result<> {
    if (make_directory(path.c_str(), 0755) < 0) {
      int err = errno;
      return fail_errno(err, cat("linux.intelRdt: make the group ", quoted(path)),
                        err == ENOSPC ? "the CPU has no more classes of service, or ids for monitoring" : "");
    }
    group.made_.push_back(path);
    return {};
  };
  if (plan.makes_group) {
    TRY(make(plan.group));
    TRY(write_schemata(plan.group, plan.lines));
  }
  if (!plan.monitor.empty()) TRY(make(plan.monitor));
  return group;
}

RdtGroup::~RdtGroup() {
  for (auto path = made_.rbegin(); path != made_.rend(); ++path) (void)remove_directory(*path);
}

Result<> join_rdt(const std::string& group, const std::string& monitor, pid_t pid) {
  for (const auto& directory : {group, monitor})
    if (!directory.empty()) TRY_IN("linux.intelRdt", write_kernel_file_at(AT_FDCWD, directory + "/tasks", cat(pid)));
  return {};
}

Result<std::vector<std::string>> change_schemata(const std::string& group, const std::vector<std::string>& lines) {
  std::vector<std::string> before;
  for (const auto& line : split(TRY_IN("linux.intelRdt", read_file(group + "/schemata")), '\n'))
    if (!trimmed(line).empty()) before.emplace_back(trimmed(line));
  auto written = write_schemata(group, lines);
  if (written) return before;
  (void)write_schemata(group, before);
  return std::unexpected(std::move(written).error());
}

Result<> remove_rdt(const std::string& directory) {
  if (directory.empty() || remove_directory(directory) == 0 || errno == ENOENT) return {};
  return fail_errno(errno, cat("remove the group ", quoted(directory)));
}

}  // namespace cgroups
