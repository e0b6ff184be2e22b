// What happens when: the operations of the OCI runtime-spec (runtime.md), for the command line, the shim and the pods.
//
// Every function works from the state on disk alone, below `root` (/run/nacelle): <root>/<id>/state.json, config.json,
// the socket of `start`. Errors are one line without the program's name; "container does not exist: 'web'" and its kin
// are texts that callers look for. Nothing here prints.
#pragma once

#include <sys/types.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/pidfd.h"
#include "base/result.h"
#include "cgroups/cgroups.h"
#include "runtime/oci/spec.h"
#include "runtime/oci/state.h"

namespace lifecycle {

// Descriptors for a process, each above 2; -1: the caller's own 0, 1, 2. They are not closed.
using Stdio = std::array<int, 3>;

// Whether what only root can have may be missing: a cgroup where no limits are asked for, device rules, a lower
// oom_score_adj. `automatic`: as it is for who calls us.
enum class Rootless { automatic, yes, no };

struct CreateOptions {
  std::string root;  // directory of all states, made when it is missing
  std::string id;
  std::string bundle;  // absolute
  cgroups::Driver driver = cgroups::Driver::cgroupfs;
  Rootless rootless = Rootless::automatic;
  std::string pid_file;        // gets the pid, decimal without newline; empty: none
  std::string console_socket;  // path of a socket that gets the terminal's master; empty: none
  int console = -1;            // or a connected socket for it
  std::string pidfd_socket;    // path of a socket that gets a pidfd of the container's init; empty: none
  std::string notify_socket;   // $NOTIFY_SOCKET of the caller (sd_notify(3)): the container gets one too; empty: none
  Stdio stdio = {-1, -1, -1};
  int listen_fds = 0;    // of socket activation: descriptors from 3 on, and LISTEN_FDS, LISTEN_PID=1 in the environment
  int preserve_fds = 0;  // further descriptors, behind those, that go to the container too
  bool no_pivot = false, no_new_keyring = false;
  bool start_at_once = false;  // `run`: does not wait for start()
};

// Reads config.json (`config`: path, relative to the bundle) and works out the plan; nothing is made. For --dry-run.
Result<std::string> print_plan(const CreateOptions& options, const std::string& config);

// Creates the container; with start_at_once its program is running when this returns. The process is a child of the
// caller. A failure leaves nothing behind; killed half-way, remove(force) takes away what is there. `config_text`, of
// which `spec` was read, is kept beside the state for exec.
struct Created {
  oci::State state;
  Pidfd init;
  Fd notify;  // with start_at_once and a notify_socket: where the program will say that it is ready
};
Result<Created> create(const CreateOptions& options, const oci::Spec& spec, const std::string& config_text);

// Lets a created container's program run, and hears whether it could be executed. Then the poststart hooks: when one
// fails, or one of startContainer, the container is destroyed. A container that was created with a notify_socket, when
// the caller has one now, is waited for until it says that it is ready, which the caller's manager is told.
Result<> start(const std::string& root, const std::string& id, const std::string& notify_socket = {});

struct ExecOptions {
  std::string root, id;
  sandbox::Process process;
  std::optional<oci::Spec> config;  // as read_container_config() gave it; else it is read
  // What `process` leaves out of capabilities, rlimits, labels, oom score and scheduling is as the container's own has
  // it.
  bool inherits = false;
  std::string pid_file, console_socket, pidfd_socket;
  int console = -1;
  Stdio stdio = {-1, -1, -1};
  int preserve_fds = 0;
  std::string cgroup;  // sub-cgroup below the container's, empty: the container's own
  bool ignore_paused = false;
};
// Runs a process more in a running container. It is executing its program when this returns; a child of the caller.
Result<Pidfd> exec(ExecOptions options);

// The container's config, whose process (always there) is where a description of another one begins: capabilities,
// user, environment, labels …
Result<oci::Spec> read_container_config(const std::string& root, const std::string& id);

// Sends a signal to the container's init, with `all` to every process of its cgroup. "container not running" when it
// is stopped (with `all`: no error).
Result<> kill(const std::string& root, const std::string& id, int signal, bool all);

// Stops every process of a running container where it is (the cgroup freezer), and lets them go on. Both return when
// the kernel says that it is so. Errors: "pause 'web': container not running: it is stopped" (or created, or paused),
// "resume 'web': container not paused".
Result<> pause(const std::string& root, const std::string& id);
Result<> resume(const std::string& root, const std::string& id);

// The pids of all of a container's processes as the caller's pid namespace has them, ascending; those in cgroups that
// the container has made below its own, too. None when it is stopped.
Result<std::vector<pid_t>> read_processes(const std::string& root, const std::string& id);

// What a created, running or paused container uses. "container not running: it is stopped".
Result<cgroups::Metrics> read_metrics(const std::string& root, const std::string& id);
// Hears of its processes being killed for want of memory, and of its end.
Result<cgroups::Watch> watch(const std::string& root, const std::string& id);

// Changes the limits of a created, running or paused container, all or none of them (see cgroups::update), by the
// cgroup manager that made it. What `resources` leaves out stays: quota or period alone keep the other half, the limit
// of memory + swap that was asked for holds on when only memory.limit changes, cpu.idle 0 brings the shares back.
// Device rules are left alone. Errors: "update 'web': container not running: it is stopped", "update 'web':
// linux.resources.cpu.quota: …".
// `schemata` are lines for the container's Intel RDT group, an error when it has none.
Result<> update(const std::string& root, const std::string& id, const cgroups::Resources& resources,
                const std::vector<std::string>& schemata = {});

// Adds the mounts of a file (a list as `mounts` in config.json, or an object that has one) to a container that is
// created, running or paused. When one fails, those before it are removed again. Or removes what is mounted on their
// destinations, the last one first. Errors: "container not running", what is wrong in the file, or with a mount.
Result<> add_mounts(const std::string& root, const std::string& id, const std::string& file);
Result<> remove_mounts(const std::string& root, const std::string& id, const std::string& file);

// Removes a stopped container, or a created one, which is killed; with `force` a running one too, and what a killed
// create left. Unknown containers are an error, with `force` none. Then the poststop hooks, whose failures are warned
// about.
Result<> remove(const std::string& root, const std::string& id, bool force);

// State of one, or of all containers (by id).
Result<oci::Listed> read_state(const std::string& root, const std::string& id);
Result<std::vector<oci::Listed>> list(const std::string& root);

// What criu(8) is told, the same for both directions. Directories are absolute and there.
struct CriuOptions {
  std::string images, work;  // where the images are, and the log
  bool tcp_established = false, ext_unix_sk = false, shell_job = false, file_locks = false;
  bool link_remap = false, auto_dedup = false, lazy_pages = false;
  std::string cgroups_mode = "soft";          // soft, full, strict or ignore
  std::vector<std::string> empty_namespaces;  // "network"
};

struct CheckpointOptions {
  std::string root, id;
  CriuOptions criu;
  std::string parent_path;  // images of an earlier pre_dump, seen from `images`
  std::string page_server;  // "ADDRESS:PORT" that gets the pages; empty: none
  int status_fd = -1;       // gets a byte when a lazy-pages server is ready
  bool leave_running = false, pre_dump = false, tcp_skip_in_flight = false;
};
// Writes a running container to the images. Unless it is left running, it is then gone, as after remove().
Result<> checkpoint(const CheckpointOptions& options);

struct RestoreOptions {
  CreateOptions create;
  CriuOptions criu;
  bool tcp_close = false;
  std::string lsm_profile, lsm_mount_context;
};
// Makes a container of a bundle and images; its program goes on where it was. A child of the caller. A failure leaves
// nothing behind. The prestart, createRuntime and createContainer hooks run when its namespaces are there.
Result<Created> restore(const RestoreOptions& options, const oci::Spec& spec, const std::string& config_text);

// What this build can do, as the JSON object of the spec's features.md. Whether this host can do it too is another
// question, but for linux.seccomp.supportedFlags and linux.capabilities. `annotations` are the caller's own.
std::string features(const std::map<std::string, std::string>& annotations);

}  // namespace lifecycle
