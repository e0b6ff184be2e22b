#include <algorithm>
#include <span>

#include "base/text.h"
#include "runtime/shim/task/methods.h"

namespace shim {
namespace {

using Method = void (*)(Daemon& daemon, ttrpc::Call call);

template <class Request, void (*method)(Daemon&, const Request&, const Asker&)>
void read_and_call(Daemon& daemon, ttrpc::Call call) {
  const auto request = wire::decode<Request>(call.payload);
  if (!request) return call.refuse({wire::Code::invalid_argument, request.error().text()});
  // Whoever waits for days does not hold the request's bytes.
  method(daemon, *request, std::make_shared<ttrpc::Reply>(std::move(call)));
}

struct Entry {
  std::string_view name;
  Method method;
};
constexpr Entry kTaskMethods[] = {
    {"Checkpoint", read_and_call<wire::CheckpointTaskRequest, checkpoint>},
    {"CloseIO", read_and_call<wire::CloseIORequest, close_io>},
    {"Connect", read_and_call<wire::ConnectRequest, connect>},
    {"Create", read_and_call<wire::CreateTaskRequest, create>},
    {"Delete", read_and_call<wire::DeleteRequest, remove>},
    {"Exec", read_and_call<wire::ExecProcessRequest, exec>},
    {"Kill", read_and_call<wire::KillRequest, kill>},
    {"Pause", read_and_call<wire::PauseRequest, pause>},
    {"Pids", read_and_call<wire::PidsRequest, pids>},
    {"ResizePty", read_and_call<wire::ResizePtyRequest, resize_pty>},
    {"Resume", read_and_call<wire::ResumeRequest, resume>},
    {"Shutdown", read_and_call<wire::ShutdownRequest, shut_down>},
    {"Start", read_and_call<wire::StartRequest, start>},
    {"State", read_and_call<wire::StateRequest, state>},
    {"Stats", read_and_call<wire::StatsRequest, stats>},
    {"Update", read_and_call<wire::UpdateTaskRequest, update>},
    {"Wait", read_and_call<wire::WaitRequest, wait>},
};

constexpr Entry kSandboxMethods[] = {
    {"CreateSandbox", read_and_call<wire::CreateSandboxRequest, create_sandbox>},
    {"PingSandbox", read_and_call<wire::PingRequest, ping_sandbox>},
    {"Platform", read_and_call<wire::PlatformRequest, platform>},
    {"SandboxMetrics", read_and_call<wire::SandboxMetricsRequest, sandbox_metrics>},
    {"SandboxStatus", read_and_call<wire::SandboxStatusRequest, sandbox_status>},
    {"ShutdownSandbox", read_and_call<wire::ShutdownSandboxRequest, shut_down_sandbox>},
    {"StartSandbox", read_and_call<wire::StartSandboxRequest, start_sandbox>},
    {"StopSandbox", read_and_call<wire::StopSandboxRequest, stop_sandbox>},
    {"WaitSandbox", read_and_call<wire::WaitSandboxRequest, wait_sandbox>},
};

// Empty for a service that is none of ours.
std::span<const Entry> methods_of(std::string_view service) {
  if (service == wire::kServiceTaskV2 || service == wire::kServiceTaskV3) return kTaskMethods;
  if (service == wire::kServiceSandbox) return kSandboxMethods;
  return {};
}

}  // namespace

void dispatch(Daemon& daemon, ttrpc::Call call) {
  const auto methods = methods_of(call.service);
  if (methods.empty()) return call.refuse({wire::Code::unimplemented, cat("service ", call.service)});
  const auto found = std::ranges::find(methods, std::string_view(call.method), &Entry::name);
  if (found == methods.end())
    return call.refuse({wire::Code::unimplemented, cat("method ", call.service, "/", call.method)});
  found->method(daemon, std::move(call));
}

}  // namespace shim
