// A container that is there, as whoever enters it needs it: exec, and mounts that are added or removed.
#pragma once

#include <optional>
#include <string>

#include "base/pidfd.h"
#include "runtime/oci/spec.h"
#include "runtime/oci/state.h"

namespace lifecycle {

struct Entry {
  oci::State state;
  oci::Status status;
  oci::Spec spec;
  Pidfd init;
};

// "container not running: it is stopped" when it has no init (any more); a paused one can be entered. `spec`: its
// config where the caller has read that already.
Result<Entry> open_running(const std::string& root, const std::string& id, std::optional<oci::Spec> spec = {});

// CLONE_NEW… of the namespaces that the container does not share with us.
int namespaces_to_join(const Entry& entry);

// The container's pid namespace, into which a child is born: its flag is taken out of `types`. Not open where the
// container has none of its own, or where only the child may join it.
Result<Fd> open_pid_namespace(const Entry& entry, int& types);

}  // namespace lifecycle
