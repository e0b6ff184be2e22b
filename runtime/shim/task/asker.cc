#include "runtime/shim/task/asker.h"

#include <array>
#include <string_view>

#include "base/text.h"

namespace shim {
namespace {

struct Words {
  std::string_view words;
  wire::Code code;
};
// What lifecycle says when it refuses; its texts are an interface (lifecycle.h).
constexpr std::array kRefusals = {
    Words{"container does not exist", wire::Code::not_found},
    Words{"already exists", wire::Code::already_exists},
    Words{"container not running", wire::Code::failed_precondition},
    Words{"container not paused", wire::Code::failed_precondition},
    Words{"cannot start a container", wire::Code::failed_precondition},
    Words{"cannot exec in a paused container", wire::Code::failed_precondition},
};

}  // namespace

void refuse(const Asker& asker, wire::Code code, std::string message) {
  asker->refuse({code, std::move(message)});
}

void refuse(const Asker& asker, const Error& error) {
  refuse(asker, code_of(error), error.text());
}

wire::Code code_of(const Error& error) {
  for (const auto& refusal : kRefusals)
    if (error.message.contains(refusal.words)) return refusal.code;
  return wire::Code::unknown;
}

std::shared_ptr<Task> find_task(const Daemon& daemon, const std::string& id, const Asker& asker) {
  const auto found = daemon.tasks.find(id);
  if (found != daemon.tasks.end() && !found->second->is_being_made) return found->second;
  refuse(asker, wire::Code::not_found, cat("task ", quoted(id), " not found"));
  return nullptr;
}

std::shared_ptr<Sandbox> find_sandbox(const Daemon& daemon, const std::string& id, const Asker& asker) {
  if (daemon.sandbox && daemon.sandbox->pod.id == id) return daemon.sandbox;
  refuse(asker, wire::Code::not_found, cat("sandbox ", quoted(id), " not found"));
  return nullptr;
}

Found find_process(const Daemon& daemon, const std::string& id, const std::string& exec_id, const Asker& asker) {
  Found found;
  found.task = find_task(daemon, id, asker);
  if (!found.task) return {};
  found.process = found.task->find(exec_id);
  if (!found.process)
    refuse(asker, wire::Code::not_found, cat("process ", quoted(exec_id), " of task ", quoted(id), " not found"));
  return found;
}

void work_for(Daemon& daemon, const Asker& asker, const Workers::Work& work,
              std::function<void(const std::string& given)> then) {
  const auto begun = daemon.workers.run({}, work, [asker, then = std::move(then)](const Result<std::string>& given) {
    if (!given) return refuse(asker, given.error());
    then(*given);
  });
  if (!begun) refuse(asker, begun.error());
}

}  // namespace shim
