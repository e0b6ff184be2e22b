// The command line: one table for each command, from which it is parsed and explained.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cli {

struct Option {
  std::string_view name;   // without the dashes
  char letter = 0;         // of the short form, or 0
  std::string_view value;  // what its value is called: "DIR"; empty: a switch, which may be given as --name=false too
  std::string_view help;
};

// The words after a command, sorted.
class Arguments {
 public:
  // A switch that is on, or an option that was given.
  bool has(std::string_view name) const;
  // The value last given, or `otherwise`.
  std::string value(std::string_view name, std::string_view otherwise = {}) const;
  // All values in their order, of an option that may be given many times.
  std::vector<std::string> values(std::string_view name) const;

  std::vector<std::string> operands;  // what is no option

 private:
  friend class Parser;
  std::map<std::string, std::vector<std::string>, std::less<>> given_;
};

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

// Every command takes this one besides its own.
inline constexpr Option kHelp = {"help", 'h', "", "show this and exit"};

// Sorts the words. As with runc: --name=VALUE, --name VALUE, -n VALUE, -n=VALUE, one dash before a long name too, "--"
// ends the options. Besides: letters together, -it. Errors, with a hint at --help: an unknown option, a missing value,
// a value for a switch that is not true or false. The number of operands is checked by check_operands.
Result<Arguments> parse(const Command& command, std::span<const std::string> words);

// "CONTAINER is missing", "too many arguments: 'x'".
Result<> check_operands(const Command& command, const Arguments& arguments);

// What `nacelle COMMAND --help` shows.
std::string explain(const Command& command);
// The lines of options alone.
std::string explain(std::span<const Option> options);

}  // namespace cli
