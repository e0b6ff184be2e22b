#include <doctest/doctest.h>

#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/node.h"

using namespace kube;
using Kind = Node::Kind;

namespace {

Node parse(std::string_view text) {
  auto documents = parse_yaml(text);
  REQUIRE_MESSAGE(documents, text);
  REQUIRE(documents->size() == 1);
  return documents->front();
}

// The tree as compact JSON: an easy form to compare.
std::string json_of(std::string_view text) {
  return emit_compact_json(parse(text));
}

std::string error_of(std::string_view text) {
  auto documents = parse_yaml(text);
  return documents ? "none" : place_error("x", documents.error()).text();
}

}  // namespace

TEST_CASE("yaml: scalars of every style") {
  CHECK(json_of("{a: b, c: 'd', e: \"f\\n\", g: 1, h: yes, i: ~}") ==
        R"({"a":"b","c":"d","e":"f\n","g":1,"h":yes,"i":null})");
  CHECK(json_of("a: |\n  one\n  two\nb: >\n  one\n  two\n") == R"({"a":"one\ntwo\n","b":"one two\n"})");
  CHECK(json_of("a: !!str 12\nb: !!int '12'\n") == R"({"a":"12","b":12})");
  CHECK(parse("a: 'yes'").find("a")->kind == Kind::string);
  CHECK(parse("a: yes").find("a")->kind == Kind::boolean);
  CHECK(json_of("a: \"\\u6c99\\x41\"") == "{\"a\":\"沙A\"}");
}

TEST_CASE("yaml: nodes know line and column, counted in characters") {
  Node root = parse("a: 1\nb:\n  - 沙: x\n    ü: {k: v}\n");
  const Node& item = root.find("b")->items[0];
  CHECK(item.mark.line == 3);
  CHECK(item.mark.column == 5);
  CHECK(item.find("沙")->mark.column == 8);
  CHECK(item.find("ü")->find("k")->mark.line == 4);
  CHECK(item.find("ü")->find("k")->mark.column == 12);
}

TEST_CASE("yaml: a path is found, or the last part of it that is there") {
  Node root = parse("spec:\n  containers:\n  - name: a\n    resources:\n      limits: {cpu: 1}\n  volumes:\n");
  auto at = [&](std::string_view path) {
    Mark mark = locate(root, path);
    return std::pair(mark.line, mark.column);
  };
  CHECK(at("spec.containers[0].name") == std::pair(3, 11));
  CHECK(at("spec.containers[0].image") == std::pair(3, 5));
  CHECK(at("spec.containers[0].resources.limits[cpu]") == std::pair(5, 21));
  CHECK(at("spec.containers[7].name") == std::pair(2, 3));
  CHECK(at("spec.volumes") == std::pair(6, 3));
  CHECK(at("metadata.name") == std::pair(1, 1));
}

TEST_CASE("yaml: anchors, aliases and merge keys") {
  CHECK(json_of("a: &x {k: 1}\nb: *x\n") == R"({"a":{"k":1},"b":{"k":1}})");
  CHECK(json_of("a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}\n") == R"({"a":{"k":1,"l":2},"b":{"l":3,"k":1}})");
  CHECK(json_of("- &x {k: 1}\n- &y {k: 2, l: 2}\n- {<<: [*x, *y]}\n") == R"([{"k":1},{"k":2,"l":2},{"k":1,"l":2}])");
  CHECK(json_of("{'<<': 1}") == R"({"<<":1})");
  CHECK(error_of("a: &x [*x]") == "x:1:8: unknown anchor 'x'");
  CHECK(error_of("a: &x 1\n---\nb: *x\n") == "x:3:4: unknown anchor 'x'");
}

TEST_CASE("yaml: several documents, with and without content") {
  auto documents = parse_yaml("a: 1\n---\n# nothing\n---\nb: 2\n...\n");
  REQUIRE(documents);
  REQUIRE(documents->size() == 3);
  CHECK((*documents)[1].kind == Kind::null);
  CHECK((*documents)[2].find("b")->mark.line == 5);
  CHECK(parse_yaml("")->empty());
}

TEST_CASE("yaml: limits hold against bombs") {
  std::string deep(5000, '[');
  CHECK(error_of(deep) == "x:1:102: nested more than 100 levels deep");
  std::string nested_by_alias = "a0: &a0 [x]\n";
  for (int i = 1; i < 120; ++i)
    nested_by_alias += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  CHECK(error_of(nested_by_alias) == "x:100:12: nested more than 100 levels deep");

  std::string laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    laughs += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) laughs += std::string("*") + static_cast<char>(c - 1) + ", ";
    laughs += "x]\n";
  }
  CHECK(error_of(laughs) == "x:6:8: aliases expand to more than 200000 values");

  std::string long_text = "a: &a " + std::string(1 << 20, 'x') + "\nb: [";
  for (int i = 0; i < 10000; ++i) long_text += "*a,";
  CHECK(error_of(long_text + "]\n") == "x:2:14: aliases expand to more than 200000 values");

  CHECK(error_of(std::string(kTextLimit + 1, '#')) == "x:1:1: larger than 3 MiB");
  CHECK(error_of("[" + std::string(1 << 20, ',') + "]").find("x:1:") == 0);
}

TEST_CASE("yaml: broken text is named with its place") {
  CHECK(error_of("a: b\n\tc: d\n").find("x:2:1: ") == 0);
  CHECK(error_of("a: 'b\n").find("x:2:1: ") == 0);
  CHECK(error_of("a: 1\nb: 沙\xff\n") == "x:2:5: invalid UTF-8");
  CHECK(error_of("\xff") == "x:1:1: invalid UTF-8");
  CHECK(error_of("a: \xc3") == "x:1:4: invalid UTF-8");
  CHECK(error_of("a: 1\nb: x\x02\n") == "x:2:5: invalid text: control characters are not allowed");
  CHECK(error_of("a: 1\na: 2\n") == "x:2:1: key 'a' already set at line 1");
  CHECK(error_of("a: 1\n\"a\": 2\n") == "x:2:1: key 'a' already set at line 1");
}
