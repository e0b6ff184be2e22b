// The messages of containerd.task.v2.Task and containerd.task.v3.Task, which are the same bytes. Method → answer.
#pragma once

#include "runtime/shim/wire/common.h"

namespace shim::wire {

constexpr std::string_view kServiceTaskV2 = "containerd.task.v2.Task";
constexpr std::string_view kServiceTaskV3 = "containerd.task.v3.Task";

// What most methods are asked about: a container,
struct ContainerRequest {
  std::string id;

  static constexpr auto fields() { return table(Field{1, &ContainerRequest::id}); }
};
using PidsRequest = ContainerRequest;
using PauseRequest = ContainerRequest;   // → Empty
using ResumeRequest = ContainerRequest;  // → Empty
using StatsRequest = ContainerRequest;
using ConnectRequest = ContainerRequest;

// or one process of it: its first one when `exec_id` is empty.
struct ProcessRequest {
  std::string id, exec_id;

  static constexpr auto fields() { return table(Field{1, &ProcessRequest::id}, Field{2, &ProcessRequest::exec_id}); }
};
using StateRequest = ProcessRequest;
using StartRequest = ProcessRequest;
using DeleteRequest = ProcessRequest;
using WaitRequest = ProcessRequest;

enum class TaskStatus : int32_t { unknown = 0, created = 1, running = 2, stopped = 3, paused = 4, pausing = 5 };

struct StateResponse {
  std::string id, bundle;
  uint32_t pid = 0;
  TaskStatus status = TaskStatus::unknown;
  std::string in, out, err;
  bool terminal = false;
  uint32_t exit_status = 0;
  std::optional<Timestamp> exited_at;
  std::string exec_id;

  static constexpr auto fields() {
    using M = StateResponse;
    return table(Field{1, &M::id}, Field{2, &M::bundle}, Field{3, &M::pid}, Field{4, &M::status}, Field{5, &M::in},
                 Field{6, &M::out}, Field{7, &M::err}, Field{8, &M::terminal}, Field{9, &M::exit_status},
                 Field{10, &M::exited_at}, Field{11, &M::exec_id});
  }
};

struct CreateTaskRequest {
  std::string id, bundle;
  std::vector<Mount> rootfs;
  bool terminal = false;
  std::string in, out, err;
  std::string checkpoint, parent_checkpoint;
  std::optional<Any> options;

  static constexpr auto fields() {
    using M = CreateTaskRequest;
    return table(Field{1, &M::id}, Field{2, &M::bundle}, Field{3, &M::rootfs}, Field{4, &M::terminal}, Field{5, &M::in},
                 Field{6, &M::out}, Field{7, &M::err}, Field{8, &M::checkpoint}, Field{9, &M::parent_checkpoint},
                 Field{10, &M::options});
  }
};

struct PidResponse {
  uint32_t pid = 0;

  static constexpr auto fields() { return table(Field{1, &PidResponse::pid}); }
};
using CreateTaskResponse = PidResponse;
using StartResponse = PidResponse;

// The answer of Delete, and what the program's `delete` prints.
struct DeleteResponse {
  uint32_t pid = 0, exit_status = 0;
  std::optional<Timestamp> exited_at;

  static constexpr auto fields() {
    using M = DeleteResponse;
    return table(Field{1, &M::pid}, Field{2, &M::exit_status}, Field{3, &M::exited_at});
  }
};

struct ProcessInfo {
  uint32_t pid = 0;
  std::optional<Any> info;  // ProcessDetails (options.h), for those that Exec started

  static constexpr auto fields() { return table(Field{1, &ProcessInfo::pid}, Field{2, &ProcessInfo::info}); }
};

struct PidsResponse {
  std::vector<ProcessInfo> processes;

  static constexpr auto fields() { return table(Field{1, &PidsResponse::processes}); }
};

struct CheckpointTaskRequest {  // → Empty
  std::string id, path;
  std::optional<Any> options;  // CheckpointOptions (options.h)

  static constexpr auto fields() {
    using M = CheckpointTaskRequest;
    return table(Field{1, &M::id}, Field{2, &M::path}, Field{3, &M::options});
  }
};

struct KillRequest {  // → Empty
  std::string id, exec_id;
  uint32_t signal = 0;
  bool all = false;

  static constexpr auto fields() {
    using M = KillRequest;
    return table(Field{1, &M::id}, Field{2, &M::exec_id}, Field{3, &M::signal}, Field{4, &M::all});
  }
};

struct ExecProcessRequest {  // → Empty
  std::string id, exec_id;
  bool terminal = false;
  std::string in, out, err;
  std::optional<Any> spec;  // kTypeProcess

  static constexpr auto fields() {
    using M = ExecProcessRequest;
    return table(Field{1, &M::id}, Field{2, &M::exec_id}, Field{3, &M::terminal}, Field{4, &M::in}, Field{5, &M::out},
                 Field{6, &M::err}, Field{7, &M::spec});
  }
};

struct ResizePtyRequest {  // → Empty
  std::string id, exec_id;
  uint32_t width = 0, height = 0;

  static constexpr auto fields() {
    using M = ResizePtyRequest;
    return table(Field{1, &M::id}, Field{2, &M::exec_id}, Field{3, &M::width}, Field{4, &M::height});
  }
};

struct CloseIORequest {  // → Empty
  std::string id, exec_id;
  bool in = false;

  static constexpr auto fields() {
    using M = CloseIORequest;
    return table(Field{1, &M::id}, Field{2, &M::exec_id}, Field{3, &M::in});
  }
};

struct UpdateTaskRequest {  // → Empty
  std::string id;
  std::optional<Any> resources;  // kTypeLinuxResources
  std::map<std::string, std::string> annotations;

  static constexpr auto fields() {
    using M = UpdateTaskRequest;
    return table(Field{1, &M::id}, Field{2, &M::resources}, Field{3, &M::annotations});
  }
};

struct WaitResponse {
  uint32_t exit_status = 0;
  std::optional<Timestamp> exited_at;

  static constexpr auto fields() {
    return table(Field{1, &WaitResponse::exit_status}, Field{2, &WaitResponse::exited_at});
  }
};

struct StatsResponse {
  std::optional<Any> stats;  // kTypeMetrics (metrics.h)

  static constexpr auto fields() { return table(Field{1, &StatsResponse::stats}); }
};

struct ConnectResponse {
  uint32_t shim_pid = 0, task_pid = 0;
  std::string version;

  static constexpr auto fields() {
    using M = ConnectResponse;
    return table(Field{1, &M::shim_pid}, Field{2, &M::task_pid}, Field{3, &M::version});
  }
};

struct ShutdownRequest {  // → Empty
  std::string id;
  bool now = false;

  static constexpr auto fields() { return table(Field{1, &ShutdownRequest::id}, Field{2, &ShutdownRequest::now}); }
};

}  // namespace shim::wire
