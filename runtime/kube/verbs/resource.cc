#include "runtime/kube/verbs/resource.h"

#include <optional>

#include "base/text.h"

namespace kube {
namespace {

std::optional<Kind> kind_named(std::string_view word) {
  for (std::string_view name : {"pod", "pods", "po"})
    if (word == name) return Kind::pod;
  for (std::string_view name : {"namespace", "namespaces", "ns"})
    if (word == name) return Kind::ns;
  for (std::string_view name : {"event", "events", "ev"})
    if (word == name) return Kind::event;
  return {};
}

Result<Kind> parse_kind(const std::string& word) {
  if (const std::optional<Kind> kind = kind_named(word)) return *kind;
  return fail(cat("there is no resource type ", quoted(word), " here"), "pods, namespaces, events");
}

}  // namespace

Result<Resources> parse_resources(std::span<const std::string> operands) {
  Resources resources;
  if (operands.empty()) return fail("no resource given", "pod NAME");
  if (operands[0].find('/') == std::string::npos) {
    resources.kind = TRY(parse_kind(operands[0]));
    for (const std::string& name : operands.subspan(1)) resources.names.push_back(name);
    return resources;
  }
  for (const std::string& operand : operands) {
    const size_t slash = operand.find('/');
    if (slash == std::string::npos) return fail(cat(quoted(operand), " is not KIND/NAME as the others are"));
    const Kind kind = TRY(parse_kind(operand.substr(0, slash)));
    if (!resources.names.empty() && kind != resources.kind) return fail("one kind at a time");
    resources.kind = kind;
    resources.names.push_back(operand.substr(slash + 1));
  }
  return resources;
}

Result<std::string> parse_pod_name(const std::string& operand) {
  const size_t slash = operand.find('/');
  if (slash == std::string::npos) return operand;
  if (TRY(parse_kind(operand.substr(0, slash))) != Kind::pod) return fail(cat(quoted(operand), " is not a pod"));
  return operand.substr(slash + 1);
}

}  // namespace kube
