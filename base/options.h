// Command lines: one table of options, from which words are parsed and help is written.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct Option {
  std::string_view name;   // without the dashes
  char letter = 0;         // of the short form, or 0
  std::string_view value;  // what its value is called: "DIR"; empty: a switch, which may be given as --name=false too
  std::string_view help;
};

// The words of a command line, sorted.
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

// What a command line may look like.
struct Usage {
  std::string_view program;   // as it is called: "nacelle exec"
  std::string_view operands;  // as usage lines show them: "CONTAINER [SIGNAL]"
  std::string_view summary;
  std::span<const Option> options;
  size_t least = 0, most = 0;    // how many operands there may be
  bool ends_at_operand = false;  // options stand before the first operand only: what follows is another's
};

// Every command takes this one besides its own.
inline constexpr Option kHelp = {"help", 'h', "", "show this and exit"};

// Sorts the words. As with runc: --name=VALUE, --name VALUE, -n VALUE, -n=VALUE, one dash before a long name too, "--"
// ends the options. Besides: letters together, -it. Errors, with a hint at --help: an unknown option, a missing value,
// a value for a switch that is not true or false. The number of operands is checked by check_operands.
Result<Arguments> parse_arguments(const Usage& usage, std::span<const std::string> words);

// "CONTAINER is missing", "too many arguments: 'x'".
Result<> check_operands(const Usage& usage, const Arguments& arguments);

// What --help shows.
std::string explain(const Usage& usage);
// The lines of options alone.
std::string explain(std::span<const Option> options);
