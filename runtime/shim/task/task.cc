#include "runtime/shim/task/task.h"

#include <algorithm>

namespace shim {

std::shared_ptr<Process> Task::find(const std::string& exec_id) const {
  if (exec_id.empty()) return init;
  const auto found = execs.find(exec_id);
  return found == execs.end() ? nullptr : found->second;
}

std::shared_ptr<Process> Task::find_living(pid_t pid) const {
  const auto is_it = [pid](const Process& process) { return process.pid == pid && !process.end; };
  if (is_it(*init)) return init;
  for (const auto& [exec_id, process] : execs)
    if (is_it(*process)) return process;
  return nullptr;
}

std::vector<std::shared_ptr<Process>> take_ended(Task& task) {
  std::vector<std::shared_ptr<Process>> ended;
  const auto take = [&](const std::shared_ptr<Process>& process) {
    if (!process->end || process->state == Process::State::starting || process->state == Process::State::stopped)
      return;
    process->state = Process::State::stopped;
    ended.push_back(process);
  };
  for (const auto& [exec_id, process] : task.execs) take(process);
  std::ranges::sort(ended, {}, [](const auto& process) { return process->end->at; });
  if (std::ranges::none_of(task.execs, [](const auto& entry) { return entry.second->is_alive(); })) take(task.init);
  return ended;
}

}  // namespace shim
