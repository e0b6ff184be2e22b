// The commands about a container that is there: start, state, kill, delete, list.
#include <unistd.h>

#include "base/file.h"
#include "base/signals.h"
#include "base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/lifecycle/lifecycle.h"

namespace cli {

Result<int> run_start(const Call& call) {
  TRY(lifecycle::start(call.globals.root, call.arguments.operands[0]));
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
  TRY(lifecycle::kill(call.globals.root, operands[0], *signal, call.arguments.has("all")));
  return 0;
}

Result<int> run_delete(const Call& call) {
  TRY(lifecycle::remove(call.globals.root, call.arguments.operands[0], call.arguments.has("force")));
  return 0;
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
