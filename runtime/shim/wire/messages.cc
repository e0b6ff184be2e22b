// Every message's decoder and encoder is made here. What a program does not use the linker leaves out.
#include "base/text.h"
#include "runtime/shim/wire/bootstrap.h"
#include "runtime/shim/wire/codec.h"
#include "runtime/shim/wire/events.h"
#include "runtime/shim/wire/options.h"
#include "runtime/shim/wire/pod.h"
#include "runtime/shim/wire/sandbox.h"
#include "runtime/shim/wire/task.h"
#include "runtime/shim/wire/ttrpc.h"

namespace shim::wire {

template <class Message>
Result<Message> decode(std::string_view bytes) {
  try {
    Message message;
    read_message(protozero::pbf_reader(bytes.data(), bytes.size()), message);
    return message;
  } catch (const protozero::exception& problem) {
    return fail(cat("malformed message: ", problem.what()));
  }
}

template <class Message>
std::string encode(const Message& message) {
  return write_message(message);
}

Error wrong_type(std::string_view is, std::string_view wanted) {
  return fail(cat("a value of type ", quoted(is), " instead of ", quoted(wanted))).error();
}

#define BOTH_WAYS(Message)                                    \
  template Result<Message> decode<Message>(std::string_view); \
  template std::string encode<Message>(const Message&);

// ttrpc.h, common.h
BOTH_WAYS(Request)
BOTH_WAYS(Response)
BOTH_WAYS(Status)
BOTH_WAYS(Empty)
BOTH_WAYS(Timestamp)
BOTH_WAYS(Any)
BOTH_WAYS(Mount)

// task.h
BOTH_WAYS(ContainerRequest)
BOTH_WAYS(ProcessRequest)
BOTH_WAYS(StateResponse)
BOTH_WAYS(CreateTaskRequest)
BOTH_WAYS(PidResponse)
BOTH_WAYS(DeleteResponse)
BOTH_WAYS(PidsResponse)
BOTH_WAYS(CheckpointTaskRequest)
BOTH_WAYS(KillRequest)
BOTH_WAYS(ExecProcessRequest)
BOTH_WAYS(ResizePtyRequest)
BOTH_WAYS(CloseIORequest)
BOTH_WAYS(UpdateTaskRequest)
BOTH_WAYS(WaitResponse)
BOTH_WAYS(StatsResponse)
BOTH_WAYS(ConnectResponse)
BOTH_WAYS(ShutdownRequest)

// events.h
BOTH_WAYS(TaskCreate)
BOTH_WAYS(TaskStart)
BOTH_WAYS(TaskExit)
BOTH_WAYS(TaskDelete)
BOTH_WAYS(TaskOOM)
BOTH_WAYS(TaskExecAdded)
BOTH_WAYS(TaskExecStarted)
BOTH_WAYS(TaskPaused)
BOTH_WAYS(TaskResumed)
BOTH_WAYS(TaskCheckpointed)
BOTH_WAYS(ForwardRequest)

// options.h
BOTH_WAYS(RuncOptions)
BOTH_WAYS(RuntimeOptions)
BOTH_WAYS(CheckpointOptions)
BOTH_WAYS(ProcessDetails)

// bootstrap.h
BOTH_WAYS(BootstrapParams)
BOTH_WAYS(BootstrapResult)
BOTH_WAYS(RuntimeInfo)

// sandbox.h
BOTH_WAYS(CreateSandboxRequest)
BOTH_WAYS(StartSandboxResponse)
BOTH_WAYS(PlatformResponse)
BOTH_WAYS(StopSandboxRequest)
BOTH_WAYS(UpdateSandboxRequest)
BOTH_WAYS(WaitSandboxResponse)
BOTH_WAYS(SandboxStatusRequest)
BOTH_WAYS(SandboxStatusResponse)
BOTH_WAYS(SandboxMetricsResponse)
BOTH_WAYS(SandboxRequest)
BOTH_WAYS(SandboxCreate)
BOTH_WAYS(SandboxStart)
BOTH_WAYS(SandboxExit)

// pod.h
BOTH_WAYS(PodSandboxConfig)

}  // namespace shim::wire
