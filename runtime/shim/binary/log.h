// Messages, in the form that containerd's own have, among which they end up.
#pragma once

#include <string>
#include <string_view>

#include "base/descriptor.h"

namespace shim {

// The end for writing of the fifo `log` that containerd has made in the bundle. /dev/null when there is none, or nobody
// has its other end. Writing to it never waits: what containerd does not read is lost.
Result<Fd> open_log(const std::string& bundle);

// From here on base/log.h goes to the descriptor, which must stay open, with the container's name in each line.
void log_to(int fd, const std::string& ns, const std::string& id);
// The same lines, to another descriptor.
void move_log(int fd);

// time="2026-11-25T19:00:00.5Z" level=warning msg="…" id=ID namespace=NS
std::string log_line(std::string_view level, std::string_view message, std::string_view ns, std::string_view id);

}  // namespace shim
