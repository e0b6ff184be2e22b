#include <doctest/doctest.h>

#include "runtime/kube/api/node.h"

using namespace kube;
using Kind = Node::Kind;

namespace {

std::optional<int64_t> integer(std::string_view text) {
  Node node;
  node.text = text;
  return integer_of(node);
}

}  // namespace

TEST_CASE("scalar: plain scalars mean what they mean in YAML 1.1") {
  for (auto text : {"y", "Y", "yes", "Yes", "YES", "on",  "On",  "ON",  "true",  "True",  "TRUE",
                    "n", "N", "no",  "No",  "NO",  "off", "Off", "OFF", "false", "False", "FALSE"}) {
    CAPTURE(text);
    CHECK(resolve_plain(text) == Kind::boolean);
  }
  for (auto text : {"", "~", "null", "Null", "NULL"}) CHECK(resolve_plain(text) == Kind::null);
  for (auto text :
       {"0", "12", "-12", "+12", "0x1F", "0X1f", "0o17", "017", "0b101", "-0b11", "1_000", "18446744073709551615"}) {
    CAPTURE(text);
    CHECK(resolve_plain(text) == Kind::integer);
  }
  for (auto text : {"1.5", "1e3", "1E-3", ".5", "-.5", "5.", "+1.", ".inf", "-.Inf", "+.INF", ".nan", ".NaN", "08",
                    "1_0.5", "18446744073709551616"}) {
    CAPTURE(text);
    CHECK(resolve_plain(text) == Kind::real);
  }
  for (auto text : {"tRUE", "nil",       "yep",      "nO",     "oN",    "2026-11-22", "2026-11-22T22:52:02Z",
                    "1:30", "190:20:30", "1Gi",      "500m",   "0x",    "0xg",        "0b2",
                    "-",    "+",         ".",        "..",     "1.2.3", "1e",         "-cpus",
                    "--vm", "+.nan",     "infinity", "1.28.0", "e3",    "<<",         "="}) {
    CAPTURE(text);
    CHECK(resolve_plain(text) == Kind::string);
  }
}

TEST_CASE("scalar: integers of every base") {
  CHECK(integer("0x1F") == 31);
  CHECK(integer("0o17") == 15);
  CHECK(integer("017") == 15);
  CHECK(integer("0b101") == 5);
  CHECK(integer("-0x10") == -16);
  CHECK(integer("1_000_000") == 1000000);
  CHECK(integer("9223372036854775807") == INT64_MAX);
  CHECK(integer("-9223372036854775808") == INT64_MIN);
  CHECK(!integer("9223372036854775808"));
  CHECK(!integer("-9223372036854775809"));
  CHECK(!integer("18446744073709551616"));
}
