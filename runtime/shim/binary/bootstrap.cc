#include "runtime/shim/binary/bootstrap.h"

#include "base/text.h"
#include "runtime/shim/options/options.h"
#include "runtime/shim/wire/bootstrap.h"
#include "runtime/shim/wire/message.h"

namespace shim {
namespace {

// containerd 2.1 and newer hand all containers of a pod to the shim of the first one, by its connection, when the shim
// is of version 3: no program is executed for them.
constexpr int32_t kVersion = 3;

StartInput from_params(wire::BootstrapParams params) {
  StartInput input{.is_bootstrap = true,
                   .debug = params.log_level <= wire::LogLevel::debug,
                   .ttrpc_address = std::move(params.containerd_ttrpc_address),
                   .socket_dir = std::move(params.socket_dir)};
  for (wire::Extension& extension : params.extensions)
    if (extension.value && are_options(*extension.value)) input.options = std::move(*extension.value);
  return input;
}

}  // namespace

Result<StartInput> read_start_input(std::string_view bytes, const std::string& ns, const std::string& id) {
  auto params = wire::decode<wire::BootstrapParams>(bytes);
  if (params && params->instance_id == id && params->ns == ns) return from_params(std::move(*params));
  StartInput input;
  input.options = TRY_IN("standard input: neither bootstrap parameters nor options", wire::decode<wire::Any>(bytes));
  return input;
}

std::string start_reply(const StartInput& input, const std::string& address) {
  if (!input.is_bootstrap) return address;
  return wire::encode(wire::BootstrapResult{.version = kVersion, .address = address, .protocol = "ttrpc"});
}

}  // namespace shim
