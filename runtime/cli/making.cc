#include "runtime/cli/making.h"

#include "base/path.h"
#include "base/text.h"
#include "runtime/lifecycle/foreground.h"

namespace cli {

Result<lifecycle::CreateOptions> read_making(const Call& call) {
  const Arguments& arguments = call.arguments;
  lifecycle::CreateOptions options;
  options.root = call.globals.root;
  options.id = arguments.operands[0];
  const std::string bundle = arguments.value("bundle", ".");
  options.bundle = TRY_IN(cat("bundle ", quoted(bundle)), real_path(bundle));
  options.driver = call.globals.driver;
  options.rootless = call.globals.rootless;
  options.pid_file = arguments.value("pid-file");
  options.console_socket = arguments.value("console-socket");
  options.pidfd_socket = arguments.value("pidfd-socket");
  return options;
}

Result<> check_process(const oci::Spec& spec, const std::string& console_socket, bool is_detached) {
  if (!spec.process) return fail("config.json: process: missing");
  if (spec.process->terminal && is_detached && console_socket.empty())
    return fail("config.json: process.terminal: a detached container needs --console-socket");
  if (!console_socket.empty() && !(spec.process->terminal && is_detached))
    return fail("--console-socket is for a detached container with process.terminal");
  return {};
}

Result<int> run_in_foreground(lifecycle::CreateOptions options, oci::Spec spec, bool keep, const Make& make) {
  lifecycle::Foreground foreground = TRY(lifecycle::Foreground::begin(*spec.process));
  options.console = foreground.console();
  auto created = TRY(make(options, spec));
  foreground.forward_readiness(std::move(created.notify), options.notify_socket);
  const auto code = foreground.attend(created.init);
  if (keep) return code;
  // By force: somebody else may have deleted it meanwhile, and the program's exit code is what the caller waits for.
  const auto removed = lifecycle::remove(options.root, options.id, true);
  if (code && !removed) return std::unexpected(removed.error());
  return code;
}

}  // namespace cli
