// What a container has left to say at its end.
#pragma once

#include <string>
#include <string_view>

#include "runtime/kube/api/pod.h"

namespace kube {

// The message of a container's end: what it wrote to its termination log in `dir`, or with FallbackToLogsOnError, when
// that is nothing and it has failed, the end of its log: at most 80 lines and 2048 bytes. A pod's containers have 4096
// bytes each and share 12 KiB.
std::string termination_message(const PodSpec& spec, const Container& container, const std::string& dir,
                                const std::string& log, int64_t exit_code);

// The last lines of a text in a CRI log's form, as the container wrote them.
std::string log_tail(std::string_view log, size_t most_lines, size_t most_bytes);

}  // namespace kube
