#include "runtime/oci/reader.h"

#include <doctest/doctest.h>

namespace {

oci::Document document_of(std::string_view text) {
  auto document = oci::parse_document("pod.yaml", text);
  REQUIRE_MESSAGE(document, document.error().text());
  return std::move(*document);
}

struct Port {
  int number = 0;
  std::string name = "unnamed";
};

}  // namespace

TEST_CASE("reader: unknown fields are errors where the document refuses them") {
  oci::Document document = document_of(R"({"number": 80, "nmae": "http"})");
  Port port;
  CHECK(oci::read_object(document.top(), {oci::field("number", port.number), oci::field("name", port.name)}));
  CHECK(port.number == 80);
  CHECK(port.name == "unnamed");
  document.refuse_unknown_fields();
  auto strict = oci::read_object(document.top(), {oci::field("number", port.number), oci::field("name", port.name)});
  REQUIRE(!strict);
  CHECK(strict.error().text() == "pod.yaml: nmae: unknown field");
}

TEST_CASE("reader: errors show the place that the document's owner knows") {
  oci::Document document = document_of(R"({"a": [{"x.y": {"b": 1}}, 2], "c": null})");
  document.set_places(
      [](const std::string& path) -> std::string { return path == "a[0]['x.y'].b" ? "line 3, column 5" : ""; });
  const oci::Reader a = document.top().field("a");
  const oci::Reader b = a.items()[0].field("x.y").field("b");
  CHECK(b.fail("bad").error().text() == "pod.yaml: line 3, column 5: a[0]['x.y'].b: bad");
  CHECK(a.items()[1].fail("bad").error().text() == "pod.yaml: a[1]: bad");
  CHECK(document.top().fail("bad", "mend it").error().text() == "pod.yaml: bad (hint: mend it)");
  CHECK(document.top().field("c").fail("bad").error().text() == "pod.yaml: c: bad");
  CHECK(document.top().field("d").field("e").fail("bad").error().text() == "pod.yaml: d: bad");
}

TEST_CASE("reader: what is present and what is empty") {
  const oci::Document document = document_of(R"({"n": null, "s": "", "l": [], "o": {}, "z": 0, "f": false})");
  const oci::Reader top = document.top();
  CHECK(!top.field("n").is_present());
  CHECK(!top.field("missing").is_present());
  for (const char* name : {"n", "s", "l", "o", "missing"}) CHECK(top.field(name).is_empty());
  for (const char* name : {"z", "f"}) CHECK(!top.field(name).is_empty());
  CHECK(top.members().size() == 6);
  CHECK(top.field("z").items().empty());
}

TEST_CASE("reader: numbers up to the ends of their types") {
  const oci::Document document = document_of(
      R"([18446744073709551615, -9223372036854775808, 9223372036854775807, 18446744073709551616, 1e3, "1"])");
  const auto items = document.top().items();
  CHECK(items[0].natural(0, UINT64_MAX) == UINT64_MAX);
  CHECK(!items[0].integer(INT64_MIN, INT64_MAX));
  CHECK(items[1].integer(INT64_MIN, INT64_MAX) == INT64_MIN);
  CHECK(!items[1].natural(0, UINT64_MAX));
  CHECK(items[2].integer(INT64_MIN, INT64_MAX) == INT64_MAX);
  for (size_t i : {3, 4, 5}) {
    CHECK(!items[i].natural(0, UINT64_MAX));
    CHECK(!items[i].integer(INT64_MIN, INT64_MAX));
  }
  int8_t small = 0;
  CHECK(oci::read(items[2], small).error().text() == "pod.yaml: [2]: not a number between -128 and 127");
}

TEST_CASE("reader: a list that is read again holds the new items only") {
  const oci::Document document = document_of(R"({"l": ["a"], "m": {"k": 1}})");
  std::vector<std::string> list = {"old"};
  std::map<std::string, int> map = {{"old", 0}};
  CHECK(oci::read(document.top().field("l"), list));
  CHECK(oci::read(document.top().field("m"), map));
  CHECK(list == std::vector<std::string>{"a"});
  CHECK(map == std::map<std::string, int>{{"k", 1}});
}
