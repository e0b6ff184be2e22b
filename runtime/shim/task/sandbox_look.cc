// Methods that look at a sandbox: Ping, Platform, Status, Metrics.
#include "base/text.h"
#include "cgroups/cgroups.h"
#include "runtime/shim/task/methods.h"
#include "runtime/shim/wire/metrics.h"

namespace shim {
namespace {

// As GOARCH names it.
constexpr const char* kArchitecture =
#if defined(__x86_64__)
    "amd64";
#elif defined(__aarch64__)
    "arm64";
#elif defined(__riscv)
    "riscv64";
#elif defined(__powerpc64__)
    "ppc64le";
#elif defined(__s390x__)
    "s390x";
#else
#error "the architecture has no name here"
#endif

Result<std::string> read_metrics_of(const std::string& cgroup_path) {
  const auto hierarchy = TRY(cgroups::read_hierarchy());
  return wire::encode_metrics(TRY(cgroups::read_metrics(hierarchy, cgroup_path)));
}

}  // namespace

void ping_sandbox(Daemon& daemon, const wire::PingRequest& request, const Asker& asker) {
  if (find_sandbox(daemon, request.sandbox_id, asker)) answer(asker);
}

void platform(Daemon& daemon, const wire::PlatformRequest& request, const Asker& asker) {
  if (!find_sandbox(daemon, request.sandbox_id, asker)) return;
  wire::Platform here;
  here.os = "linux";
  here.architecture = kArchitecture;
  answer(asker, wire::PlatformResponse{here});
}

// The states are those of the CRI. Without one that it knows, containerd takes a pod for not ready.
void sandbox_status(Daemon& daemon, const wire::SandboxStatusRequest& request, const Asker& asker) {
  const auto sandbox = find_sandbox(daemon, request.sandbox_id, asker);
  if (!sandbox) return;
  const Process& process = sandbox->process;
  const bool is_ready = process.state == Process::State::running;
  wire::SandboxStatusResponse response;
  response.sandbox_id = request.sandbox_id;
  response.pid = is_ready ? static_cast<uint32_t>(process.pid) : 0;
  response.state = is_ready ? "SANDBOX_READY" : "SANDBOX_NOTREADY";
  response.created_at = timestamp(sandbox->created_at);
  if (process.state == Process::State::stopped) response.exited_at = timestamp(process.end->at);
  // One value under this name, in JSON: what `crictl inspectp` shows.
  if (request.verbose)
    response.info["info"] =
        cat("{\"pid\":", response.pid, ",\"processStatus\":\"", is_ready ? "running" : "stopped", "\"}");
  answer(asker, response);
}

void sandbox_metrics(Daemon& daemon, const wire::SandboxMetricsRequest& request, const Asker& asker) {
  const auto sandbox = find_sandbox(daemon, request.sandbox_id, asker);
  if (!sandbox) return;
  if (sandbox->metrics_cgroup.empty())
    return refuse(asker, wire::Code::failed_precondition, "the sandbox has no cgroup yet");
  work_for(
      daemon, asker, [&] { return read_metrics_of(sandbox->metrics_cgroup); },
      [asker, sandbox](const std::string& given) {
        wire::Metric metric{timestamp(exit_now(0).at), sandbox->pod.id,
                            wire::Any{std::string(wire::kTypeMetrics), given}};
        answer(asker, wire::SandboxMetricsResponse{std::move(metric)});
      });
}

}  // namespace shim
