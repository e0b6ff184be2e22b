// update: new limits, from a file or from options.
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/lifecycle/lifecycle.h"

namespace cli {
namespace {

constexpr Option kUpdate[] = {
    {"resources", 'r', "FILE", "take the limits from this file, which holds linux.resources; - is the standard input"},
    {"blkio-weight", 0, "N", "share of the disks' time, 10 to 1000"},
    {"cpu-period", 0, "USEC", "length of a period of CPU time"},
    {"cpu-quota", 0, "USEC", "CPU time a period; -1: no limit"},
    {"cpu-burst", 0, "USEC", "CPU time that may be saved up over periods"},
    {"cpu-share", 0, "N", "share of the CPUs' time, 2 to 262144"},
    {"cpu-rt-period", 0, "USEC", "of cgroup v1: anything but 0 is refused"},
    {"cpu-rt-runtime", 0, "USEC", "of cgroup v1: anything but 0 is refused"},
    {"cpuset-cpus", 0, "LIST", "the CPUs to run on, such as 0-3,7"},
    {"cpuset-mems", 0, "LIST", "the memory nodes to take memory from"},
    {"cpu-idle", 0, "N", "1: run only when nobody else wants to; 0: as usual"},
    {"memory", 0, "BYTES", "limit of memory, such as 512M; -1: no limit"},
    {"memory-reservation", 0, "BYTES", "memory that is taken back last; -1: none"},
    {"memory-swap", 0, "BYTES", "limit of memory and swap together; -1: no limit"},
    {"kernel-memory", 0, "BYTES", "left out, with a warning: no kernel knows it any more"},
    {"kernel-memory-tcp", 0, "BYTES", "left out, with a warning: no kernel knows it any more"},
    {"pids-limit", 0, "N", "how many processes and threads there may be; -1: no limit"},
    {"l3-cache-schema", 0, "SCHEMA", "Intel RDT: the part of the L3 cache"},
    {"mem-bw-schema", 0, "SCHEMA", "Intel RDT: the part of the memory's bandwidth"},
};

// Bytes with a unit of 1024: "50M", "1g", "512KiB"; -1 is no limit.
std::optional<int64_t> parse_bytes(std::string_view text) {
  if (text == "-1") return -1;
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_number<int64_t>(text.substr(0, digits));
  std::string unit = lower_case(text.substr(digits));
  if (unit.ends_with("ib") && unit.size() == 3)
    unit.resize(1);
  else if (unit.ends_with('b'))
    unit.pop_back();
  constexpr std::string_view kUnits = "kmgtp";
  const size_t power = unit.empty() ? 0 : kUnits.find(unit[0]) + 1;
  if (!number || unit.size() > 1 || (!unit.empty() && power == 0)) return std::nullopt;
  if (*number > std::numeric_limits<int64_t>::max() >> 10 * power) return std::nullopt;
  return *number << 10 * power;
}

class Reading {
 public:
  explicit Reading(const Arguments& arguments) : arguments_(arguments) {}

  template <std::integral T>
  void number(std::string_view option, std::optional<T>& out, T least = std::numeric_limits<T>::min()) {
    const std::string text = arguments_.value(option);
    if (text.empty()) return;
    out = parse_number<T>(text);
    if (!out || *out < least) refuse(option, text, "is not such a number");
  }

  void bytes(std::string_view option, std::optional<int64_t>& out) {
    const std::string text = arguments_.value(option);
    if (text.empty()) return;
    out = parse_bytes(text);
    if (!out) refuse(option, text, "is not a number of bytes like 512M");
  }

  // 0 asks for nothing, and is what callers give who always give all.
  void nothing(std::string_view option) {
    const std::string text = arguments_.value(option, "0");
    if (text != "0" && !text.empty()) refuse(option, text, "cgroup v2 has no such setting");
  }

  void left_out(std::string_view option) {
    if (!arguments_.value(option).empty())
      log_warning(cat("--", option, " is left out: the kernel knows no such limit any more"));
  }

  Result<> outcome() { return std::move(outcome_); }

 private:
  void refuse(std::string_view option, const std::string& text, std::string_view why) {
    if (outcome_) outcome_ = fail(cat("--", option, ": ", quoted(text), " ", why));
  }

  const Arguments& arguments_;
  Result<> outcome_;
};

std::vector<std::string> read_schemata(const Arguments& arguments) {
  std::vector<std::string> lines;
  for (const char* option : {"l3-cache-schema", "mem-bw-schema"})
    if (const std::string line = arguments.value(option); !line.empty()) lines.push_back(line);
  return lines;
}

Result<cgroups::Resources> read_options(const Arguments& arguments) {
  cgroups::Resources resources;
  Reading read(arguments);
  read.number("blkio-weight", resources.io.weight);
  read.number("cpu-period", resources.cpu.period);
  read.number("cpu-quota", resources.cpu.quota, int64_t{-1});
  read.number("cpu-burst", resources.cpu.burst);
  read.number("cpu-share", resources.cpu.shares);
  read.number("cpu-idle", resources.cpu.idle);
  read.number("pids-limit", resources.pids_limit, int64_t{-1});
  read.bytes("memory", resources.memory.limit);
  read.bytes("memory-reservation", resources.memory.reservation);
  read.bytes("memory-swap", resources.memory.swap);
  for (const char* option : {"cpu-rt-period", "cpu-rt-runtime"}) read.nothing(option);
  for (const char* option : {"kernel-memory", "kernel-memory-tcp"}) read.left_out(option);
  TRY(read.outcome());
  resources.cpu.cpus = arguments.value("cpuset-cpus");
  resources.cpu.mems = arguments.value("cpuset-mems");
  return resources;
}

// A file is the whole of it: an option beside it would be without effect.
Result<cgroups::Resources> read_file_of_limits(const Arguments& arguments) {
  const std::string path = arguments.value("resources");
  for (const Option& option : kUpdate)
    if (option.name != "resources" && !arguments.value(option.name).empty())
      return fail(cat("--resources and --", option.name, " exclude each other"));
  if (path == "-") return oci::read_resources(TRY_IN("standard input", read_all(STDIN_FILENO)), "standard input");
  return oci::read_resources(TRY_IN("--resources", read_file(path)), path);
}

}  // namespace

constinit const std::span<const Option> kUpdateOptions = kUpdate;

Result<int> run_update(const Call& call) {
  const Arguments& arguments = call.arguments;
  const std::string& id = arguments.operands[0];
  const bool has_file = !arguments.value("resources").empty();
  const auto resources =
      TRY_IN(cat("update ", quoted(id)), has_file ? read_file_of_limits(arguments) : read_options(arguments));
  TRY(lifecycle::update(call.globals.root, id, resources, read_schemata(arguments)));
  return 0;
}

}  // namespace cli
