// Properties of a systemd unit that say the same as writes into cgroup files. Without them, a daemon-reload or a
// `systemctl set-property` would write systemd's own idea of the limits over ours.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "cgroups/dbus_message.h"
#include "cgroups/plan.h"

namespace cgroups {

using PropertyValue = std::variant<bool, uint64_t, std::string, std::vector<uint8_t>, std::vector<uint32_t>>;
using Properties = std::map<std::string, PropertyValue>;

// `cpu_max` is what stands in cpu.max now ("max 100000" for a new cgroup): the kernel keeps what a write leaves out.
// Files for which systemd has no property are passed over: it does not write them either.
Properties properties_of(const std::vector<Write>& writes, std::string_view cpu_max);

// As D-Bus has them: a(sv).
void write_properties(dbus::Writer& out, const Properties& properties);

}  // namespace cgroups
