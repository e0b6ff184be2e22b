// exec: the process comes from a file, or from the container's own with what the options change.
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/passed_fds.h"
#include "runtime/lifecycle/foreground.h"
#include "runtime/lifecycle/lifecycle.h"
#include "security/capabilities.h"

namespace cli {
namespace {

constexpr Option kExec[] = {
    {"process", 'p', "FILE", "the process as JSON, instead of the options below that describe it"},
    {"cwd", 0, "DIR", "working directory in the container"},
    {"env", 'e', "NAME=VALUE", "set a variable; may be given many times"},
    {"tty", 't', "", "give it a terminal"},
    {"user", 'u', "UID[:GID]", "run as these ids"},
    {"additional-gids", 'g', "GID", "a further group; may be given many times"},
    {"process-label", 0, "LABEL", "SELinux label"},
    {"apparmor", 0, "PROFILE", "AppArmor profile"},
    {"no-new-privs", 0, "", "let no program gain privileges"},
    {"cap", 'c', "NAME", "a further capability; may be given many times"},
    {"detach", 'd', "", "do not wait for its end"},
    {"pid-file", 0, "FILE", "write its pid there"},
    {"console-socket", 0, "PATH", "send the master of its terminal to this socket"},
    {"pidfd-socket", 0, "PATH", "send a pidfd of it to this socket"},
    {"preserve-fds", 0, "N", "give it N further descriptors, from 3 on"},
    {"cgroup", 0, "PATH", "run in this cgroup below the container's"},
    {"ignore-paused", 0, "", "do not refuse a paused container"},
};

// Numbers and nothing else: reading names, or what begins like a number, has run things as root (CVE-2026-30892).
Result<> set_user(sandbox::Process& process, const std::string& text) {
  const std::vector<std::string> parts = split(text, ':');
  const auto uid = parse_number<uint32_t>(parts[0]);
  const auto gid = parts.size() == 2 ? parse_number<uint32_t>(parts[1]) : std::optional<uint32_t>(process.user.gid);
  constexpr uint32_t kNoId = UINT32_MAX;
  if (parts.size() > 2 || !uid || !gid || *uid == kNoId || *gid == kNoId)
    return fail(cat("--user: ", quoted(text), " is not UID[:GID] in numbers"));
  process.user.uid = *uid;
  process.user.gid = *gid;
  return {};
}

Result<> add_groups(sandbox::Process& process, const std::vector<std::string>& groups) {
  for (const std::string& text : groups) {
    const auto gid = parse_number<uint32_t>(text);
    if (!gid || *gid == UINT32_MAX)
      return fail(cat("--additional-gids: ", quoted(text), " is not a number of a group"));
    process.user.additional_gids.push_back(*gid);
  }
  return {};
}

// As with runc: to the sets that make it effective, and to the ambient one where it is inheritable already.
Result<> add_capabilities(sandbox::Process& process, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto bit = security::parse_capability(name);
    if (!bit) return fail(cat("--cap: unknown capability ", quoted(name)));
    if (!process.capabilities) process.capabilities.emplace();
    const security::CapabilityMask mask = security::CapabilityMask{1} << *bit;
    auto& sets = *process.capabilities;
    sets.bounding |= mask;
    sets.effective |= mask;
    sets.permitted |= mask;
    sets.ambient |= sets.inheritable & mask;
  }
  return {};
}

// A later setting takes the place of an earlier one: programs look at the first that they find.
Result<> set_environment(sandbox::Process& process, const std::vector<std::string>& settings) {
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) return fail(cat("--env: ", quoted(setting), " is not NAME=VALUE"));
    const std::string_view name = std::string_view(setting).substr(0, equals + 1);
    std::erase_if(process.env, [&](const std::string& old) { return old.starts_with(name); });
    process.env.push_back(setting);
  }
  return {};
}

// The container's process with the changes of the options.
Result<sandbox::Process> describe_process(sandbox::Process process, const Arguments& arguments) {
  process.args.assign(arguments.operands.begin() + 1, arguments.operands.end());
  if (process.args.empty()) return fail("COMMAND is missing", "see nacelle exec --help");
  process.terminal = arguments.has("tty");
  process.cwd = arguments.value("cwd", process.cwd);
  if (!process.cwd.starts_with('/')) return fail(cat("--cwd: ", quoted(process.cwd), " is not absolute"));
  if (arguments.has("user")) TRY(set_user(process, arguments.value("user")));
  TRY(add_groups(process, arguments.values("additional-gids")));
  TRY(add_capabilities(process, arguments.values("cap")));
  TRY(set_environment(process, arguments.values("env")));
  process.selinux_label = arguments.value("process-label", process.selinux_label);
  process.apparmor_profile = arguments.value("apparmor", process.apparmor_profile);
  process.no_new_privileges |= arguments.has("no-new-privs");
  return process;
}

Result<sandbox::Process> read_process_file(const std::string& path, const Arguments& arguments) {
  sandbox::Process process = TRY(oci::read_process(TRY_IN("--process", read_file(path)), path));
  process.terminal |= arguments.has("tty");
  if (arguments.operands.size() > 1) return fail("COMMAND and --process exclude each other");
  return process;
}

Result<> set_process(lifecycle::ExecOptions& options, const Arguments& arguments) {
  if (const std::string file = arguments.value("process"); !file.empty()) {
    options.process = TRY(read_process_file(file, arguments));
    return {};
  }
  options.config = TRY(lifecycle::read_container_config(options.root, options.id));
  options.process = TRY(describe_process(*options.config->process, arguments));
  return {};
}

Result<lifecycle::ExecOptions> read_exec_options(const Call& call) {
  const Arguments& arguments = call.arguments;
  lifecycle::ExecOptions options;
  options.root = call.globals.root;
  options.id = arguments.operands[0];
  TRY(set_process(options, arguments));
  options.inherits = arguments.has("process");
  options.pid_file = arguments.value("pid-file");
  options.console_socket = arguments.value("console-socket");
  options.pidfd_socket = arguments.value("pidfd-socket");
  options.preserve_fds = TRY(read_passed_fds(arguments)).preserved;
  options.cgroup = arguments.value("cgroup");
  options.ignore_paused = arguments.has("ignore-paused");
  return options;
}

}  // namespace

constinit const std::span<const Option> kExecOptions = kExec;

Result<int> run_exec(const Call& call) {
  const std::string context = cat("exec in ", quoted(call.arguments.operands[0]));
  lifecycle::ExecOptions options = TRY_IN(context, read_exec_options(call));
  const bool is_detached = call.arguments.has("detach"), has_socket = !options.console_socket.empty();
  if (options.process.terminal && is_detached && !has_socket)
    return fail(cat(context, ": a detached process with a terminal needs --console-socket"));
  if (has_socket && !(options.process.terminal && is_detached))
    return fail(cat(context, ": --console-socket is for a detached process with a terminal"));
  if (is_detached) {
    TRY(lifecycle::exec(std::move(options)));
    return 0;
  }
  lifecycle::Foreground foreground = TRY(lifecycle::Foreground::begin(options.process));
  options.console = foreground.console();
  const Pidfd process = TRY(lifecycle::exec(std::move(options)));
  return foreground.attend(process);
}

}  // namespace cli
