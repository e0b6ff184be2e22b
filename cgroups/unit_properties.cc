#include "cgroups/unit_properties.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "cgroups/id_list.h"

namespace cgroups {
namespace {

// systemd.resource-control(5). All of D-Bus type t, where "max" is the largest number.
constexpr struct {
  std::string_view file;
  const char* property;
} kNumbers[] = {
    {"memory.min", "MemoryMin"},          {"memory.low", "MemoryLow"},
    {"memory.high", "MemoryHigh"},        {"memory.max", "MemoryMax"},
    {"memory.swap.max", "MemorySwapMax"}, {"pids.max", "TasksMax"},
    {"cpu.weight", "CPUWeight"},          {"io.weight", "IOWeight"},
};

std::optional<uint64_t> number_or_max(std::string_view text) {
  if (text == "max") return UINT64_MAX;
  return parse_number<uint64_t>(text);
}

// systemd takes the quota for a second. It keeps whole per cents on disk, so what it would write after a reload is
// rounded up to the next one: never tighter than asked.
void set_bandwidth(Properties& out, const Write& write, std::string_view cpu_max) {
  std::vector<std::string> now = split(cpu_max, ' '), given = split(write.value, ' ');
  bool only_period = write.rule == Write::Rule::keep_quota;
  auto quota = number_or_max(only_period ? now.front() : given.front());
  auto period = parse_number<uint64_t>(only_period || given.size() == 2 ? given.back() : now.back());
  if (!quota || !period || *period == 0) return;
  constexpr uint64_t kSecond = 1000000, kPerCent = kSecond / 100;
  uint64_t a_second = UINT64_MAX;
  if (*quota != UINT64_MAX && *quota < UINT64_MAX / kSecond)
    a_second = (*quota * kSecond / *period + kPerCent - 1) / kPerCent * kPerCent;
  out["CPUQuotaPerSecUSec"] = a_second;
  out["CPUQuotaPeriodUSec"] = *period;
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
};

}  // namespace

Properties properties_of(const std::vector<Write>& writes, std::string_view cpu_max) {
  Properties out;
  for (const Write& write : writes) {
    if (write.file == "cpu.max") set_bandwidth(out, write, trimmed(cpu_max));
    if (write.file == "cpuset.cpus") out["AllowedCPUs"] = parse_id_list(write.value).value_or(IdMask{});
    if (write.file == "cpuset.mems") out["AllowedMemoryNodes"] = parse_id_list(write.value).value_or(IdMask{});
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
