// A running container to files, by criu(8).
#include "base/text.h"
#include "runtime/lifecycle/criu.h"
#include "runtime/lifecycle/destroy.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/lifecycle/state_dir.h"
#include "runtime/lifecycle/status.h"

namespace lifecycle {
namespace {

Result<> checkpoint_container(const CheckpointOptions& options) {
  auto dir = TRY(StateDir::open(options.root, options.id));
  TRY(dir.lock());
  auto state = TRY(dir.read());
  auto status = read_status(dir, state);
  if (status != oci::Status::kRunning && status != oci::Status::kPaused)
    return fail(cat("container not running: it is ", oci::name_of(status)));
  auto spec = TRY(oci::read_spec(TRY(dir.read_config()), state.bundle));
  if (spec.process && spec.process->terminal)
    return fail("process.terminal: a container with a terminal cannot be checkpointed by this version");

  TRY(criu::write_notes(options.criu.images, state.pid, state.cgroup_path));
  auto process = TRY(criu::Criu::begin(criu::dump_words(options, spec, state.pid), {-1, -1, -1}, "", -1));
  TRY(process.finish(cat(options.criu.work, "/dump.log")));
  if (options.leave_running || options.pre_dump) return {};
  return destroy(dir, state);
}

}  // namespace

Result<> checkpoint(const CheckpointOptions& options) {
  TRY_IN(cat("checkpoint ", quoted(options.id)), checkpoint_container(options));
  return {};
}

}  // namespace lifecycle
