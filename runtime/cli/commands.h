// The commands of nacelle, each with its table of options.
#pragma once

#include <span>
#include <string>

#include "cgroups/hierarchy.h"
#include "runtime/cli/options.h"
#include "runtime/lifecycle/lifecycle.h"

namespace cli {

// What stands before the command.
struct Globals {
  std::string root;  // directory of all states
  cgroups::Driver driver = cgroups::Driver::cgroupfs;
  lifecycle::Rootless rootless = lifecycle::Rootless::automatic;
};

// All of them, in the order in which they are shown.
std::span<const Command> commands();
const Command* find_command(std::string_view name);

// The program itself: its options are the global ones, its operands the command and what follows.
extern const Command kProgram;

// The exit code when a command fails: 1, and 255 for exec, so that it is not taken for the program's.
int failure_code(const Command& command);

// "nacelle version 0.1.0" and three more lines: commit, spec, libseccomp. Callers look for "commit: " and "spec: ".
std::string version_text();

// Replaces this process with nacelle-kube, which lies beside our own executable, in the libexec directory or in PATH.
// Returns only on failure.
Result<> become_kube(std::span<const std::string> words);

// The commands' own work; see the table.
Result<int> run_create(const Call& call);
Result<int> run_run(const Call& call);
Result<int> run_start(const Call& call);
Result<int> run_exec(const Call& call);
Result<int> run_state(const Call& call);
Result<int> run_kill(const Call& call);
Result<int> run_mounts(const Call& call);
Result<int> run_pause(const Call& call);
Result<int> run_resume(const Call& call);
Result<int> run_ps(const Call& call);
Result<int> run_update(const Call& call);
Result<int> run_events(const Call& call);
Result<int> run_delete(const Call& call);
Result<int> run_list(const Call& call);
Result<int> run_checkpoint(const Call& call);
Result<int> run_restore(const Call& call);
Result<int> run_features(const Call& call);
Result<int> run_spec(const Call& call);

// Their options.
extern const std::span<const Option> kCreateOptions;
extern const std::span<const Option> kRunOptions;
extern const std::span<const Option> kExecOptions;
extern const std::span<const Option> kCheckpointOptions;
extern const std::span<const Option> kRestoreOptions;
extern const std::span<const Option> kPsOptions;
extern const std::span<const Option> kUpdateOptions;
extern const std::span<const Option> kEventsOptions;

}  // namespace cli
