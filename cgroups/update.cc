// Changes the limits of a running container: all of them, or none.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "cgroups/apply.h"
#include "cgroups/bpf.h"
#include "cgroups/control.h"
#include "cgroups/reclaim.h"
#include "cgroups/snapshot.h"
#include "cgroups/systemd.h"
#include "cgroups/tree.h"
#include "cgroups/unit_properties.h"

namespace cgroups {
namespace {

using Writes = std::vector<Write>;

std::optional<uint64_t> read_number(int directory, const std::string& file) {
  auto text = read_file_at(directory, file);
  if (!text) return std::nullopt;
  return trimmed(*text) == "max" ? UINT64_MAX : parse_number<uint64_t>(trimmed(*text));
}

// cpu.max whole, with the half that the caller does not name as it stands there.
Result<std::string> whole_bandwidth(int directory, const Write& write) {
  std::string now = TRY(read_file_at(directory, write.file));
  std::vector<std::string> halves = split(trimmed(now), ' ');
  if (write.rule == Write::Rule::keep_quota) return cat(halves.front(), " ", write.value);
  if (write.value.find(' ') == std::string::npos) return cat(write.value, " ", halves.back());
  return write.value;
}

// The writes that will be done: each into a file that is there, complete, and required.
Result<Writes> resolve(int directory, const Writes& planned) {
  Writes out;
  for (size_t i = 0; i < planned.size(); ++i) {
    Write write = planned[i];
    bool is_there = faccessat(directory, write.file.c_str(), F_OK, 0) == 0;
    bool may_miss = write.rule == Write::Rule::if_present || write.rule == Write::Rule::or_next;
    if (!is_there && may_miss) continue;
    if (is_there && write.rule == Write::Rule::or_next) ++i;  // instead of that one
    if (is_there && write.file == "cpu.max") write.value = TRY_IN(write.field, whole_bandwidth(directory, write));
    write.rule = Write::Rule::required;
    out.push_back(std::move(write));
  }
  return out;
}

// Room is made before it is taken: when memory goes up while swap goes down, memory is first. The plan has swap first,
// which is right otherwise (see plan_memory).
void raise_memory_first(int directory, Writes& writes) {
  auto memory = std::ranges::find(writes, "memory.max", &Write::file);
  auto swap = std::ranges::find(writes, "memory.swap.max", &Write::file);
  if (memory == writes.end() || swap == writes.end() || memory < swap) return;
  auto now = read_number(directory, "memory.max");
  auto wanted = memory->value == "max" ? UINT64_MAX : parse_number<uint64_t>(memory->value);
  if (now && wanted && *wanted > *now) std::rotate(swap, memory, memory + 1);
}

// Of a limit below the usage: reclaims first. With checkBeforeUpdate, what cannot be reclaimed is the end of it,
// because the kernel's next step would be to kill (config-linux.md, "Memory").
Result<> make_room(int directory, const std::string& limit_text, bool must_fit) {
  auto limit = parse_number<uint64_t>(limit_text);
  if (!limit) return {};
  uint64_t usage = TRY(reclaim_down_to(directory, *limit));
  if (usage <= *limit || !must_fit) return {};
  return fail(cat(*limit, " is below the usage of ", usage, " bytes, of which no more can be reclaimed"),
              "checkBeforeUpdate is set: nothing was changed");
}

Result<> write_files(int directory, const Writes& writes, bool must_fit) {
  for (const Write& write : writes) {
    if (write.file == "memory.max") TRY_IN(write.field, make_room(directory, write.value, must_fit));
    TRY(apply_write(directory, write));
  }
  return {};
}

// What has to be put back when a write fails: the files, and those that the kernel changes along with them.
std::vector<std::string> files_of(const Writes& writes) {
  std::vector<std::string> files;
  for (const Write& write : writes) {
    files.push_back(write.file);
    if (write.file == "cpu.idle") files.emplace_back("cpu.weight");  // leaving idle sets the default weight
  }
  return files;
}

// Setting one property makes systemd write all files of that controller anew, from its own, rounded, idea of them
// (CPUQuota= in whole per cents). These are the files that it writes.
const std::array<std::string, 15> kFilesOfSystemd = {
    "cpu.idle",      "cpu.weight", "cpu.max",         "memory.min",       "memory.low",
    "memory.high",   "memory.max", "memory.swap.max", "memory.oom.group", "io.weight",
    "io.bfq.weight", "io.max",     "pids.max",        "cpuset.cpus",      "cpuset.mems"};

// Tells systemd, and sees to it that the files are after that what they were before.
Result<> tell_systemd(const Location& location, int directory, const Writes& writes) {
  Properties properties = properties_of(writes);
  if (properties.empty()) return {};
  Snapshot exact = take_snapshot(directory, kFilesOfSystemd);
  TRY(set_scope_properties(location, properties));
  return put_back(directory, exact);
}

// The properties that say what stood in the files, to be set when the files have been put back.
void take_back(const Location& location, int directory, const Snapshot& before, bool told_systemd) {
  auto undone = put_back(directory, before);
  if (!undone) log_warning(cat("cgroup ", quoted(location.path), ": undo: ", undone.error().text()));
  if (!told_systemd) return;
  Writes old;
  for (const auto& [file, text] : before) {
    for (const std::string& line : split(trimmed(text), '\n')) old.push_back({"", file, line});
  }
  undone = tell_systemd(location, directory, old);
  if (!undone) log_warning(cat("systemd scope ", quoted(location.scope), ": undo: ", undone.error().text()));
}

}  // namespace

Result<> update(const Hierarchy& hierarchy, const Location& location, const Plan& plan) {
  if (location.driver == Driver::disabled) {
    if (plan.writes.empty()) return {};
    return fail(cat(plan.writes.front().field, ": asked for, but the container has no cgroup"));
  }
  // Controllers stay handed down when the update fails: that limits nothing, and another may be using them by then.
  if (!plan.controllers.empty()) TRY(hand_down(hierarchy, location.path, plan.controllers, {}));
  Fd directory = TRY(open_directory(hierarchy, location.path));
  int at = directory.get();
  Writes writes = TRY(resolve(at, plan.writes));
  raise_memory_first(at, writes);
  Snapshot before = take_snapshot(at, files_of(writes));

  bool scope = location.driver == Driver::systemd && !location.scope.empty();
  bool told_systemd = false;
  auto change = [&]() -> Result<> {
    TRY(write_files(at, writes, plan.refuse_usage_above.has_value()));
    told_systemd = scope;
    if (scope) TRY(tell_systemd(location, at, writes));
    if (plan.device_program) TRY_IN("linux.resources.devices", attach_device_program(at, *plan.device_program, false));
    return {};
  };
  auto changed = change();
  if (!changed) take_back(location, at, before, told_systemd);
  return changed;
}

}  // namespace cgroups
