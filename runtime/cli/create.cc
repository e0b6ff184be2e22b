// create and run.
#include <unistd.h>

#include <cstdlib>

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/cli/making.h"
#include "runtime/cli/passed_fds.h"
#include "runtime/lifecycle/notify.h"

namespace cli {
namespace {

constexpr Option kConfig = {"config", 'f', "FILE", "read this instead of the bundle's config.json"};
constexpr Option kPreserve = {"preserve-fds", 0, "N", "give N further descriptors, from 3 on, to the container"};
constexpr Option kNoPivot = {"no-pivot", 0, "", "change the root with chroot: for a root that is a ramdisk"};
constexpr Option kNoKeyring = {"no-new-keyring", 0, "", "keep the caller's session keyring"};
constexpr Option kDryRun = {"dry-run", 0, "", "print the plan, and make nothing"};
constexpr Option kKeep = {"keep", 0, "", "do not delete the container at its end"};

constexpr Option kCreate[] = {kBundle, kConfig, kPidFile, kConsole, kPidfd, kPreserve, kNoPivot, kNoKeyring, kDryRun};
constexpr Option kRun[] = {kBundle, kConfig,   kPidFile, kConsole,   kPidfd,  kDetach,
                           kKeep,   kPreserve, kNoPivot, kNoKeyring, kDryRun, kNoSubreaper};

Result<lifecycle::CreateOptions> read_options(const Call& call) {
  const Arguments& arguments = call.arguments;
  lifecycle::CreateOptions options = TRY(read_making(call));
  if (const char* manager = getenv("NOTIFY_SOCKET")) options.notify_socket = manager;
  const PassedFds passed = TRY(read_passed_fds(arguments));
  options.listen_fds = passed.listen;
  options.preserve_fds = passed.preserved;
  options.no_pivot = arguments.has("no-pivot");
  options.no_new_keyring = arguments.has("no-new-keyring");
  return options;
}

std::string config_path(const Arguments& arguments, const std::string& bundle) {
  if (!arguments.has("config")) return join_path(bundle, "config.json");
  return arguments.value("config");  // as the caller sees it, not from the bundle
}

// Prints the plan to stdout.
Result<int> show_plan(const lifecycle::CreateOptions& options, const std::string& config) {
  const std::string plan = TRY(lifecycle::print_plan(options, config));
  TRY(write_all(STDOUT_FILENO, plan));
  return 0;
}

// Both commands, up to where they part.
Result<int> create(const Call& call, std::string_view verb) {
  const Arguments& arguments = call.arguments;
  const std::string context = cat(verb, " ", quoted(arguments.operands[0]));
  lifecycle::CreateOptions options = TRY_IN(context, read_options(call));
  options.start_at_once = verb == "run";
  const std::string config = TRY_IN(context, real_path(config_path(arguments, options.bundle)));
  if (arguments.has("dry-run")) return show_plan(options, config);
  const std::string text = TRY_IN(context, read_file(config));
  oci::Spec spec = TRY_IN(context, oci::read_spec(text, options.bundle));
  const bool is_detached = verb == "create" || arguments.has("detach");
  TRY_IN(context, check_process(spec, options.console_socket, is_detached));
  if (!is_detached)
    return run_in_foreground(std::move(options), std::move(spec), arguments.has("keep"),
                             [&](const auto& made, const oci::Spec& of) { return lifecycle::create(made, of, text); });
  const auto created = TRY(lifecycle::create(options, spec, text));
  if (created.notify.is_open())
    TRY_IN(context, lifecycle::forward_ready(created.notify.get(), created.init, options.notify_socket));
  return 0;
}

}  // namespace

constinit const std::span<const Option> kCreateOptions = kCreate;
constinit const std::span<const Option> kRunOptions = kRun;

Result<int> run_create(const Call& call) {
  return create(call, "create");
}

Result<int> run_run(const Call& call) {
  return create(call, "run");
}

}  // namespace cli
