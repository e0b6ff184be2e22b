#include "sandbox/volumes/ownership.h"

#include "tests/unit/volumes/scratch.h"

namespace {

constexpr gid_t kGroup = 2000;

}  // namespace

TEST_CASE("fsGroup: the group can read and write files, enter directories, and owns what is made in them") {
  if (geteuid() != 0) return;
  Scratch scratch;
  scratch.folder("a", 0700);
  scratch.file("a/secret", 0400);
  scratch.file("program", 04755);
  scratch.link("outside", "/etc/passwd");
  struct stat before, after;
  REQUIRE(stat("/etc/passwd", &before) == 0);
  CHECK_FALSE(*volumes::is_of_group(scratch.fd.get(), kGroup));
  REQUIRE(volumes::give_to_group(scratch.fd.get(), kGroup));
  for (const char* name : {".", "a", "a/secret", "program", "outside"}) CHECK(scratch.status(name).st_gid == kGroup);
  CHECK(scratch.mode(".") == 02770);
  CHECK(scratch.mode("a") == 02770);
  CHECK(scratch.mode("a/secret") == 0660);
  CHECK(scratch.mode("program") == 04775);
  CHECK(*volumes::is_of_group(scratch.fd.get(), kGroup));
  CHECK_FALSE(*volumes::is_of_group(scratch.fd.get(), kGroup + 1));
  REQUIRE(stat("/etc/passwd", &after) == 0);
  CHECK(before.st_gid == after.st_gid);
  CHECK(before.st_ctime == after.st_ctime);
}

TEST_CASE("fsGroup: a tree that is the group's already is not changed") {
  if (geteuid() != 0) return;
  Scratch scratch;
  scratch.file("a", 0600);
  REQUIRE(volumes::give_to_group(scratch.fd.get(), kGroup));
  const struct stat before = scratch.status("a");
  usleep(20'000);
  REQUIRE(volumes::give_to_group(scratch.fd.get(), kGroup));
  CHECK(scratch.status("a").st_ctim.tv_nsec == before.st_ctim.tv_nsec);
}

TEST_CASE("fsGroup: a directory that lacks a bit is not as it should be") {
  if (geteuid() != 0) return;
  Scratch scratch;
  REQUIRE(volumes::give_to_group(scratch.fd.get(), kGroup));
  REQUIRE(fchmod(scratch.fd.get(), 0770) == 0);
  CHECK_FALSE(*volumes::is_of_group(scratch.fd.get(), kGroup));
  REQUIRE(fchmod(scratch.fd.get(), 02750) == 0);
  CHECK_FALSE(*volumes::is_of_group(scratch.fd.get(), kGroup));
}
