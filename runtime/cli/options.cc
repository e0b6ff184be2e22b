#include "runtime/cli/options.h"

#include "base/text.h"

namespace cli {
namespace {

// `name` holds what the usage points at.
Usage usage_of(const Command& command, std::string& name) {
  name = command.name == "nacelle" ? "nacelle" : cat("nacelle ", command.name);
  return {name,          command.operands, command.summary,        command.options,
          command.least, command.most,     command.ends_at_operand};
}

}  // namespace

Result<Arguments> parse(const Command& command, std::span<const std::string> words) {
  std::string name;
  return parse_arguments(usage_of(command, name), words);
}

Result<> check_operands(const Command& command, const Arguments& arguments) {
  std::string name;
  return ::check_operands(usage_of(command, name), arguments);
}

std::string explain(const Command& command) {
  std::string name;
  return ::explain(usage_of(command, name));
}

}  // namespace cli
