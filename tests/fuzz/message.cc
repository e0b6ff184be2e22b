// What a container's init says to the runtime. It runs beside the container's files, so nothing that it says is
// trusted.
#include <algorithm>
#include <cstring>

#include "sandbox/plan.h"
#include "sandbox/plan_mounts.h"
#include "tests/fuzz/fuzz.h"

namespace {

const sandbox::Plan& plan() {
  static const sandbox::Plan made = [] {
    sandbox::Plan plan;
    sandbox::Mount tmpfs;
    tmpfs.destination = "/data";
    tmpfs.type = tmpfs.source = "tmpfs";
    tmpfs.options = {"size=1m", "nosuid"};
    fuzz::demand(sandbox::plan_mounts(plan, 0, {tmpfs}, {}).has_value(), "a plan to complain about");
    return plan;
  }();
  return made;
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sandbox::Message message{};
  memcpy(&message, data, std::min(size, sizeof message));
  message.detail[sizeof message.detail - 1] = 0;  // as hear() does
  fuzz::demand_line(plan().explain(message));
  return 0;
}
