#include "runtime/lifecycle/live_binds.h"

#include "base/path.h"
#include "base/text.h"
#include "sandbox/mount_options.h"

namespace lifecycle {
namespace {

// State::extra has the source under this and the destination.
constexpr std::string_view kKey = "liveBind:";

}  // namespace

void remember_binds(oci::State& state, const std::vector<sandbox::Mount>& mounts) {
  for (const auto& mount : mounts)
    if (sandbox::is_idmapped(mount))
      remember_bind(state, clean_path(mount.destination), "");
    else if (sandbox::is_bind(mount))
      remember_bind(state, clean_path(mount.destination), mount.source);
}

void remember_bind(oci::State& state, const std::string& destination, const std::string& source) {
  state.extra[cat(kKey, destination)] = source;
}

void forget_binds(oci::State& state, const std::vector<sandbox::Mount>& mounts) {
  for (const auto& mount : mounts) state.extra.erase(cat(kKey, clean_path(mount.destination)));
}

std::vector<std::pair<std::string, std::string>> live_binds(const oci::State& state) {
  std::vector<std::pair<std::string, std::string>> binds;
  for (auto noted = state.extra.lower_bound(std::string(kKey)); noted != state.extra.end(); ++noted) {
    if (!noted->first.starts_with(kKey)) break;
    binds.emplace_back(noted->first.substr(kKey.size()), noted->second);
  }
  return binds;
}

}  // namespace lifecycle
