#include "runtime/lifecycle/seccomp.h"

#include "base/file.h"
#include "base/socket.h"

namespace lifecycle {

Result<> write_seccomp(const security::CheckedProfile& profile, int file) {
  auto program = TRY(security::compile(profile));
  uint64_t flags = program.filter_flags;
  std::string bytes(reinterpret_cast<const char*>(&flags), sizeof flags);
  bytes.append(reinterpret_cast<const char*>(program.filter.data()), program.filter.size() * sizeof(sock_filter));
  return write_all(file, bytes);
}

Result<> pass_listener(const security::SeccompProfile& profile, const oci::State& state, oci::Status status,
                       pid_t process, int listener) {
  auto pass = [&]() -> Result<> {
    Fd agent = TRY(connect_local(profile.listener_path));
    auto message = oci::state_for_agent(state, status, process, profile.listener_metadata);
    return send_descriptor(agent.get(), message, listener);
  };
  TRY_IN("linux.seccomp.listenerPath", pass());
  return {};
}

}  // namespace lifecycle
