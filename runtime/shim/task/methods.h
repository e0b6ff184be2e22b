// The methods of containerd.task.v2.Task and containerd.task.v3.Task, and of containerd.runtime.sandbox.v1.Sandbox.
// Each answers the asker, now or later.
#pragma once

#include "runtime/shim/task/asker.h"
#include "runtime/shim/wire/sandbox.h"

namespace shim {

// A container made, its program not running yet; a process that is to be run in it; the start of either.
void create(Daemon& daemon, const wire::CreateTaskRequest& request, const Asker& asker);
void exec(Daemon& daemon, const wire::ExecProcessRequest& request, const Asker& asker);
void start(Daemon& daemon, const wire::StartRequest& request, const Asker& asker);

// The end: signals, waiting for it, taking away.
void kill(Daemon& daemon, const wire::KillRequest& request, const Asker& asker);
void wait(Daemon& daemon, const wire::WaitRequest& request, const Asker& asker);
void remove(Daemon& daemon, const wire::DeleteRequest& request, const Asker& asker);
void shut_down(Daemon& daemon, const wire::ShutdownRequest& request, const Asker& asker);

// Looking.
void state(Daemon& daemon, const wire::StateRequest& request, const Asker& asker);
void pids(Daemon& daemon, const wire::PidsRequest& request, const Asker& asker);
void stats(Daemon& daemon, const wire::StatsRequest& request, const Asker& asker);
void connect(Daemon& daemon, const wire::ConnectRequest& request, const Asker& asker);

// Changing what runs.
void pause(Daemon& daemon, const wire::PauseRequest& request, const Asker& asker);
void resume(Daemon& daemon, const wire::ResumeRequest& request, const Asker& asker);
void checkpoint(Daemon& daemon, const wire::CheckpointTaskRequest& request, const Asker& asker);
void update(Daemon& daemon, const wire::UpdateTaskRequest& request, const Asker& asker);
void resize_pty(Daemon& daemon, const wire::ResizePtyRequest& request, const Asker& asker);
void close_io(Daemon& daemon, const wire::CloseIORequest& request, const Asker& asker);

// The pod's sandbox: kept from Create to Shutdown, which ends the shim when it has no task.
void create_sandbox(Daemon& daemon, const wire::CreateSandboxRequest& request, const Asker& asker);
void start_sandbox(Daemon& daemon, const wire::StartSandboxRequest& request, const Asker& asker);
void stop_sandbox(Daemon& daemon, const wire::StopSandboxRequest& request, const Asker& asker);
void wait_sandbox(Daemon& daemon, const wire::WaitSandboxRequest& request, const Asker& asker);
void shut_down_sandbox(Daemon& daemon, const wire::ShutdownSandboxRequest& request, const Asker& asker);
void ping_sandbox(Daemon& daemon, const wire::PingRequest& request, const Asker& asker);
void platform(Daemon& daemon, const wire::PlatformRequest& request, const Asker& asker);
void sandbox_status(Daemon& daemon, const wire::SandboxStatusRequest& request, const Asker& asker);
void sandbox_metrics(Daemon& daemon, const wire::SandboxMetricsRequest& request, const Asker& asker);

// Hands a call to its method, that of a task under either name of the service. Unknown services and methods are refused
// as unimplemented: to that, containerd falls back from version 3 to version 2.
void dispatch(Daemon& daemon, ttrpc::Call call);

}  // namespace shim
