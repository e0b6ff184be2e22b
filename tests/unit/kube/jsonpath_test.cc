// What kubectl prints for the same templates (its version 1.32, with label --local -o jsonpath=…).
#include "runtime/kube/api/jsonpath.h"

#include <doctest/doctest.h>

using namespace kube;

namespace {

constexpr std::string_view kList = R"(
kind: List
items:
- kind: Pod
  metadata: {name: one, labels: {app: web, a.b/c: d}}
  spec: {hostPID: true, containers: [{name: a, image: nginx}, {name: b, image: busybox}]}
  status: {restarts: 3, phase: Running}
- kind: Pod
  metadata: {name: two}
  spec: {containers: [{name: c, image: "a<&>b"}]}
  status: {restarts: 11, phase: Pending}
data: {k: v, l: "<&>", .dockerconfigjson: e30=}
empty: []
)";

std::string print(std::string_view text) {
  static const std::vector<Node> documents = parse_yaml(kList).value();
  const Result<Template> parts = parse_jsonpath(text);
  if (!parts) return "error: " + parts.error().text();
  const Result<std::string> out = print_jsonpath(*parts, documents[0]);
  return out ? *out : "error: " + out.error().text();
}

}  // namespace

TEST_CASE("jsonpath: fields, text and quoted text") {
  CHECK(print("{.kind}") == "List");
  CHECK(print("{$.kind}") == "List");
  CHECK(print("{@.kind}") == "List");
  CHECK(print("{ .kind }") == "List");
  CHECK(print("x.y") == "x.y");
  CHECK(print("{.data.k}{\"\\n\"}t {.data.l}") == "v\nt <&>");
  CHECK(print("{.data.k}{'\\t'}{\"a\\\"b\"}") == "v\ta\"b");
  CHECK(print("{.items[0].spec.hostPID} {.items[0].status.restarts}") == "true 3");
}

TEST_CASE("jsonpath: keys with dots, by escapes and in brackets") {
  CHECK(print("{.data.\\.dockerconfigjson}") == "e30=");
  CHECK(print("{.data['\\.dockerconfigjson']}") == "e30=");
  CHECK(print("{.data['.dockerconfigjson']}") == "e30=");
  CHECK(print("{.items[0].metadata.labels.a\\.b/c}") == "d");
}

TEST_CASE("jsonpath: what is not there prints nothing") {
  for (const char* text : {"{.nope}", "{.nope.x}", "{.nope[0]}", "{.empty[*]}", "{range .nope}x{end}", "{.kind.x}"})
    CHECK_MESSAGE(print(text).empty(), text);
}

TEST_CASE("jsonpath: lists, by index, slice, all of them, and by name of several") {
  CHECK(print("{.items[*].metadata.name}") == "one two");
  CHECK(print("{.items[0].metadata.name}") == "one");
  CHECK(print("{.items[-1].metadata.name}") == "two");
  CHECK(print("{.items[0:1].metadata.name}") == "one");
  CHECK(print("{.items[1:].metadata.name}") == "two");
  CHECK(print("{.items[::2].metadata.name}") == "one");
  CHECK(print("{.items[0,1].metadata.name}") == "one two");
  CHECK(print("{.data['k','l']}") == "v <&>");
  CHECK(print("{.data.*}") == "v <&> e30=");
  CHECK(print("{..image}") == "nginx busybox a<&>b");
  CHECK(print("{.items[*]['metadata.name']}") == "");
}

TEST_CASE("jsonpath: objects and lists are printed as Go prints JSON") {
  CHECK(print("{.items[1].spec}") == R"({"containers":[{"name":"c","image":"a\u003c\u0026\u003eb"}]})");
  CHECK(print("{.empty}") == "[]");
}

TEST_CASE("jsonpath: ranges, also in each other") {
  CHECK(print("{range .items[*]}{.metadata.name}:{range .spec.containers[*]} {.name}={.image}{end}{\"\\n\"}{end}") ==
        "one: a=nginx b=busybox\ntwo: c=a<&>b\n");
  CHECK(print("{range .items[*]}[{.metadata.name}, {.status.phase}] {end}") == "[one, Running] [two, Pending] ");
}

TEST_CASE("jsonpath: filters") {
  CHECK(print("{.items[?(@.metadata.name==\"two\")].status.phase}") == "Pending");
  CHECK(print("{.items[?(@.metadata.name=='two')].status.phase}") == "Pending");
  CHECK(print("{.items[?(@.metadata.name != 'two')].status.phase}") == "Running");
  CHECK(print("{.items[?(@.status.restarts>3)].metadata.name}") == "two");
  CHECK(print("{.items[?(@.status.restarts<=3)].metadata.name}") == "one");
  CHECK(print("{.items[?(@.metadata.labels)].metadata.name}") == "one");
  CHECK(print("{.items[?(@.spec.hostPID==true)].metadata.name}") == "one");
  CHECK(print("{.items[?(@.metadata.labels.a\\.b/c=='d')].metadata.name}") == "one");
  CHECK(print("{.items[*].spec.containers[?(@.image==\"busybox\")].name}") == "b");
}

TEST_CASE("jsonpath: what is wrong is said in kubectl's words") {
  CHECK(print("{.a") == "error: error parsing jsonpath {.a: unclosed action");
  CHECK(print("{bad}") == "error: error parsing jsonpath {bad}: unrecognized identifier bad");
  CHECK(print("{end}") == "error: error parsing jsonpath {end}: not in range, nothing to end");
  CHECK(print("{.items[2]}") == "error: error executing jsonpath: array index out of bounds: index 2, length 2");
  CHECK(print("{.items[-3]}") == "error: error executing jsonpath: array index out of bounds: index -1, length 2");
  CHECK(print("{.data[*]}") == "error: error executing jsonpath: an object is not array or slice");
  CHECK(print("{.items[x]}") == "error: error parsing jsonpath {.items[x]}: invalid array index x");
  CHECK(print("{.items[?(@.a=~1)]}").find("unrecognized") != std::string::npos);
  CHECK(print("{.items[?(@.metadata.name==3)]}") ==
        "error: error executing jsonpath: incompatible types for comparison");
}

TEST_CASE("jsonpath: hostile templates end") {
  std::string deep;
  for (int i = 0; i < 1000; i++) deep += "{range .items[*]}";
  CHECK(print(deep).starts_with("error:"));
  std::string wide = "{";
  for (int i = 0; i < 50; i++) wide += "..";
  CHECK(print(wide + "}") == "error: error executing jsonpath: too many values");
  for (const char* text :
       {"{", "{[", "{[?(", "{'", "{\\", "{.a\\", "{[?(@.a==", "{[,]}", "{[:::]}", "{..}", "}", "{[]}"})
    (void)print(text);
  CHECK(print("{.items[99999999999999999999]}").starts_with("error:"));
}
