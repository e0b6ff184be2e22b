// A plan done on a directory of plain files: what is written where, and in which words a failure is told.
#include "cgroups/apply.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "tests/unit/cgroups/directory.h"

namespace {

using cgroups::Plan;
using cgroups::Write;

}  // namespace

TEST_CASE("apply: writes go to their files; the missing are passed over only where that is allowed") {
  Directory directory({"memory.max", "io.weight"});
  Plan plan{.writes = {{"f", "memory.max", "100"},
                       {"f", "memory.swap.max", "0", Write::Rule::if_present},
                       {"f", "io.bfq.weight", "100", Write::Rule::or_next},
                       {"f", "io.weight", "910"}}};
  REQUIRE(cgroups::apply_plan(directory.fd.get(), plan, true));
  CHECK(directory.text("memory.max") == "100");
  CHECK(directory.text("io.weight") == "910");
  CHECK(directory.text("memory.swap.max") == "(none)");
}

TEST_CASE("apply: the first of two alternatives that is there is the only one written") {
  Directory directory({"io.bfq.weight", "io.weight"});
  Plan plan{.writes = {{"f", "io.bfq.weight", "100", Write::Rule::or_next}, {"f", "io.weight", "910"}}};
  REQUIRE(cgroups::apply_plan(directory.fd.get(), plan, true));
  CHECK(directory.text("io.bfq.weight") == "100");
  CHECK(directory.text("io.weight").empty());
}

TEST_CASE("apply: a period alone keeps the quota") {
  Directory directory({"cpu.max"});
  directory.write("cpu.max", "max 100000\n");
  Plan plan{.writes = {{"linux.resources.cpu.period", "cpu.max", "200000", Write::Rule::keep_quota}}};
  REQUIRE(cgroups::apply_plan(directory.fd.get(), plan, false));
  CHECK(directory.text("cpu.max").starts_with("max 200000"));
}

TEST_CASE("apply: a file that is not there is told with the field and a hint") {
  Directory directory({});
  Plan plan{.writes = {{"linux.resources.cpu.quota", "cpu.max", "1000 100000"}}};
  auto refused = cgroups::apply_plan(directory.fd.get(), plan, true);
  REQUIRE(!refused);
  CHECK(refused.error().err == ENOENT);
  CHECK(refused.error().text() ==
        "linux.resources.cpu.quota: open 'cpu.max': No such file or directory "
        "(hint: this kernel, or this level of the hierarchy, has no such file)");
}
