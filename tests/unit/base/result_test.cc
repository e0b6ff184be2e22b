#include "base/result.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <memory>

namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return fail("odd number");
  return n / 2;
}

Result<int> quarter(int n) {
  int h = TRY_IN("first half", half(n));
  return TRY(half(h));
}

}  // namespace

TEST_CASE("result: TRY passes values on and TRY_IN adds the context to an error") {
  CHECK(*quarter(8) == 2);
  CHECK(quarter(7).error().text() == "first half: odd number");
  CHECK(quarter(6).error().text() == "odd number");
}

TEST_CASE("result: an error reads message, strerror, hint in one line") {
  Error error{EACCES, "mounts[3] '/data': move_mount", "is it on a shared mount?"};
  CHECK(within("create web", error).text() ==
        "create web: mounts[3] '/data': move_mount: Permission denied (hint: is it on a shared mount?)");
}

TEST_CASE("result: TRY moves values that cannot be copied") {
  auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); };
  auto use = [&]() -> Result<int> { return *TRY(make()); };
  CHECK(*use() == 7);
}
