// Room on the node: who takes some holds a lock, and who leaves some says so.
#pragma once

#include "base/descriptor.h"
#include "base/result.h"
#include "runtime/kube/state/place.h"

namespace kube {

// Held between looking at what the node has left and the record of what one's own pod takes of it: without it two pods
// that come at once would both be given the last of it. The descriptor must be kept.
Result<Fd> lock_room(const Place& place);

// Tells those who wait that there is more room, maybe: a pod has ended, has been removed or takes less, or the node has
// grown.
void announce_room(const Place& place);

// A descriptor of inotify(7), which can be read whenever somebody has announced some.
Result<Fd> watch_room(const Place& place);

}  // namespace kube
