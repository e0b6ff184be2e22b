#include "runtime/cli/commands.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/oci/spec.h"
#include "security/seccomp.h"

namespace cli {
namespace {

constexpr Option kGlobalOptions[] = {
    {"root", 0, "DIR", "where the state of containers is kept (default: /run/nacelle)"},
    {"log", 0, "FILE", "write errors there too"},
    {"log-format", 0, "FORMAT", "of the log: text or json (default: text)"},
    {"debug", 0, "", "say what is being done"},
    {"systemd-cgroup", 0, "", "the same as --cgroup-manager=systemd"},
    {"cgroup-manager", 0, "NAME", "who makes cgroups: cgroupfs, systemd or disabled (default: cgroupfs)"},
    {"rootless", 0, "WHEN",
     "true, false or auto: a cgroup that cannot be made is no error where no limits are asked for"},
    {"version", 'v', "", "show the version and exit"},
};

constexpr Option kKillOptions[] = {
    {"all", 'a', "", "to all processes of the container; a stopped one is no error then"},
    {"regex", 'r', "", "CONTAINER is an extended regular expression: to all containers whose ids match"},
};

constexpr Option kDeleteOptions[] = {
    {"force", 'f', "", "kill a running container first; an unknown one is no error then"},
    {"regex", 'r', "", "CONTAINER is an extended regular expression: remove all containers whose ids match"},
};

constexpr Option kListOptions[] = {
    {"format", 'f', "FORMAT", "table or json (default: table)"},
    {"quiet", 'q', "", "ids only"},
};

constexpr Option kSpecOptions[] = {
    {"bundle", 'b', "DIR", "where to write config.json (default: the current directory)"},
    {"rootless", 0, "", "for a user without privileges: root in the container is the caller"},
};

constexpr size_t kAny = static_cast<size_t>(-1);

const Command kCommands[] = {
    {"create", "CONTAINER", "make a container, whose program waits for start", kCreateOptions, 1, 1, false, run_create},
    {"start", "CONTAINER", "let the program of a created container run", {}, 1, 1, false, run_start},
    {"run", "CONTAINER", "create and start a container, and wait for its end", kRunOptions, 1, 1, false, run_run},
    {"exec", "CONTAINER [COMMAND [ARGUMENT]...]", "run a program more in a running container", kExecOptions, 1, kAny,
     true, run_exec},
    {"state", "CONTAINER", "show the state of a container as JSON", {}, 1, 1, false, run_state},
    {"kill", "CONTAINER [SIGNAL]", "send a signal (default: TERM) to a container", kKillOptions, 1, 2, false, run_kill},
    {"mounts",
     "add|remove CONTAINER FILE",
     "add the mounts of a file to a container that is there, or remove them",
     {},
     3,
     3,
     false,
     run_mounts},
    {"pause", "CONTAINER", "stop all processes of a container where they are", {}, 1, 1, false, run_pause},
    {"resume", "CONTAINER", "let a paused container go on", {}, 1, 1, false, run_resume},
    {"ps", "CONTAINER [PS-OPTION]...", "list the processes of a container", kPsOptions, 1, kAny, true, run_ps},
    {"events", "CONTAINER", "show what a container uses, and when it runs out of memory", kEventsOptions, 1, 1, false,
     run_events},
    {"update", "CONTAINER", "change the limits of a container", kUpdateOptions, 1, 1, false, run_update},
    {"delete", "CONTAINER", "remove a stopped container", kDeleteOptions, 1, 1, false, run_delete},
    {"list", "", "list the containers", kListOptions, 0, 0, false, run_list},
    {"checkpoint", "CONTAINER", "write a running container to files, by criu", kCheckpointOptions, 1, 1, false,
     run_checkpoint},
    {"restore", "CONTAINER", "make a container of files that checkpoint wrote", kRestoreOptions, 1, 1, false,
     run_restore},
    {"features", "", "show what this program can do, as JSON", {}, 0, 0, false, run_features},
    {"spec", "", "write a config.json to begin with", kSpecOptions, 0, 0, false, run_spec},
    // Not run from here: main hands over all of its words to nacelle-kube.
    {"kube", "COMMAND [ARGUMENT]...", "run Kubernetes manifests on this machine", {}, 0, kAny, true, nullptr},
};

}  // namespace

const Command kProgram = {
    "nacelle", "COMMAND [ARGUMENT]...", "a pod-native container runtime", kGlobalOptions, 0, kAny, true, nullptr};

std::span<const Command> commands() {
  return kCommands;
}

const Command* find_command(std::string_view name) {
  const auto* found = std::ranges::find(kCommands, name, &Command::name);
  return found == std::end(kCommands) ? nullptr : found;
}

int failure_code(const Command& command) {
  return command.run == run_exec ? 255 : 1;
}

std::string version_text() {
  return cat("nacelle version ", NACELLE_VERSION, "\ncommit: ", NACELLE_COMMIT, "\nspec: ", oci::kSpecVersion,
             "\nlibseccomp: ", security::libseccomp_version(), "\n");
}

}  // namespace cli
