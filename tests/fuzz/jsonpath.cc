// A template of jsonpath in the first line, and the YAML that it is made for in the rest: it comes to an end, and says
// the same each time. A label selector and a kustomization are read from the same bytes.
#include "runtime/kube/api/jsonpath.h"
#include "runtime/kube/api/kustomization.h"
#include "runtime/kube/api/selector.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::string_view line = text.substr(0, text.find('\n')), rest = text.substr(line.size());
  (void)fuzz::value_of(kube::parse_kustomization(rest, "kustomization.yaml"));
  const auto selector = kube::parse_selector(line);
  if (fuzz::value_of(selector)) (void)kube::is_selected(*selector, {{"app", "web"}});
  const auto parts = kube::parse_jsonpath(line);
  if (!fuzz::value_of(parts)) return 0;
  const auto documents = kube::parse_yaml(rest);
  if (!documents || documents->empty()) return 0;
  const auto once = kube::print_jsonpath(*parts, documents->front());
  const auto twice = kube::print_jsonpath(*parts, documents->front());
  fuzz::demand(fuzz::value_of(once) ? twice && *once == *twice : !twice, "a template says the same each time");
  return 0;
}
