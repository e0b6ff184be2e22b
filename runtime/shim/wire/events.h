// What containerd is told of without having asked: containerd.events.*, and the envelope they go in.
#pragma once

#include "runtime/shim/wire/common.h"

namespace shim::wire {

constexpr std::string_view kServiceEvents = "containerd.services.events.ttrpc.v1.Events";  // its only method: Forward

struct TaskIO {
  std::string in, out, err;
  bool terminal = false;

  static constexpr auto fields() {
    using M = TaskIO;
    return table(Field{1, &M::in}, Field{2, &M::out}, Field{3, &M::err}, Field{4, &M::terminal});
  }
};

struct TaskCreate {
  static constexpr std::string_view kTopic = "/tasks/create", kType = "containerd.events.TaskCreate";
  std::string container_id, bundle;
  std::vector<Mount> rootfs;
  std::optional<TaskIO> io;
  std::string checkpoint;
  uint32_t pid = 0;

  static constexpr auto fields() {
    using M = TaskCreate;
    return table(Field{1, &M::container_id}, Field{2, &M::bundle}, Field{3, &M::rootfs}, Field{4, &M::io},
                 Field{5, &M::checkpoint}, Field{6, &M::pid});
  }
};

struct TaskStart {
  static constexpr std::string_view kTopic = "/tasks/start", kType = "containerd.events.TaskStart";
  std::string container_id;
  uint32_t pid = 0;

  static constexpr auto fields() { return table(Field{1, &TaskStart::container_id}, Field{2, &TaskStart::pid}); }
};

// containerd.v1.types.ExitReason, of containerd after 2.2; older ones skip the field.
enum class ExitReason : int32_t { none = 0, oom_killed = 1, signaled = 2 };

struct TaskExit {
  static constexpr std::string_view kTopic = "/tasks/exit", kType = "containerd.events.TaskExit";
  std::string container_id, id;  // `id`: that of the process, the container's for its first one
  uint32_t pid = 0, exit_status = 0;
  std::optional<Timestamp> exited_at;
  ExitReason reason = ExitReason::none;

  static constexpr auto fields() {
    using M = TaskExit;
    return table(Field{1, &M::container_id}, Field{2, &M::id}, Field{3, &M::pid}, Field{4, &M::exit_status},
                 Field{5, &M::exited_at}, Field{6, &M::reason});
  }
};

struct TaskDelete {
  static constexpr std::string_view kTopic = "/tasks/delete", kType = "containerd.events.TaskDelete";
  std::string container_id;
  uint32_t pid = 0, exit_status = 0;
  std::optional<Timestamp> exited_at;
  std::string id;

  static constexpr auto fields() {
    using M = TaskDelete;
    return table(Field{1, &M::container_id}, Field{2, &M::pid}, Field{3, &M::exit_status}, Field{4, &M::exited_at},
                 Field{5, &M::id});
  }
};

struct TaskOOM {
  static constexpr std::string_view kTopic = "/tasks/oom", kType = "containerd.events.TaskOOM";
  std::string container_id;

  static constexpr auto fields() { return table(Field{1, &TaskOOM::container_id}); }
};

struct TaskExecAdded {
  static constexpr std::string_view kTopic = "/tasks/exec-added", kType = "containerd.events.TaskExecAdded";
  std::string container_id, exec_id;

  static constexpr auto fields() {
    return table(Field{1, &TaskExecAdded::container_id}, Field{2, &TaskExecAdded::exec_id});
  }
};

struct TaskExecStarted {
  static constexpr std::string_view kTopic = "/tasks/exec-started", kType = "containerd.events.TaskExecStarted";
  std::string container_id, exec_id;
  uint32_t pid = 0;

  static constexpr auto fields() {
    using M = TaskExecStarted;
    return table(Field{1, &M::container_id}, Field{2, &M::exec_id}, Field{3, &M::pid});
  }
};

struct TaskPaused {
  static constexpr std::string_view kTopic = "/tasks/paused", kType = "containerd.events.TaskPaused";
  std::string container_id;

  static constexpr auto fields() { return table(Field{1, &TaskPaused::container_id}); }
};

struct TaskResumed {
  static constexpr std::string_view kTopic = "/tasks/resumed", kType = "containerd.events.TaskResumed";
  std::string container_id;

  static constexpr auto fields() { return table(Field{1, &TaskResumed::container_id}); }
};

struct TaskCheckpointed {
  static constexpr std::string_view kTopic = "/tasks/checkpointed", kType = "containerd.events.TaskCheckpointed";
  std::string container_id, checkpoint;

  static constexpr auto fields() {
    return table(Field{1, &TaskCheckpointed::container_id}, Field{2, &TaskCheckpointed::checkpoint});
  }
};

// containerd.types.Envelope
struct Envelope {
  std::optional<Timestamp> timestamp;
  std::string ns, topic;
  std::optional<Any> event;

  static constexpr auto fields() {
    using M = Envelope;
    return table(Field{1, &M::timestamp}, Field{2, &M::ns}, Field{3, &M::topic}, Field{4, &M::event});
  }
};

struct ForwardRequest {  // → Empty
  std::optional<Envelope> envelope;

  static constexpr auto fields() { return table(Field{1, &ForwardRequest::envelope}); }
};

}  // namespace shim::wire
