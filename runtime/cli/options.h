// The commands as a table: each is parsed and explained from its entry.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/options.h"

namespace cli {

struct Globals;
struct Call {
  const Globals& globals;
  const Arguments& arguments;
};

struct Command {
  std::string_view name;
  std::string_view operands;  // as usage lines show them: "CONTAINER [SIGNAL]"
  std::string_view summary;
  std::span<const Option> options;
  size_t least = 0, most = 0;    // how many operands there may be
  bool ends_at_operand = false;  // options stand before the first operand only: what follows is another's
  Result<int> (*run)(const Call& call) = nullptr;  // gives the exit code
};

Result<Arguments> parse(const Command& command, std::span<const std::string> words);
Result<> check_operands(const Command& command, const Arguments& arguments);

// What `nacelle COMMAND --help` shows.
std::string explain(const Command& command);

}  // namespace cli
