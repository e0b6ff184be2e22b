#include <algorithm>

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
constexpr Entry kMethods[] = {
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

}  // namespace

void dispatch(Daemon& daemon, ttrpc::Call call) {
  if (call.service != wire::kServiceTaskV2 && call.service != wire::kServiceTaskV3)
    return call.refuse({wire::Code::unimplemented, cat("service ", call.service)});
  const auto* const found = std::ranges::find(kMethods, std::string_view(call.method), &Entry::name);
  if (found == std::end(kMethods))
    return call.refuse({wire::Code::unimplemented, cat("method ", call.service, "/", call.method)});
  found->method(daemon, std::move(call));
}

}  // namespace shim
