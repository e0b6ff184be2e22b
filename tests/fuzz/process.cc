// The file of `exec --process`, planned to the end.
#include "runtime/oci/spec.h"
#include "sandbox/plan_process.h"
#include "security/capabilities.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = oci::read_process(fuzz::text_of(data, size), "process.json");
  const auto* process = fuzz::value_of(read);
  if (!process) return 0;
  sandbox::Plan plan;
  sandbox::ProcessContext context;
  if (process->capabilities)
    context.capabilities = security::plan(*process->capabilities, security::held_in_new_user_namespace()).apply;
  sandbox::plan_process(plan, *process, context);
  fuzz::demand(!plan.print().empty(), "a process has a plan");
  return 0;
}
