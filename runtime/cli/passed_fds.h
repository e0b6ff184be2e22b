// Descriptors that the caller hands through us to the container.
#pragma once

#include "base/result.h"
#include "runtime/cli/options.h"

namespace cli {

struct PassedFds {
  int listen = 0;     // of socket activation, from 3 on (sd_listen_fds(3)): $LISTEN_FDS, if $LISTEN_PID is ours
  int preserved = 0;  // --preserve-fds, behind those
};

// Fails when one of them is not open: the container would get one of ours in its place.
Result<PassedFds> read_passed_fds(const Arguments& arguments);

}  // namespace cli
