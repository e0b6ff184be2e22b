// state.json: what was read can be written, and is then read as the same.
#include "runtime/oci/state.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = oci::state_from_json(fuzz::text_of(data, size), "state.json");
  const auto* state = fuzz::value_of(read);
  if (!state) return 0;
  const std::string text = oci::state_to_json(*state);
  const auto again = oci::state_from_json(text, "state.json");
  fuzz::demand(again.has_value(), "a state that was written can be read");
  fuzz::demand(oci::state_to_json(*again) == text, "a state that was written is read as the same");
  fuzz::demand(oci::state_for_hooks(*state, oci::Status::kRunning).find('\n') == std::string::npos,
               "one line for hooks");
  (void)oci::state_for_user(*state, oci::Status::kStopped);
  return 0;
}
