#include <doctest/doctest.h>

#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/node.h"

using namespace kube;

namespace {

std::string round_trip(std::string_view text) {
  auto node = parse_json(text);
  return node ? emit_compact_json(*node) : place_error("x", node.error()).text();
}

}  // namespace

TEST_CASE("json: values of every kind") {
  CHECK(round_trip(" {\"a\" : [ 1 , -2.5e3, true,false , null, \"x\" ], \"b\":{} ,\"c\":[]} ") ==
        R"({"a":[1,-2.5e3,true,false,null,"x"],"b":{},"c":[]})");
  CHECK(round_trip("\"\"") == "\"\"");
  CHECK(round_trip("0") == "0");
  CHECK(round_trip("-0.0") == "-0.0");
}

TEST_CASE("json: strings keep every character") {
  CHECK(parse_json(R"("\"\\\/\b\f\n\r\t")")->text == "\"\\/\b\f\n\r\t");
  CHECK(parse_json(R"("\u0041\u00e9\u6c99\ud83d\udc33")")->text == "Aé沙\U0001F433");
  CHECK(parse_json(R"("\ud83d")")->text == "\uFFFD");
  CHECK(parse_json(R"("\ud83d\u0041")")->text == "\uFFFDA");
  CHECK(parse_json(R"("\udc33")")->text == "\uFFFD");
  CHECK(round_trip(R"("\u0000\u001f\u007f")") == R"("\u0000\u001f\u007f")");
}

TEST_CASE("json: what RFC 8259 forbids is refused with its place") {
  CHECK(round_trip("") == "x:1:1: unexpected end of JSON");
  CHECK(round_trip("{\"a\":1,}") == "x:1:8: expected a key in quotes");
  CHECK(round_trip("[1,]") == "x:1:4: invalid JSON value");
  CHECK(round_trip("[1 2]") == "x:1:4: expected ',' or ']'");
  CHECK(round_trip("{\"a\" 1}") == "x:1:6: expected ':'");
  CHECK(round_trip("{a: 1}") == "x:1:2: expected a key in quotes");
  CHECK(round_trip("{\"a\":1} x") == "x:1:9: text after the end of the JSON document");
  CHECK(round_trip("{\n\"a\":1,\n  \"a\":2}") == "x:3:3: key 'a' already set");
  CHECK(round_trip("\"a\nb\"") == "x:1:2: control character in a JSON string");
  CHECK(round_trip("\"\\x\"") == "x:1:3: unknown escape in a JSON string");
  CHECK(round_trip("\"\\u12\"") == "x:1:4: expected four hexadecimal digits after \\u");
  CHECK(round_trip("\"abc") == "x:1:5: unexpected end of JSON");
  CHECK(round_trip("\xff") == "x:1:1: invalid UTF-8");
  for (auto bad : {"01", "+1", "1.", ".5", "1e", "0x10", "1_000", "yes", "True", "NaN", ".inf", "nul", "'a'", "- 1",
                   "-", "1.e3"}) {
    CAPTURE(bad);
    CHECK(round_trip(bad) == "x:1:1: invalid JSON value");
  }
  CHECK(round_trip(std::string(5000, '[')) == "x:1:102: nested more than 100 levels deep");
}

TEST_CASE("json: marks are those of the text") {
  auto node = parse_json("{\"a\": 1,\n  \"沙\": {\"b\": [2, 3]}}");
  REQUIRE(node);
  const Node& list = *node->find("沙")->find("b");
  CHECK(list.items[1].mark.line == 2);
  CHECK(list.items[1].mark.column == 18);
}

TEST_CASE("json: as Go writes it") {
  const auto go = [](std::string_view text) { return emit_go_json(*parse_json(text)); };
  CHECK(go(R"({"<a>": ["&", "\\u007f \u007f \u2028\u2029\u2027", 1, null]})") ==
        "{\"\\u003ca\\u003e\":[\"\\u0026\",\"\\\\u007f \x7f \\u2028\\u2029\u2027\",1,null]}");
}
