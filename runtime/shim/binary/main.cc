// containerd-shim-nacelle-v2: which action.
#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "base/file.h"
#include "base/options.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/lifecycle/state_dir.h"
#include "runtime/shim/binary/actions.h"

namespace shim {
namespace {

constexpr Option kOptions[] = {
    {"namespace", 0, "NAMESPACE", "containerd's namespace that the container is in"},
    {"id", 0, "ID", "of the container"},
    {"address", 0, "PATH", "of containerd's socket"},
    {"bundle", 0, "DIR", "of the container (default: the current directory)"},
    {"publish-binary", 0, "PATH", "not needed here: events go to $TTRPC_ADDRESS"},
    {"socket", 0, "PATH", "without an action: listen there, instead of on descriptor 3"},
    {"debug", 0, "", "log what is being done"},
    {"info", 0, "", "show what the runtime can do, as a message of containerd's"},
    {"version", 'v', "", "show the version and exit"},
};
constexpr Usage kUsage = {.program = "containerd-shim-nacelle-v2",
                          .operands = "[start|delete]",
                          .summary = "containerd's runtime io.containerd.nacelle.v2; it is containerd that runs this",
                          .options = kOptions,
                          .least = 0,
                          .most = 1};

Result<std::string> absolute_bundle(const Arguments& arguments) {
  return TRY_IN("bundle", real_path(arguments.value("bundle", ".")));
}

Result<Call> read_call(const Arguments& arguments) {
  Call call{.ns = arguments.value("namespace"),
            .id = arguments.value("id"),
            .address = arguments.value("address"),
            .socket = arguments.value("socket"),
            .debug = arguments.has("debug")};
  for (const auto& [option, value] : {std::pair{"-namespace", &call.ns}, {"-id", &call.id}}) {
    if (value->empty()) return fail(cat(option, " is missing"), "see containerd-shim-nacelle-v2 --help");
    if (!lifecycle::check_id(*value))  // it becomes a part of paths
      return fail(cat(option, ": ", quoted(*value), " is no name"), "letters, digits and _+-. make a name");
  }
  return call;
}

Result<> run(std::span<const std::string> words) {
  const Arguments arguments = TRY(parse_arguments(kUsage, words));
  if (arguments.has("help")) return write_all(STDOUT_FILENO, explain(kUsage));
  TRY(check_operands(kUsage, arguments));
  if (arguments.has("version")) return run_version();
  if (arguments.has("info")) return run_info();

  Call call = TRY(read_call(arguments));
  if (arguments.operands.empty()) return run_daemon(call);
  const std::string& action = arguments.operands[0];
  if (action != "start" && action != "delete")
    return fail(cat("unknown action ", quoted(action)), "see containerd-shim-nacelle-v2 --help");
  if (!call.socket.empty()) return fail(cat("-socket does not go with ", action));
  call.bundle = TRY(absolute_bundle(arguments));
  return action == "start" ? run_start(call) : run_delete(call);
}

// A caller that closed 0, 1 or 2 must not get one of our own files there.
void fill_standard_descriptors() {
  Fd null;
  do null.reset(open("/dev/null", O_RDWR | O_CLOEXEC));
  while (null.is_open() && null.get() <= STDERR_FILENO && null.release() >= 0);
}

}  // namespace
}  // namespace shim

int main(int argc, char** argv) {
  shim::fill_standard_descriptors();
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto done = shim::run(words);
  if (done) return 0;
  (void)write_all(STDERR_FILENO, cat("containerd-shim-nacelle-v2: ", done.error().text(), "\n"));
  return 1;
}
