// Two connected sockets made one.
#pragma once

namespace kube {

// Passes on what either side says, and its end, until both have ended or one is broken. Makes both non-blocking.
void relay(int left, int right);

}  // namespace kube
