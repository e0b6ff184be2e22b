#include "runtime/lifecycle/hooks.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/file.h"
#include "base/log.h"
#include "base/pidfd.h"
#include "base/spawn.h"
#include "base/text.h"

namespace lifecycle {
namespace {

Result<Pidfd> spawn(const sandbox::Hook& hook, int input, int output) {
  Spawn settings;
  posix_spawn_file_actions_adddup2(&settings.actions, input, 0);
  posix_spawn_file_actions_adddup2(&settings.actions, output, 1);
  posix_spawn_file_actions_adddup2(&settings.actions, output, 2);
  return settings.run(hook.path, hook.args.empty() ? std::vector{hook.path} : hook.args, hook.env);
}

// What it said at last, to go with its exit status.
std::string last_line(int output) {
  if (lseek(output, 0, SEEK_SET) < 0) return {};
  auto text = read_all(output, 1 << 20);
  if (!text) return {};
  std::string_view rest = trimmed(*text);
  return visible(trimmed(rest.substr(rest.rfind('\n') + 1)));
}

}  // namespace

Result<> run_hook(const sandbox::Hook& hook, const std::string& input_text) {
  Fd input = TRY(memory_file("nacelle-state", input_text));
  Fd output = TRY(memory_file("nacelle-hook", ""));
  auto process = TRY(spawn(hook, input.get(), output.get()));
  bool ended = wait_end(process, hook.timeout > 0 ? hook.timeout * 1000 : -1);
  if (!ended) (void)send_signal(process, SIGKILL);
  int status = TRY(wait_exit(process));
  if (!ended) return fail(cat("killed after its timeout of ", hook.timeout, " s"));
  if (status == 0) return {};
  std::string said = last_line(output.get());
  return fail(cat("exit status ", status, said.empty() ? "" : ": ", said));
}

Result<> run_hooks(std::string_view name, const std::vector<sandbox::Hook>& hooks, const std::string& state) {
  for (size_t i = 0; i < hooks.size(); i++)
    TRY_IN(cat(name, "[", i, "] ", quoted(hooks[i].path)), run_hook(hooks[i], state));
  return {};
}

void remember_start_hooks(oci::State& state, const sandbox::Plan& plan, const std::vector<sandbox::Hook>& hooks) {
  if (hooks.empty()) return;
  // They are the last of their kind.
  size_t operation = plan.ops().size(), left = hooks.size();
  while (left > 0 && operation > 0)
    if (plan.ops()[--operation].code == sandbox::OpCode::hook) left--;
  state.extra["firstStartHook"] = cat(operation);
  for (size_t i = 0; i < hooks.size(); i++) state.extra[cat("startHook", i)] = hooks[i].path;
}

std::optional<std::string> name_start_hook(const oci::State& state, uint32_t operation) {
  auto noted = state.extra.find("firstStartHook");
  if (noted == state.extra.end()) return std::nullopt;
  auto first = parse_number<uint32_t>(noted->second);
  if (!first || operation < *first) return std::nullopt;
  auto path = state.extra.find(cat("startHook", operation - *first));
  if (path == state.extra.end()) return std::nullopt;
  return cat("hooks.startContainer[", operation - *first, "] ", quoted(path->second));
}

void run_all_hooks(std::string_view name, const std::vector<sandbox::Hook>& hooks, const std::string& state) {
  for (size_t i = 0; i < hooks.size(); i++) {
    auto done = run_hook(hooks[i], state);
    if (!done) log_warning(within(cat(name, "[", i, "] ", quoted(hooks[i].path)), std::move(done).error()).text());
  }
}

}  // namespace lifecycle
