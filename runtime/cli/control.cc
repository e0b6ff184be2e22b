// The commands about a container that is there: start, state, kill, pause, resume, delete, list.
#include <regex.h>
#include <unistd.h>

#include "base/file.h"
#include "base/signals.h"
#include "base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/lifecycle/lifecycle.h"

namespace cli {
namespace {

// The ids of the containers that the expression matches (regex(7), extended).
Result<std::vector<std::string>> matching_ids(const std::string& root, const std::string& expression) {
  regex_t compiled;
  if (const int problem = regcomp(&compiled, expression.c_str(), REG_EXTENDED | REG_NOSUB); problem != 0) {
    char reason[128];
    regerror(problem, &compiled, reason, sizeof reason);
    return fail(cat("regular expression ", quoted(expression), ": ", reason));
  }
  std::vector<std::string> ids;
  const auto found = lifecycle::list(root);
  if (found)
    for (const oci::Listed& one : *found)
      if (regexec(&compiled, one.state.id.c_str(), 0, nullptr, 0) == 0) ids.push_back(one.state.id);
  regfree(&compiled);
  if (!found) return std::unexpected(found.error());
  return ids;
}

// Does it to the container named, or with --regex to each that matches. One that fails does not keep the others from
// their turn; the first failure is the command's.
template <class Act>
Result<int> for_named(const Call& call, const Act& act) {
  const std::string& name = call.arguments.operands[0];
  if (!call.arguments.has("regex")) {
    TRY(act(name));
    return 0;
  }
  Result<> outcome;
  for (const std::string& id : TRY(matching_ids(call.globals.root, name)))
    if (Result<> done = act(id); !done && outcome)
      outcome = std::unexpected(within(quoted(id), std::move(done).error()));
  TRY(std::move(outcome));
  return 0;
}

}  // namespace

Result<int> run_start(const Call& call) {
  const char* manager = getenv("NOTIFY_SOCKET");
  TRY(lifecycle::start(call.globals.root, call.arguments.operands[0], manager ? manager : ""));
  return 0;
}

Result<int> run_state(const Call& call) {
  const oci::Listed found = TRY(lifecycle::read_state(call.globals.root, call.arguments.operands[0]));
  TRY(write_all(STDOUT_FILENO, oci::state_for_user(found.state, found.status)));
  return 0;
}

Result<int> run_kill(const Call& call) {
  const auto& operands = call.arguments.operands;
  const std::string name = operands.size() > 1 ? operands[1] : "TERM";
  const auto signal = parse_signal(name);
  if (!signal) return fail(cat("unknown signal ", quoted(name)));
  const bool all = call.arguments.has("all");
  return for_named(call, [&](const std::string& id) { return lifecycle::kill(call.globals.root, id, *signal, all); });
}

Result<int> run_mounts(const Call& call) {
  const auto& operands = call.arguments.operands;
  const std::string& verb = operands[0];
  if (verb != "add" && verb != "remove") return fail(cat("mounts: ", quoted(verb), " is neither add nor remove"));
  TRY((verb == "add" ? lifecycle::add_mounts : lifecycle::remove_mounts)(call.globals.root, operands[1], operands[2]));
  return 0;
}

Result<int> run_pause(const Call& call) {
  TRY(lifecycle::pause(call.globals.root, call.arguments.operands[0]));
  return 0;
}

Result<int> run_resume(const Call& call) {
  TRY(lifecycle::resume(call.globals.root, call.arguments.operands[0]));
  return 0;
}

Result<int> run_delete(const Call& call) {
  const bool force = call.arguments.has("force");
  return for_named(call, [&](const std::string& id) { return lifecycle::remove(call.globals.root, id, force); });
}

Result<int> run_list(const Call& call) {
  const std::string format = call.arguments.value("format", "table");
  if (format != "table" && format != "json") return fail(cat("--format: ", quoted(format), " is not table or json"));
  const auto found = TRY(lifecycle::list(call.globals.root));
  std::string text;
  if (call.arguments.has("quiet"))
    for (const oci::Listed& one : found) text += one.state.id + "\n";
  else
    text = format == "json" ? oci::list_as_json(found) : oci::list_as_table(found);
  TRY(write_all(STDOUT_FILENO, text));
  return 0;
}

}  // namespace cli
