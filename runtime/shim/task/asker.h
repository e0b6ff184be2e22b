// The one who asked, and the ways to answer.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/shim/task/daemon.h"
#include "runtime/shim/ttrpc/server.h"
#include "runtime/shim/wire/message.h"
#include "runtime/shim/wire/status.h"
#include "runtime/shim/wire/task.h"

namespace shim {

// Shared, because an answer often comes from a worker or with a process's end.
using Asker = std::shared_ptr<ttrpc::Reply>;

template <class Message>
void answer(const Asker& asker, const Message& message) {
  asker->answer(wire::encode(message));
}
inline void answer(const Asker& asker) {
  asker->answer({});
}
void refuse(const Asker& asker, wire::Code code, std::string message);
void refuse(const Asker& asker, const Error& error);

// The code that callers expect for an error of lifecycle's: they act on it, not on the words.
wire::Code code_of(const Error& error);

// The task of that id, once it is made; null when there is none, and the asker has been told.
std::shared_ptr<Task> find_task(const Daemon& daemon, const std::string& id, const Asker& asker);
// The sandbox, when it has that id; null when it has not, or there is none, and the asker has been told.
std::shared_ptr<Sandbox> find_sandbox(const Daemon& daemon, const std::string& id, const Asker& asker);
// The process, and its task; false when there is none, and the asker has been told.
struct Found {
  std::shared_ptr<Task> task;
  std::shared_ptr<Process> process;
  explicit operator bool() const { return process != nullptr; }
};
Found find_process(const Daemon& daemon, const std::string& id, const std::string& exec_id, const Asker& asker);

// Has a worker do it, then calls `then` with what it gave. When it fails, the asker is told.
void work_for(Daemon& daemon, const Asker& asker, const Workers::Work& work,
              std::function<void(const std::string& given)> then);

}  // namespace shim
