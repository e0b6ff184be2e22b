#include "runtime/kube/api/align.h"

#include <doctest/doctest.h>

using namespace kube;

TEST_CASE("align: a column spans neighbouring rows only") {
  CHECK(align({{"a", "b"}, {"long", "c"}, {"alone"}, {"x", "y"}}, 0, 2) == "a     b\nlong  c\nalone\nx  y\n");
}

TEST_CASE("align: at least the minimal width, and no spaces at the end") {
  CHECK(align({{"A", "B", ""}, {"x", "", ""}}, 6, 3) == "A     B\nx\n");
}

TEST_CASE("align: characters count, not bytes") {
  CHECK(align({{"é沙", "1"}, {"abc", "2"}}, 0, 1) == "é沙  1\nabc 2\n");
}

TEST_CASE("align: control bytes do not reach the terminal") {
  CHECK(align({{"a\x1b[2J\n\x7f", "b"}}, 0, 1) == "a^[[2J^J^? b\n");
}
