#include "runtime/shim/options/toml.h"

#include <doctest/doctest.h>

using namespace shim;
using namespace std::string_literals;

namespace {

template <class T>
T only_value(const std::string& line) {
  const auto entries = toml::parse(line);
  REQUIRE_MESSAGE(entries, line);
  REQUIRE(entries->size() == 1);
  REQUIRE(std::holds_alternative<T>((*entries)[0].value));
  return std::get<T>((*entries)[0].value);
}

std::string problem(std::string_view text) {
  const auto entries = toml::parse(text);
  REQUIRE_FALSE(entries);
  return entries.error().text();
}

}  // namespace

TEST_CASE("toml: keys, values, comments and blank lines, in their order") {
  const auto entries =
      toml::parse("# options\r\n\r\nBinaryName = \"\"\n\tIoUid=1000# who\n\"Root\" = '/r' # where\n\n'a b' = true");
  REQUIRE(entries);
  REQUIRE(entries->size() == 4);
  CHECK((*entries)[0].key == "BinaryName");
  CHECK(std::get<std::string>((*entries)[0].value).empty());
  CHECK((*entries)[1].key == "IoUid");
  CHECK(std::get<int64_t>((*entries)[1].value) == 1000);
  CHECK((*entries)[2].key == "Root");
  CHECK(std::get<std::string>((*entries)[2].value) == "/r");
  CHECK((*entries)[3].key == "a b");
  CHECK(std::get<bool>((*entries)[3].value));
  CHECK(toml::parse("")->empty());
  CHECK(toml::parse("# nothing")->empty());
}

TEST_CASE("toml: strings") {
  CHECK(only_value<std::string>(R"(k = "a\tb\\c\"d\u00e9\U0001f600\b\n\f\r")") == "a\tb\\c\"d\u00e9\U0001f600\b\n\f\r");
  CHECK(only_value<std::string>(R"(k = "\u007f\u0800")") == "\u007f\u0800");
  CHECK(only_value<std::string>(R"(k = 'C:\no "escapes" # here')") == R"(C:\no "escapes" # here)");
  CHECK(only_value<std::string>("k = 'tab\there'") == "tab\there");
  CHECK(only_value<std::string>("k = 'ä'") == "ä");
}

TEST_CASE("toml: whole numbers and truth") {
  CHECK(only_value<int64_t>("k = 0") == 0);
  CHECK(only_value<int64_t>("k = +17") == 17);
  CHECK(only_value<int64_t>("k = -17") == -17);
  CHECK(only_value<int64_t>("k = 1_000_000") == 1000000);
  CHECK(only_value<int64_t>("k = 0xffFF") == 65535);
  CHECK(only_value<int64_t>("k = 0o755") == 493);
  CHECK(only_value<int64_t>("k = 0b11") == 3);
  CHECK(only_value<int64_t>("k = -9223372036854775808") == INT64_MIN);
  CHECK(only_value<bool>("k = true"));
  CHECK_FALSE(only_value<bool>("k = false"));
}

TEST_CASE("toml: what is no number, no truth and no string") {
  for (const char* word : {"01", "1__0", "_1", "1_", "+", "-", "0x", "0x-1", "+0x1", "9223372036854775808", "1.5",
                           "1e3", "inf", "True", "yes", "1979-05-27", "07:32:00", "web"})
    CHECK(problem(std::string("k = ") + word) ==
          "line 1: key 'k': '" + std::string(word) + "'; options are strings, whole numbers, true or false");
  CHECK(problem("k =") == "line 1: key 'k': no value; options are strings, whole numbers, true or false");
  CHECK(problem("k = [1]") == "line 1: key 'k': a list; options are strings, whole numbers, true or false");
  CHECK(problem("k = {}") == "line 1: key 'k': a table; options are strings, whole numbers, true or false");
  CHECK(problem("k = '''a'''") == "line 1: key 'k': a string of several lines");
  CHECK(problem("k = \"\"\"a\"\"\"") == "line 1: key 'k': a string of several lines");
}

TEST_CASE("toml: strings that are broken") {
  for (const auto& text : {"k = \"abc"s, "k = 'abc"s, "k = \"a\nb\""s, "k = 'a\nb'"s, "k = \"a\x01\""s, "k = \"a\0\""s})
    CHECK(problem(text) == "line 1: key 'k': a string without an end");
  for (const auto& text : {R"(k = "\x41")"s, R"(k = "\u00")"s, R"(k = "\u12G4")"s, R"(k = "\ud800")"s,
                           R"(k = "\U00110000")"s, R"(k = "\u0000")"s, "k = \"\\"s, R"(k = "\u)"s})
    CHECK(problem(text) == "line 1: key 'k': a string with a wrong escape");
  CHECK(problem("k = 'a\xff'") == "not UTF-8");
}

TEST_CASE("toml: lines that are no entry name their number") {
  CHECK(problem("a = 1\n\n[options]\n") == "line 3: a table; options have none");
  CHECK(problem("a.b = 1") == "line 1: key 'a': a table; options have none");
  CHECK(problem("a = 1\na = 2") == "line 2: key 'a': given twice");
  CHECK(problem("a") == "line 1: key 'a': no '=' behind it");
  CHECK(problem("= 1") == "line 1: no key");
  CHECK(problem("a = 1 b = 2") == "line 1: unexpected 'b'");
  CHECK(problem("a = 1\rb = 2") == "line 1: unexpected 'b'");
}
