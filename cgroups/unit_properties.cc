#include "cgroups/unit_properties.h"

#include <algorithm>
#include <optional>

#include "base/file.h"
#include "base/text.h"
#include "cgroups/id_list.h"

namespace cgroups {
namespace {

// systemd.resource-control(5). All of D-Bus type t, where "max" is the largest number.
constexpr struct {
  std::string_view file;
  const char* property;
} kNumbers[] = {
    {"memory.min", "MemoryMin"}, {"memory.low", "MemoryLow"},          {"memory.high", "MemoryHigh"},
    {"memory.max", "MemoryMax"}, {"memory.swap.max", "MemorySwapMax"}, {"pids.max", "TasksMax"},
};

// The keys of io.max.
constexpr struct {
  std::string_view key;
  const char* property;
} kThrottles[] = {
    {"rbps", "IOReadBandwidthMax"},
    {"wbps", "IOWriteBandwidthMax"},
    {"riops", "IOReadIOPSMax"},
    {"wiops", "IOWriteIOPSMax"},
};

constexpr uint64_t kDefaultWeight = 100;

std::optional<uint64_t> number_or_max(std::string_view text) {
  if (text == "max") return UINT64_MAX;
  return parse_number<uint64_t>(text);
}

// systemd takes the quota for a second. It keeps whole per cents on disk, so what it would write after a reload is
// rounded up to the next one: never tighter than asked.
void set_bandwidth(Properties& out, const Write& write) {
  std::vector<std::string> given = split(write.value, ' ');
  bool only_period = write.rule == Write::Rule::keep_quota;
  auto quota = only_period ? UINT64_MAX : number_or_max(given.front());
  auto period = only_period || given.size() == 2 ? parse_number<uint64_t>(given.back()) : 100000;
  if (!quota || !period || *period == 0) return;
  constexpr uint64_t kSecond = 1000000, kPerCent = kSecond / 100;
  uint64_t a_second = UINT64_MAX;
  if (*quota != UINT64_MAX && *quota < UINT64_MAX / kSecond)
    a_second = (*quota * kSecond / *period + kPerCent - 1) / kPerCent * kPerCent;
  out["CPUQuotaPerSecUSec"] = a_second;
  out["CPUQuotaPeriodUSec"] = *period;
}

// cpu.idle 1 is a weight of 0 to systemd (252); an idle cgroup that leaves it gets the default weight.
void set_idle(Properties& out, std::string_view value) {
  out["CPUWeight"] = value == "1" ? uint64_t{0} : UINT64_MAX;
}

void set_weight(Properties& out, std::string_view value) {
  auto weight = parse_number<uint64_t>(value);
  auto known = out.find("CPUWeight");
  bool is_idle = known != out.end() && known->second == PropertyValue(uint64_t{0});
  if (weight && !is_idle) out["CPUWeight"] = *weight;
}

// The device's node; empty when there is no such device. systemd wants a path, where the kernel wants numbers.
std::string node_of(const std::string& device) {
  auto text = read_file(cat("/sys/dev/block/", device, "/uevent"));
  if (!text) return "";
  for (const std::string& line : split(*text, '\n')) {
    if (line.starts_with("DEVNAME=")) return cat("/dev/", line.substr(8));
  }
  return "";
}

void set_on_device(Properties& out, const char* property, const std::string& device, uint64_t value) {
  std::string node = node_of(device);
  if (node.empty()) return;
  auto values = out.emplace(property, DeviceValues{}).first;
  std::get<DeviceValues>(values->second)[node] = value;
}

// "8:0 rbps=1048576 wiops=max"
void set_throttle(Properties& out, const std::string& line) {
  std::vector<std::string> words = split(line, ' ');
  for (const std::string& word : words) {
    size_t equals = word.find('=');
    for (const auto& [key, property] : kThrottles) {
      auto value = word.substr(0, equals) == key ? number_or_max(word.substr(equals + 1)) : std::nullopt;
      if (value) set_on_device(out, property, words[0], *value);
    }
  }
}

// systemd writes io.bfq.weight itself, from its own weight on the scale of io.weight: 1 to 100 stays, what is above is
// stretched from 1000 to 10000. This is the weight from which it comes to `weight`.
uint64_t weight_behind_bfq(uint64_t weight) {
  return weight <= kDefaultWeight ? weight : kDefaultWeight + (weight - kDefaultWeight) * 11;
}

// "200", "default 200", "8:0 200", "8:0 default"
void set_io_weight(Properties& out, const Write& write) {
  size_t space = write.value.find(' ');
  std::string device = space == std::string::npos ? "default" : write.value.substr(0, space);
  std::string number = space == std::string::npos ? write.value : write.value.substr(space + 1);
  auto weight = number == "default" ? kDefaultWeight : parse_number<uint64_t>(number);
  if (!weight) return;
  uint64_t told = write.file == "io.bfq.weight" ? weight_behind_bfq(*weight) : *weight;
  if (device == "default")
    out["IOWeight"] = told;
  else
    set_on_device(out, "IODeviceWeight", device, told);
}

struct Variant {
  dbus::Writer& out;

  void operator()(bool value) const {
    out.signature("b");
    out.boolean(value);
  }
  void operator()(uint64_t value) const {
    out.signature("t");
    out.number64(value);
  }
  void operator()(const std::string& value) const {
    out.signature("s");
    out.string(value);
  }
  void operator()(const std::vector<uint8_t>& value) const {
    out.signature("ay");
    out.array(1, [&] { std::ranges::for_each(value, [&](uint8_t byte) { out.byte(byte); }); });
  }
  void operator()(const std::vector<uint32_t>& value) const {
    out.signature("au");
    out.array(4, [&] { std::ranges::for_each(value, [&](uint32_t number) { out.number32(number); }); });
  }
  void operator()(const DeviceValues& values) const {
    out.signature("a(st)");
    out.array(8, [&] {
      for (const auto& [path, value] : values) {
        out.align(8);
        out.string(path);
        out.number64(value);
      }
    });
  }
};

}  // namespace

Properties properties_of(const std::vector<Write>& writes) {
  Properties out;
  for (const Write& write : writes) {
    if (write.file == "cpu.max") set_bandwidth(out, write);
    if (write.file == "cpu.idle") set_idle(out, write.value);
    if (write.file == "cpuset.cpus") out["AllowedCPUs"] = parse_id_list(write.value).value_or(IdMask{});
    if (write.file == "cpuset.mems") out["AllowedMemoryNodes"] = parse_id_list(write.value).value_or(IdMask{});
    if (write.file == "io.max") set_throttle(out, write.value);
    if (write.file == "io.weight" || write.file == "io.bfq.weight") set_io_weight(out, write);
    if (write.file == "cpu.weight") set_weight(out, write.value);
    for (const auto& [file, property] : kNumbers) {
      auto number = write.file == file ? number_or_max(write.value) : std::nullopt;
      if (number) out[property] = *number;
    }
  }
  return out;
}

void write_properties(dbus::Writer& out, const Properties& properties) {
  out.array(8, [&] {
    for (const auto& [name, value] : properties) {
      out.align(8);
      out.string(name);
      std::visit(Variant{out}, value);
    }
  });
}

}  // namespace cgroups
