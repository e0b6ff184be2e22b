#include "runtime/kube/api/patch.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/merge.h"

namespace {

using kube::Node;
using kube::PatchType;

Node tree(std::string_view json) {
  auto node = kube::parse_json(json);
  REQUIRE(node);
  return *std::move(node);
}

std::string patched(PatchType type, std::string_view object, std::string_view change) {
  const auto patch = kube::parse_patch(type, change);
  if (!patch) return patch.error().text();
  const auto node = kube::apply_patch(*patch, tree(object));
  return node ? kube::emit_compact_json(*node) : node.error().text();
}

std::string strategic(std::string_view object, std::string_view change) {
  return patched(PatchType::strategic, object, change);
}

}  // namespace

TEST_CASE("patch: a merge patch replaces lists and takes away what is null") {
  CHECK(patched(PatchType::merge, R"({"a":{"b":1,"c":2},"d":[1,2]})", R"({"a":{"b":null,"e":{"f":null}},"d":[3]})") ==
        R"({"a":{"c":2,"e":{}},"d":[3]})");
  CHECK(patched(PatchType::merge, R"({"a":"x"})", "a: {b: c}") == R"({"a":{"b":"c"}})");
  CHECK(patched(PatchType::merge, "{}", "[1]") == "unable to parse the patch: expected an object, got a list");
}

TEST_CASE("patch: a strategic patch merges containers by name, env by name, ports and mounts by what they are") {
  CHECK(strategic(R"({"containers":[{"name":"a","image":"x"},{"name":"b","image":"y"}]})",
                  R"({"containers":[{"name":"b","image":"z"},{"name":"c"}]})") ==
        R"({"containers":[{"name":"a","image":"x"},{"name":"b","image":"z"},{"name":"c"}]})");
  CHECK(strategic(R"({"env":[{"name":"A","value":"1"}]})", R"({"env":[{"name":"A","value":"2"}]})") ==
        R"({"env":[{"name":"A","value":"2"}]})");
  CHECK(strategic(R"({"ports":[{"containerPort":80,"name":"a"}]})", R"({"ports":[{"containerPort":80,"name":"b"}]})") ==
        R"({"ports":[{"containerPort":80,"name":"b"}]})");
  CHECK(strategic(R"({"volumeMounts":[{"mountPath":"/a","name":"x"}]})",
                  R"({"volumeMounts":[{"mountPath":"/b","name":"x"}]})") ==
        R"({"volumeMounts":[{"mountPath":"/a","name":"x"},{"mountPath":"/b","name":"x"}]})");
}

TEST_CASE("patch: other lists are replaced, null takes away, directives do what they say") {
  CHECK(strategic(R"({"args":["a","b"],"x":1})", R"({"args":["c"],"x":null})") == R"({"args":["c"]})");
  CHECK(strategic(R"({"containers":[{"name":"a"},{"name":"b"}]})",
                  R"({"containers":[{"name":"a","$patch":"delete"}]})") == R"({"containers":[{"name":"b"}]})");
  CHECK(strategic(R"({"m":{"a":1,"b":2}})", R"({"m":{"$patch":"replace","c":3}})") == R"({"m":{"c":3}})");
  CHECK(strategic(R"({"m":{"a":1}})", R"({"m":{"$patch":"delete"}})") == "{}");
  CHECK(strategic(R"({"m":{"a":1,"b":2}})", R"({"m":{"$retainKeys":["b"]}})") == R"({"m":{"b":2}})");
  CHECK(strategic(R"({"l":["a","b"]})", R"({"$deleteFromPrimitiveList/l":["a"]})") == R"({"l":["b"]})");
  CHECK(strategic(R"({"containers":[]})", R"({"containers":[{"image":"x"}]})") ==
        R"(map: {"image":"x"} does not contain declared merge key: name)");
}

TEST_CASE("patch: a JSON patch, with the escapes of its paths") {
  const auto json = [](std::string_view object, std::string_view change) {
    return patched(PatchType::json, object, change);
  };
  CHECK(json(R"({"status":{"capacity":{}}})",
             R"([{"op":"add","path":"/status/capacity/example.com~1dongle","value":"4"}])") ==
        R"({"status":{"capacity":{"example.com/dongle":"4"}}})");
  CHECK(json(R"({"a":[1,2,3]})", R"([{"op":"remove","path":"/a/1"},{"op":"add","path":"/a/-","value":4}])") ==
        R"({"a":[1,3,4]})");
  CHECK(json(R"({"a":1})", R"([{"op":"test","path":"/a","value":1},{"op":"move","from":"/a","path":"/b"}])") ==
        R"({"b":1})");
  CHECK(json(R"({"a":1})", R"([{"op":"copy","from":"/a","path":"/b"}])") == R"({"a":1,"b":1})");
  CHECK(json(R"({"a":1})", R"([{"op":"replace","path":"/b","value":1}])") ==
        "replace operation does not apply: doc is missing path: /b: missing value");
  CHECK(json(R"({"a":1})", R"([{"op":"test","path":"/a","value":2}])") == "testing value /a failed: test failed");
  const auto tested = [&](const char* value) {
    return json(R"({"a":{"b":[1,{"c":2,"d":"x"}],"e":null}})",
                cat(R"([{"op":"test","path":"/a","value":)", value, "}]"))
        .starts_with('{');
  };
  CHECK(tested(R"({"e":null,"b":[1.0,{"d":"x","c":2}]})"));
  for (const char* other : {R"({"b":[1,{"c":2,"d":"x"}]})", R"({"b":[{"c":2,"d":"x"},1],"e":null})",
                            R"({"b":[1,{"c":"2","d":"x"}],"e":null})", R"({"b":[1,{"c":2,"d":"y"}],"e":null})"})
    CHECK_FALSE(tested(other));
  CHECK(json(R"({"a":1})", R"([{"op":"change","path":"/a"}])") ==
        "operations[0]: unexpected kind of operation: 'change'");
}

TEST_CASE("patch: the difference of two objects makes one of the other") {
  const char* const pairs[][2] = {
      {R"({"a":1})", R"({"a":1})"},
      {R"({"a":{"b":1,"c":2}})", R"({"a":{"b":3}})"},
      {R"({"containers":[{"image":"x","name":"a"},{"name":"b"}]})", R"({"containers":[{"image":"y","name":"a"}]})"},
      {R"({"args":["a"]})", R"({"args":["b","c"]})"},
  };
  for (const auto& [before, after] : pairs) {
    const Node change = kube::diff_objects(tree(before), tree(after));
    if (std::string_view(before) == after) CHECK(kube::emit_compact_json(change) == "{}");
    CHECK(strategic(before, kube::emit_compact_json(change)) == after);
  }
  // A list whose items their key does not tell apart is given as a whole.
  const std::string_view udp = R"({"ports":[{"containerPort":53,"protocol":"UDP"}]})";
  const Node both = tree(R"({"ports":[{"containerPort":53,"protocol":"TCP"},{"containerPort":53,"protocol":"UDP"}]})");
  CHECK(kube::emit_compact_json(kube::diff_objects(both, tree(udp))) == udp);
}

TEST_CASE("apply: containers are merged by name, so what others have given them stays") {
  const Node merged = kube::merge_applied(
      tree(R"({"containers":[{"name":"a","volumeMounts":[{"mountPath":"/token"}],"tty":true}]})"),
      tree(R"({"containers":[{"name":"a","tty":true}]})"), tree(R"({"containers":[{"name":"a","image":"x"}]})"));
  CHECK(kube::emit_compact_json(merged) ==
        R"({"containers":[{"name":"a","volumeMounts":[{"mountPath":"/token"}],"image":"x"}]})");
}

TEST_CASE("patch: an operation that lacks something is named by its number") {
  const auto json = [](const char* operation) {
    return patched(PatchType::json, R"({"a":1})", cat(R"([{"op":"test","path":"/a","value":1},)", operation, "]"));
  };
  CHECK(json(R"({"op":"remove"})") == "operations[1]: path: Required value");
  CHECK(json(R"({"op":"move","path":"/b"})") == "operations[1]: from: Required value");
  CHECK(json(R"({"op":"add","path":"/b"})") == "operations[1]: value: Required value");
  CHECK(json(R"({"op":"add","path":"b","value":1})") == "operations[1]: path: 'b' is not a path that begins with /");
  CHECK(json(R"({"op":"add","path":1,"value":1})") == "operations[1]: path: expected a string, got the number 1");
  CHECK(json(R"({"path":"/b"})") == "operations[1]: op: Required value");
  CHECK(json(R"("remove")") == "operations[1]: expected an object, got a string");
}

TEST_CASE("patch: copies of the whole into itself come to an end") {
  std::vector<std::string> wide, deep;
  for (int i = 0; i < 60; i++) wide.push_back(cat(R"({"op":"copy","from":"","path":"/k)", i, "\"}"));
  for (int i = 0; i < 60; i++) deep.push_back(R"({"op":"copy","from":"","path":"/a/a"})");
  for (const auto* operations : {&wide, &deep})
    CHECK(patched(PatchType::json, R"({"a":{"a":1}})", cat("[", join(*operations, ","), "]")) ==
          "the object would become too large");
}
