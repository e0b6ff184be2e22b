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

// A limit or a weight on one device: the path of its node, and the number.
using DeviceValues = std::map<std::string, uint64_t>;
using PropertyValue =
    std::variant<bool, uint64_t, std::string, std::vector<uint8_t>, std::vector<uint32_t>, DeviceValues>;
using Properties = std::map<std::string, PropertyValue>;

// Files for which systemd has no property are passed over: it does not write them either. Where a write leaves out a
// half of cpu.max, the other half is that of a new cgroup ("max 100000").
Properties properties_of(const std::vector<Write>& writes);

// As D-Bus has them: a(sv).
void write_properties(dbus::Writer& out, const Properties& properties);

}  // namespace cgroups
