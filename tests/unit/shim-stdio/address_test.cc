#include "runtime/shim/stdio/address.h"

#include <doctest/doctest.h>

using shim::Address;
using shim::parse_address;

namespace {

std::string problem(const std::string& text) {
  auto address = parse_address(text);
  return address ? "(none)" : address.error().text();
}

}  // namespace

TEST_CASE("stdio address: nothing, a path, a fifo, a file") {
  CHECK(parse_address("")->kind == Address::Kind::none);
  CHECK(parse_address("/run/f%41-out")->kind == Address::Kind::path);
  CHECK(parse_address("/run/f%41-out")->path == "/run/f%41-out");  // no address: nothing is escaped
  CHECK(parse_address("/run/a://b")->path == "/run/a://b");
  CHECK(parse_address("fifo:///run/out")->kind == Address::Kind::fifo);
  CHECK(parse_address("fifo:///run/out")->path == "/run/out");
  CHECK(parse_address("file:///var/log/a%20b+c.log")->kind == Address::Kind::file);
  CHECK(parse_address("file:///var/log/a%20b+c.log")->path == "/var/log/a b+c.log");
}

TEST_CASE("stdio address: a logging program with its arguments, each key once") {
  const auto address = parse_address("binary:///bin/log%67er?a=1&b&c=x%3Dy+z&a=2&&=e");
  REQUIRE(address);
  CHECK(address->kind == Address::Kind::logger);
  CHECK(address->path == "/bin/logger");
  CHECK_FALSE(address->must_report_ready);
  using Query = std::vector<std::pair<std::string, std::string>>;
  CHECK(address->query == Query{{"a", "1"}, {"b", ""}, {"c", "x=y z"}, {"", "e"}});
  CHECK(parse_address("binary-v2:///bin/logger")->must_report_ready);
}

TEST_CASE("stdio address: what is wrong with one") {
  CHECK(problem("http://host/x") == "'http://host/x': unknown scheme (hint: fifo://, file:// and binary:// are known)");
  CHECK(problem("://x") == "'://x': unknown scheme (hint: fifo://, file:// and binary:// are known)");
  CHECK(problem("file://log") == "'file://log': the path is not absolute");
  CHECK(problem("binary://") == "'binary://': the path is not absolute");
  CHECK(problem("file:///a%2") == "'file:///a%2': bad escape in the path");
  CHECK(problem("file:///a%zz") == "'file:///a%zz': bad escape in the path");
  CHECK(problem("file:///a%00") == "'file:///a%00': bad escape in the path");
  CHECK(problem("binary:///l?a=%4") == "'binary:///l?a=%4': bad escape in the query");
  CHECK(problem(std::string("/a\0b", 4)) == "'/a\\x00b': a NUL byte");
}
