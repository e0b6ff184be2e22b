// The file of `update --resources`, planned to the writes.
#include "cgroups/plan.h"
#include "runtime/oci/spec.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = oci::read_resources(fuzz::text_of(data, size), "resources.json");
  const auto* resources = fuzz::value_of(read);
  if (!resources) return 0;
  const auto planned = cgroups::plan(*resources);
  const auto* plan = fuzz::value_of(planned);
  if (!plan) return 0;
  for (const auto& write : plan->writes) {
    fuzz::demand(write.file.find('/') == std::string::npos, "a write stays in the cgroup's own directory");
    fuzz::demand(!write.field.empty(), "a write knows the field that asked for it");
  }
  return 0;
}
