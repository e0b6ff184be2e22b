#include "runtime/kube/verbs/resource.h"

#include "base/text.h"

namespace kube {
namespace {

Result<const KindNames*> parse_kind(const std::string& word) {
  if (const KindNames* kind = find_resource(word)) return kind;
  std::vector<std::string> known;
  for (const KindNames* kind : kinds()) known.emplace_back(kind->plural);
  return fail(cat("there is no resource type ", quoted(word), " here"), cat(join(known, ", "), ", events"));
}

}  // namespace

Result<std::vector<Resources>> parse_resources(std::span<const std::string> operands) {
  std::vector<Resources> groups;
  if (operands.empty()) return fail("no resource given", "pod NAME");
  if (operands[0].find('/') == std::string::npos) {
    for (const std::string& kind : split(operands[0], ','))
      groups.push_back({TRY(parse_kind(kind)), {operands.begin() + 1, operands.end()}});
    return groups;
  }
  for (const std::string& operand : operands) {
    const size_t slash = operand.find('/');
    if (slash == std::string::npos) return fail(cat(quoted(operand), " is not KIND/NAME as the others are"));
    const KindNames* kind = TRY(parse_kind(operand.substr(0, slash)));
    if (groups.empty() || groups.back().kind != kind) groups.push_back({kind, {}});
    groups.back().names.push_back(operand.substr(slash + 1));
  }
  return groups;
}

Result<std::vector<std::string>> parse_pod_names(std::span<const std::string> operands) {
  const std::vector<Resources> groups = TRY(parse_resources(operands));
  if (groups.size() != 1 || groups[0].kind != &KindOf<Pod>::names) return fail("only pods go with this verb");
  return groups[0].names;
}

Result<std::string> parse_pod_name(const std::string& operand) {
  const size_t slash = operand.find('/');
  if (slash == std::string::npos) return operand;
  if (TRY(parse_kind(operand.substr(0, slash))) != &KindOf<Pod>::names)
    return fail(cat(quoted(operand), " is not a pod"));
  return operand.substr(slash + 1);
}

}  // namespace kube
