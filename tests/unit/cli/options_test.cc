#include "runtime/cli/options.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "runtime/cli/commands.h"

namespace {

constexpr Option kOptions[] = {{"bundle", 'b', "DIR", "where"},
                               {"tty", 't', "", "a switch"},
                               {"interactive", 'i', "", "another"},
                               {"env", 'e', "NAME=VALUE", "many"}};
constexpr cli::Command kPlain = {"try", "CONTAINER [SIGNAL]", "for the test", kOptions, 1, 2, false, nullptr};
constexpr cli::Command kPrefix = {"exec", "CONTAINER [COMMAND]", "for the test", kOptions, 1, 100, true, nullptr};

using Words = std::vector<std::string>;

Arguments parsed(const cli::Command& command, const Words& words) {
  auto arguments = cli::parse(command, words);
  REQUIRE_MESSAGE(arguments, arguments.error().text());
  return *arguments;
}

std::string error_of(const Words& words) {
  auto arguments = cli::parse(kPlain, words);
  if (!arguments) return arguments.error().text();
  auto counted = cli::check_operands(kPlain, *arguments);
  return counted ? "no error" : counted.error().text();
}

}  // namespace

TEST_CASE("options: every way of giving a value") {
  for (const Words& words : {Words{"--bundle", "x"}, Words{"--bundle=x"}, Words{"-bundle", "x"}, Words{"-b", "x"},
                             Words{"-b=x"}, Words{"-bx"}, Words{"--bundle", "w", "--bundle", "x"}})
    CHECK(parsed(kPlain, words).value("bundle") == "x");
  CHECK(parsed(kPlain, {"--bundle="}).value("bundle", "default") == "");
  CHECK(parsed(kPlain, {}).value("bundle", "default") == "default");
  CHECK(parsed(kPlain, {"--env", "A=1", "-e", "B=2=3", "-eC="}).values("env") == Words{"A=1", "B=2=3", "C="});
}

TEST_CASE("options: switches on and off") {
  CHECK(parsed(kPlain, {"-it"}).has("tty"));
  CHECK(parsed(kPlain, {"-it"}).has("interactive"));
  CHECK(parsed(kPlain, {"--tty=true"}).has("tty"));
  CHECK(!parsed(kPlain, {"--tty", "--tty=false"}).has("tty"));
  CHECK(!parsed(kPlain, {"-i"}).has("tty"));
  CHECK(parsed(kPlain, {"-itb", "x"}).value("bundle") == "x");
  CHECK(parsed(kPlain, {"-h"}).has("help"));
}

TEST_CASE("options: operands may stand anywhere, but what follows a command is its own") {
  CHECK(parsed(kPlain, {"web", "--tty", "9"}).operands == Words{"web", "9"});
  CHECK(parsed(kPlain, {"--", "--tty", "-x"}).operands == Words{"--tty", "-x"});
  CHECK(parsed(kPlain, {"-"}).operands == Words{"-"});
  const auto exec = parsed(kPrefix, {"-t", "web", "ls", "--tty=x", "-i", "--", "a"});
  CHECK(exec.operands == Words{"web", "ls", "--tty=x", "-i", "--", "a"});
  CHECK(exec.has("tty"));
  CHECK(!exec.has("interactive"));
  CHECK(parsed(kPrefix, {"web", "--", "ls", "--", "-l"}).operands == Words{"web", "ls", "--", "-l"});
}

TEST_CASE("options: what is wrong is said on one line with a hint") {
  CHECK(error_of({"--foo", "web"}) == "unknown option '--foo' (hint: see nacelle try --help)");
  CHECK(error_of({"--foo=1", "web"}) == "unknown option '--foo' (hint: see nacelle try --help)");
  CHECK(error_of({"-x", "web"}) == "unknown option '-x' (hint: see nacelle try --help)");
  CHECK(error_of({"-tx", "web"}) == "unknown option '-x' (hint: see nacelle try --help)");
  CHECK(error_of({"web", "--bundle"}) == "option '--bundle' needs a value (hint: see nacelle try --help)");
  CHECK(error_of({"--tty=maybe"}) == "option '--tty': 'maybe' is not true or false (hint: see nacelle try --help)");
  CHECK(error_of({}) == "CONTAINER is missing (hint: see nacelle try --help)");
  CHECK(error_of({"a", "b", "c"}) == "too many arguments: 'c' (hint: see nacelle try --help)");
}

TEST_CASE("options: the help lists every option") {
  CHECK(cli::explain(kPlain) ==
        "nacelle try: for the test\n\n"
        "Usage: nacelle try [OPTION]... CONTAINER [SIGNAL]\n\n"
        "  -b, --bundle DIR            where\n"
        "  -t, --tty                   a switch\n"
        "  -i, --interactive           another\n"
        "  -e, --env NAME=VALUE        many\n"
        "  -h, --help                  show this and exit\n");
}

TEST_CASE("commands: no two options of a command share a name or a letter") {
  for (const cli::Command& command : cli::commands())
    for (const Option& one : command.options)
      for (const Option& other : command.options) {
        if (&one == &other) continue;
        CHECK(one.name != other.name);
        if (one.letter) CHECK_MESSAGE(one.letter != other.letter, std::string(command.name));
      }
}
