// Asks a container something: runs a command in it, or speaks to one of its ports. Nothing here blocks, and any number
// of handlers may be under way at once.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/loop.h"
#include "runtime/kube/api/handlers.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// The container that is asked. It is read when the handler starts and not needed later.
struct HandlerTarget {
  const Container* container = nullptr;  // its ports have names
  std::string oci_root, id;              // where the lifecycle keeps it, and as what
  std::string address;                   // where its ports are reached
  std::string network;                   // path of the network namespace to reach them from; empty: ours
  std::string user_agent;                // "kube-probe/1.36", "kube-lifecycle/1.36"
};

struct HandlerResult {
  enum class Outcome {
    success,
    warning,  // a success with a remark: redirects that were not followed
    failure,
    unknown,  // the question could not be asked: no such port, no such program
  };
  Outcome outcome = Outcome::unknown;
  std::string message;      // what the command printed or the server answered, or what failed; in the kubelet's words
  bool was_killed = false;  // the command, by SIGKILL: maybe with its container, whose end is seen a moment later

  bool is_success() const { return outcome == Outcome::success || outcome == Outcome::warning; }
};

// A handler under way. Destroyed, it is given up: a command is killed, a connection closed.
class HandlerRun {
 public:
  virtual ~HandlerRun() = default;
};

// Starts a handler. `done` is called once, from the loop and never before this returns; it may destroy the run. After
// `timeout` milliseconds the handler has failed.
std::unique_ptr<HandlerRun> run_handler(Loop& loop, const HandlerTarget& target, Handler handler, int64_t timeout,
                                        std::function<void(HandlerResult)> done);

// The most that is kept of what a command prints or a server answers, in bytes (kubelet, pkg/probe).
constexpr size_t kMostAnswer = 10 << 10;

// The number that the reference means for the container; the kubelet's words when it means none.
Result<uint16_t> resolve_port(const PortReference& port, const Container& container);

}  // namespace kube
