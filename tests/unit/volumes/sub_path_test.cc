#include "sandbox/volumes/sub_path.h"

#include "tests/unit/volumes/scratch.h"

namespace {

int error_of(const Scratch& scratch, const std::string& path) {
  const Result<Fd> opened = volumes::make_sub_path(scratch.fd.get(), path);
  return opened ? 0 : opened.error().err;
}

}  // namespace

TEST_CASE("sub path: symlinks lead around inside, never out") {
  Scratch scratch;
  scratch.folder("a/b");
  scratch.link("inside", "a/b");
  scratch.link("a/up", "../a/b");
  scratch.link("absolute", "/etc");
  scratch.link("climbing", "a/../../x");
  scratch.link("magic", "/proc/self/root");
  scratch.link("loop", "loop");
  for (const char* path : {"a", "a/b", "inside", "a/up", "./a//b/"}) CHECK_MESSAGE(error_of(scratch, path) == 0, path);
  for (const char* path : {"absolute", "absolute/passwd", "climbing", "magic", "..", "a/../..", "/etc"})
    CHECK_MESSAGE(error_of(scratch, path) == EXDEV, path);
  CHECK(error_of(scratch, "loop") == ELOOP);
}

TEST_CASE("sub path: what is missing is made as directories, the last with the volume's mode") {
  Scratch scratch;
  REQUIRE(fchmod(scratch.fd.get(), 02775) == 0);
  REQUIRE(volumes::make_sub_path(scratch.fd.get(), "x/y/z"));
  CHECK(scratch.mode("x/y/z") == 02775);
  scratch.folder("kept", 0700);
  REQUIRE(volumes::make_sub_path(scratch.fd.get(), "kept"));
  CHECK(scratch.mode("kept") == 0700);
  CHECK(volumes::open_sub_path(scratch.fd.get(), "nosuch").error().err == ENOENT);
}

TEST_CASE("sub path: nothing is made outside") {
  Scratch scratch, other;
  scratch.link("out", other.path);
  scratch.link("dangling", "nosuch");
  scratch.file("file");
  CHECK(error_of(scratch, "out/made") == EXDEV);
  CHECK(error_of(scratch, "dangling") == ENOENT);
  CHECK(error_of(scratch, "dangling/made") != 0);
  CHECK(error_of(scratch, "file/made") == ENOTDIR);
  CHECK_FALSE(path_exists(other.at("made")));
}
