// The messages of containerd. The first byte says which one the rest is read as.
#include <iterator>

#include "runtime/shim/wire/bootstrap.h"
#include "runtime/shim/wire/events.h"
#include "runtime/shim/wire/message.h"
#include "runtime/shim/wire/options.h"
#include "runtime/shim/wire/sandbox.h"
#include "runtime/shim/wire/task.h"
#include "runtime/shim/wire/ttrpc.h"
#include "tests/fuzz/fuzz.h"

using namespace shim::wire;

namespace {

template <class M>
void read(std::string_view bytes) {
  const auto message = decode<M>(bytes);
  if (!fuzz::value_of(message)) return;
  const std::string written = encode(*message);
  const auto again = decode<M>(written);
  fuzz::demand(again.has_value(), "what we write we read");
  fuzz::demand(encode(*again) == written, "a message stays the same");
}

// New ones at the end, or the seeds mean something else.
constexpr void (*kMessages[])(std::string_view) = {read<Request>,
                                                   read<Response>,
                                                   read<ProcessRequest>,
                                                   read<StateResponse>,
                                                   read<CreateTaskRequest>,
                                                   read<PidsResponse>,
                                                   read<CheckpointTaskRequest>,
                                                   read<KillRequest>,
                                                   read<ExecProcessRequest>,
                                                   read<CloseIORequest>,
                                                   read<UpdateTaskRequest>,
                                                   read<ShutdownRequest>,
                                                   read<TaskCreate>,
                                                   read<TaskExit>,
                                                   read<ForwardRequest>,
                                                   read<RuncOptions>,
                                                   read<RuntimeOptions>,
                                                   read<CheckpointOptions>,
                                                   read<BootstrapParams>,
                                                   read<RuntimeInfo>,
                                                   read<CreateSandboxRequest>,
                                                   read<PlatformResponse>,
                                                   read<SandboxStatusResponse>,
                                                   read<SandboxMetricsResponse>};

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  kMessages[data[0] % std::size(kMessages)](fuzz::text_of(data + 1, size - 1));
  return 0;
}
