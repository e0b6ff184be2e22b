#include "runtime/kube/api/expand.h"

#include <doctest/doctest.h>

using namespace kube;

TEST_CASE("expand: references, escapes and what stays as it is") {
  StringMap vars{{"A", "1"}, {"B", "$(A)"}, {"EMPTY", ""}, {"a.b-c", "dots"}};
  auto e = [&](std::string_view text) { return expand(text, vars); };
  CHECK(e("plain") == "plain");
  CHECK(e("") == "");
  CHECK(e("$(A)") == "1");
  CHECK(e("x$(A)y$(A)z") == "x1y1z");
  CHECK(e("$(EMPTY)") == "");
  CHECK(e("$(a.b-c)") == "dots");
  CHECK(e("$(B)") == "$(A)");        // values are not expanded again
  CHECK(e("$(NOPE)") == "$(NOPE)");  // unknown
  CHECK(e("$()") == "$()");
  CHECK(e("$$(A)") == "$(A)");  // escaped
  CHECK(e("$$$(A)") == "$1");
  CHECK(e("$$$$(A)") == "$$(A)");
  CHECK(e("$A ${A}") == "$A ${A}");
  CHECK(e("$(A") == "$(A");            // no end
  CHECK(e("$(A $(A)") == "$(A $(A)");  // the name runs to the first ')'
  CHECK(e("$") == "$");
  CHECK(e("a$") == "a$");
  CHECK(e("$$") == "$");
}

TEST_CASE("expand: env sees the variables above and the given ones") {
  auto env =
      expand_env({{"A", "1"}, {"B", "$(A)$(HOST)"}, {"C", "$(D)"}, {"D", "$(B)"}, {"A", "2$(A)"}}, {{"HOST", "h"}});
  REQUIRE(env.size() == 4);
  CHECK(env[0].name == "A");
  CHECK(env[0].value == "21");
  CHECK(env[1].value == "1h");
  CHECK(env[2].value == "$(D)");  // D comes later
  CHECK(env[3].value == "1h");
}

TEST_CASE("expand: arguments") {
  CHECK(expand_arguments({"-p", "$(PORT)", "$$(PORT)"}, {{"PORT", "80"}}) ==
        std::vector<std::string>{"-p", "80", "$(PORT)"});
}
