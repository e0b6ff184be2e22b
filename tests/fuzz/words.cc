// Single words that callers and manifests give: names of images, amounts, durations, times, signals, capabilities,
// numbers. The first byte says which.
#include "base/signals.h"
#include "base/text.h"
#include "runtime/kube/api/quantity.h"
#include "runtime/kube/api/time.h"
#include "runtime/kube/images/reference.h"
#include "security/capabilities.h"
#include "security/credentials.h"
#include "tests/fuzz/fuzz.h"

namespace {

void read_quantity(std::string_view text) {
  const auto parsed = kube::parse_quantity(text);
  const auto* quantity = fuzz::value_of(parsed);
  if (!quantity) return;
  const auto again = kube::parse_quantity(kube::print_quantity(*quantity));
  fuzz::demand(again.has_value() && *again == *quantity, "a printed amount is the same amount");
  (void)kube::whole_value(*quantity);
  (void)kube::milli_value(*quantity);
}

void read_reference(std::string_view text) {
  const auto parsed = images::parse_reference(text);
  const auto* reference = fuzz::value_of(parsed);
  if (!reference || reference->tag.empty()) return;
  const auto again = images::parse_reference(reference->name());
  fuzz::demand(again.has_value() && again->name() == reference->name(), "a full name is a name");
}

void read_time(std::string_view text) {
  const auto time = kube::parse_time(text);
  if (!time) return;
  const auto again = kube::parse_time(kube::print_time(*time));
  fuzz::demand(!time->is_set() || (again && *again == *time), "a printed time is the same time");
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text = fuzz::text_of(data + 1, size - 1);
  switch (data[0]) {
    case 'q': read_quantity(text); break;
    case 'r': read_reference(text); break;
    case 't': read_time(text); break;
    case 's': (void)parse_signal(text); break;
    case 'c': (void)security::parse_capability(text); break;
    case 'u':
      if (const auto id = security::parse_id(text)) fuzz::demand(cat(*id) == text, "an id is written in one way only");
      break;
    default: break;
  }
  return 0;
}
