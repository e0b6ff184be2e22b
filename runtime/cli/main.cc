// nacelle: global options, a command, and what belongs to it.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/user.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/report.h"

namespace cli {
namespace {

Result<> print(std::string_view text) {
  return write_all(STDOUT_FILENO, text);
}

std::string explain_program() {
  std::string text =
      cat("nacelle: ", kProgram.summary, "\n\nUsage: nacelle [OPTION]... ", kProgram.operands, "\n\nCommands:\n");
  for (const Command& command : commands()) {
    const std::string line = cat("  ", command.name);
    text += cat(line, std::string(14 - line.size(), ' '), command.summary, "\n");
  }
  return cat(text, "\nOptions:\n", ::explain(kProgram.options), "\nOptions of a command: nacelle COMMAND --help\n");
}

// Root of a user namespace (podman's, for an ordinary user) may not write to /run, but to that user's directory.
Result<std::string> default_root() {
  if (!acts_for_user()) return std::string("/run/nacelle");
  const char* runtime_dir = getenv("XDG_RUNTIME_DIR");
  if (runtime_dir && *runtime_dir) return cat(runtime_dir, "/nacelle");
  return fail("XDG_RUNTIME_DIR is not set", "give --root");
}

Result<lifecycle::Rootless> read_rootless(const Arguments& arguments) {
  using lifecycle::Rootless;
  const std::string when = arguments.value("rootless", "auto");
  if (when == "auto") return Rootless::automatic;
  if (when == "true") return Rootless::yes;
  if (when == "false") return Rootless::no;
  return fail(cat("--rootless: ", quoted(when), " is not auto, true or false"));
}

Result<cgroups::Driver> read_driver(const Arguments& arguments) {
  const std::string name = arguments.value("cgroup-manager", arguments.has("systemd-cgroup") ? "systemd" : "cgroupfs");
  if (arguments.has("systemd-cgroup") && name != "systemd")
    return fail(cat("--systemd-cgroup and --cgroup-manager=", name, " exclude each other"));
  const auto driver = cgroups::driver_named(name);
  if (!driver) return fail(cat("--cgroup-manager: ", quoted(name), " is not cgroupfs, systemd or disabled"));
  return *driver;
}

Result<Globals> read_globals(const Arguments& arguments) {
  Globals globals;
  globals.root = arguments.has("root") ? arguments.value("root") : TRY(default_root());
  globals.driver = TRY(read_driver(arguments));
  globals.rootless = TRY(read_rootless(arguments));
  return globals;
}

Result<> start_logging(const Arguments& arguments) {
  const std::string format = arguments.value("log-format", "text");
  if (format != "text" && format != "json") return fail(cat("--log-format: ", quoted(format), " is not text or json"));
  set_debug(arguments.has("debug"));
  return open_log(arguments.value("log"), format == "json" ? LogFormat::kJson : LogFormat::kText);
}

Result<int> run_command(const Command& command, const Arguments& globals, std::span<const std::string> words) {
  const Arguments arguments = TRY_IN(command.name, parse(command, words));
  if (arguments.has("help")) {
    TRY(print(explain(command)));
    return 0;
  }
  TRY_IN(command.name, check_operands(command, arguments));
  const Globals read = TRY(read_globals(globals));
  return command.run({read, arguments});
}

// Gives the exit code, and has reported a failure.
int finish(const Result<int>& outcome, int failure) {
  if (outcome) {
    end_log_well();
    return *outcome;
  }
  report_error(outcome.error());
  return failure;
}

Result<int> run_without_command(const Arguments& globals) {
  if (globals.has("version")) {
    TRY(print(version_text()));
    return 0;
  }
  TRY(print(explain_program()));
  return globals.has("help") ? 0 : 1;
}

Result<int> run_help(std::span<const std::string> words) {
  if (words.empty()) {
    TRY(print(explain_program()));
    return 0;
  }
  const Command* command = find_command(words[0]);
  if (!command) return fail(cat("unknown command ", quoted(words[0])), "see nacelle --help");
  if (!command->run) {
    const std::string help[] = {"--help"};
    TRY(become_kube(help));
  }
  TRY(print(explain(*command)));
  return 0;
}

int run(std::span<const std::string> words) {
  const auto globals = parse(kProgram, words);
  if (!globals) return finish(std::unexpected(globals.error()), 1);
  if (const auto logging = start_logging(*globals); !logging) return finish(std::unexpected(logging.error()), 1);
  if (globals->operands.empty() || globals->has("version") || globals->has("help"))
    return finish(run_without_command(*globals), 1);

  const std::string& name = globals->operands[0];
  const auto rest = std::span(globals->operands).subspan(1);
  if (name == "help") return finish(run_help(rest), 1);
  const Command* command = find_command(name);
  if (!command) return finish(fail(cat("unknown command ", quoted(name)), "see nacelle --help"), 1);
  if (command->run) return finish(run_command(*command, *globals, rest), failure_code(*command));
  const auto failed = become_kube(rest);
  return finish(std::unexpected(failed.error()), 1);
}

// A caller that closed 0, 1 or 2 must not get one of our own files there, and give it to a container.
void fill_standard_descriptors() {
  Fd null;
  do null.reset(open("/dev/null", O_RDWR));  // NOLINT(android-cloexec-open): 0, 1 and 2 are for those after us
  while (null.is_open() && null.get() <= STDERR_FILENO && null.release() >= 0);
}

}  // namespace
}  // namespace cli

int main(int argc, char** argv) {
  cli::fill_standard_descriptors();
  const std::vector<std::string> words(argv + 1, argv + argc);
  return cli::run(words);
}
