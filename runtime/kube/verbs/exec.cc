// exec: joins the container from here; the supervisor is not asked.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/verbs/choose.h"
#include "runtime/kube/verbs/resource.h"
#include "runtime/kube/verbs/running.h"
#include "runtime/kube/verbs/verb.h"
#include "runtime/lifecycle/foreground.h"
#include "runtime/lifecycle/lifecycle.h"

namespace kube {
namespace {

constexpr Option kExec[] = {{"stdin", 'i', "", "give the command our stdin"},
                            {"tty", 't', "", "give the command a terminal"},
                            {"container", 'c', "NAME", "in this container"}};

// What a shell says of a command that was not found, or cannot be run.
constexpr int kNotFound = 127, kNotRunnable = 126;

sandbox::Process describe_process(const Call& call, sandbox::Process process, bool is_terminal) {
  const auto& operands = call.arguments.operands;
  process.args.assign(operands.begin() + 1, operands.end());
  process.terminal = is_terminal;
  process.console_height = process.console_width = 0;
  if (is_terminal)
    std::erase_if(process.env, [](const std::string& variable) { return variable.starts_with("TERM="); });
  if (is_terminal) process.env.emplace_back("TERM=xterm");
  return process;
}

Result<int> run_inside(const Call& call, const std::string& root, const std::string& id) {
  bool is_terminal = call.arguments.has("tty");
  if (is_terminal && (!call.arguments.has("stdin") || !isatty(STDIN_FILENO))) {
    remark("Unable to use a TTY - input is not a terminal or the right kind of file");
    is_terminal = false;
  }
  lifecycle::ExecOptions options;
  options.root = root;
  options.id = id;
  options.config = TRY(lifecycle::read_container_config(root, id));
  options.process = describe_process(call, *options.config->process, is_terminal);
  const Fd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!call.arguments.has("stdin")) options.stdio[0] = null.get();
  lifecycle::Foreground foreground = TRY(lifecycle::Foreground::begin(options.process));
  options.console = foreground.console();
  const Result<Pidfd> process = lifecycle::exec(std::move(options));
  if (!process) {
    const int err = process.error().err;
    if (err != ENOENT && err != EACCES) return std::unexpected(process.error());
    remark(cat("error: ", process.error().text()));
    return err == ENOENT ? kNotFound : kNotRunnable;
  }
  return foreground.attend(*process);
}

}  // namespace

const std::span<const Option> kExecOptions = kExec;

Result<int> run_exec(const Call& call) {
  const auto& operands = call.arguments.operands;
  if (operands.size() < 2) return fail("you must specify at least one command for the container");
  const Pod pod = TRY(find_pod(call.place, call.ns, TRY(parse_pod_name(operands[0]))));
  const Container* container = TRY(choose_container(pod, call.arguments.value("container")));
  const std::string id = TRY(running_id(pod, container->name));
  const std::string root = oci_root(pod_dir(call.place, pod.metadata.ns, pod.metadata.name));
  const int code = TRY(run_inside(call, root, id));
  if (code != 0) remark(cat("command terminated with exit code ", code));
  return code;
}

}  // namespace kube
