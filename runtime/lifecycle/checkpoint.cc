// A running container to files, by criu(8).
#include "base/text.h"
#include "runtime/lifecycle/criu.h"
#include "runtime/lifecycle/destroy.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/lifecycle/live_binds.h"
#include "runtime/lifecycle/state_dir.h"
#include "runtime/lifecycle/status.h"
#include "sandbox/mount_options.h"

namespace lifecycle {
namespace {

// What criu would write without a word, and restore otherwise than it was.
Result<> check_dumpable(const oci::Spec& spec, const oci::State& state, const CriuOptions& options) {
  constexpr const char* kMapped = ": criu does not save the id maps of a mount";
  for (size_t i = 0; i < spec.mounts.size(); i++)
    if (sandbox::is_idmapped(spec.mounts[i]))
      return fail(cat("mounts[", i, "] ", quoted(spec.mounts[i].destination), kMapped));
  for (const auto& [destination, source] : live_binds(state))
    if (source.empty()) return fail(cat("the added mount ", quoted(destination), kMapped));
  if (!spec.net_devices.empty() && options.empty_namespaces.empty())
    return fail("linux.netDevices: criu does not save devices of the host",
                "with --empty-ns network the network namespace is left out, and restore moves the devices anew");
  return {};
}

Result<std::string> freezer_of(const oci::State& state) {
  if (state.cgroup_path.empty()) return "";
  return cat(TRY(cgroups::read_hierarchy()).mount, state.cgroup_path);
}

Result<> checkpoint_container(const CheckpointOptions& options) {
  auto dir = TRY(StateDir::open(options.root, options.id));
  TRY(dir.lock());
  auto state = TRY(dir.read());
  auto status = read_status(dir, state);
  if (status != oci::Status::kRunning && status != oci::Status::kPaused)
    return fail(cat("container not running: it is ", oci::name_of(status)));
  auto spec = TRY(oci::read_spec(TRY(dir.read_config()), state.bundle));
  TRY(check_dumpable(spec, state, options.criu));

  TRY(criu::write_notes(options.criu.images, state));
  auto process = TRY(criu::Criu::begin({-1, -1, -1}, "", -1));
  auto directories = TRY(criu::open_directories(options.criu, process.pid()));
  const std::string request = criu::dump_request(options, directories, spec, state, TRY(freezer_of(state)));
  TRY(process.perform(request, cat(options.criu.work, "/dump.log"),
                      [](const criu::Notice&) -> Result<> { return {}; }));
  if (options.leave_running || options.pre_dump) return {};
  return destroy(dir, state);
}

}  // namespace

Result<> checkpoint(const CheckpointOptions& options) {
  TRY_IN(cat("checkpoint ", quoted(options.id)), checkpoint_container(options));
  return {};
}

}  // namespace lifecycle
